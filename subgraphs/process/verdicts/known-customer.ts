import type { Call } from '../../../platform/call.ts';
import { id } from '../../../platform/ids.ts';
import type { CrmAccountId } from '../../crm/model.ts';
import type { Customer, CustomerId } from '../../identity/model.ts';
import type { KnownCustomer, System } from '../model.ts';
import type { Ports } from '../systems.ts';
import { isId } from './input.ts';
import type { Reasons } from './verdict.ts';

/** The customer that the caller means; a merged id is the survivor. */
export async function findCustomer(
  { identity }: Ports,
  customerId: string,
  call: Call,
  reasons: Reasons,
): Promise<KnownCustomer | null> {
  const [found] = isId(customerId) ? await identity.customers([id<'Customer'>(customerId) as CustomerId], call) : []; // the register says whether there is one
  if (found) return asKnown(found);
  reasons.add('UNKNOWN_CUSTOMER', 'HUB', 'there is no such customer; use the hub id, like C-10001', 'customerId');
  return null;
}

export function asKnown({ id: customerId, displayName, externalIdBySystem: ids }: Customer): KnownCustomer {
  return {
    id: customerId,
    name: displayName,
    erpCustomerId: ids.ERP === null ? null : id<'ErpCustomer'>(ids.ERP),
    billingCustomerId: ids.BILLING === null ? null : id<'BillingCustomer'>(ids.BILLING),
    crmAccountId: ids.CRM === null ? null : id<'CrmAccount'>(ids.CRM),
    supportOrgId: ids.SUPPORT === null ? null : id<'SupportOrg'>(ids.SUPPORT),
  };
}

/** Says that a system, which the act needs, does not know the customer. */
export function lacks(system: System, externalId: string | null, reasons: Reasons, field: string): boolean {
  if (externalId !== null) return false;
  reasons.add(
    'SYSTEM_LACKS_CUSTOMER',
    system,
    `${system} does not know this customer yet; it has to be set up and linked there first`,
    field,
  );
  return true;
}

/** Sales region, for whoever looks at an exception; nothing waits for a CRM that is down. */
export async function regionOf({ crm }: Ports, accountId: CrmAccountId | null, call: Call): Promise<string | null> {
  if (accountId === null) return null;
  try {
    const [account] = await crm.accounts([accountId], { ...call, fresh: false });
    return account?.region ?? null;
  } catch {
    return null; // context for people only: the act does not depend on it, and it may be as old as the cache keeps it
  }
}
