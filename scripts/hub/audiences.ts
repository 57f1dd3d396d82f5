import { ROLES } from '../../platform/keys/scopes.ts';

/** Whoever the hub has a demo role for is an audience, with a contract of its own under schema/contracts. */
export const AUDIENCES = Object.entries(ROLES).map(([name, role]) => ({ name, rights: { ...role, acts: null } }));
