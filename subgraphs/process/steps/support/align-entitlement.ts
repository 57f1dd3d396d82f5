import { step } from '../../systems.ts';
import { changeEntitlement } from './grant-rights.ts';

/** The rights that a subscription gives, after it was changed in billing and not through the hub. */
export const alignEntitlement = step({ ...changeEntitlement, name: 'align-entitlement' });
