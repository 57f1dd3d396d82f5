import { EVENTS, type EventName } from '../../events/catalogue.ts';
import type { Told } from '../../platform/saga/saga.ts';
import type { NotKept, Rights } from './steps/support/grant-rights.ts';

/**
 * A canonical event, as an act tells it when it completes: by ids alone, which everybody reads by his own rights, in the
 * words of `events/catalogue.ts` and in the form that `events/ingest` gives those of the systems.
 * @param entity what changed, by the id of the system that owns it. Example: `subscription:sub_1`
 * @param system where it changed. Default: the owner of the event
 */
export const telling = (
  name: EventName,
  { id: customerId }: { readonly id: string },
  entity: string,
  { system = EVENTS[name].owner as string, ...ids }: Readonly<Record<string, string>> = {},
): Told => ({
  name,
  version: EVENTS[name].version,
  entity: system === EVENTS[name].owner ? entity : `${system}:${entity}`,
  subject: `customer/${customerId}`,
  orderKey: `customer:${customerId}`,
  data: { system, customerId, entity, ...ids },
});

/** What a step did with the rights of a subscription, null where an operator did it outside: nothing to tell where support keeps none. */
export const entitlementChanged = (
  customer: { readonly id: string },
  subscriptionId: string,
  rights: Rights | NotKept | null,
): Told[] =>
  rights !== null && 'notKept' in rights
    ? []
    : [telling('EntitlementChanged', customer, `subscription:${subscriptionId}`)];

/** What a system's record of a customer is called; the hub's own is the register's. */
const RECORD = { HUB: 'customer', ERP: 'customer', BILLING: 'customer', CRM: 'account', SUPPORT: 'org' } as const;

/** The customer changed in a system. */
export const customerChangedIn = (
  system: keyof typeof RECORD,
  customer: { readonly id: string },
  recordId: string,
): Told => telling('CustomerChanged', customer, `${RECORD[system]}:${recordId}`, { system });
