import type { JournaledRun, OwedEvent } from './evidence.ts';

/**
 * Which event tells the world that a process of that kind ended well; null: none does. One that is not here is owed an event
 * that nobody wrote: whoever adds an act says here what it tells.
 */
const TELLS: Readonly<Record<string, readonly string[] | null>> = {
  'submit-order': ['OrderAccepted'],
  'amend-subscription': ['SubscriptionAmended'],
  'renew-subscription': ['SubscriptionRenewed'],
  // at once, or with the term: then billing tells of the end on that day
  'cancel-subscription': ['SubscriptionCancelled', 'SubscriptionAmended'],
  'change-billing-entity': ['SubscriptionAmended'],
  'update-customer': ['CustomerChanged'],
  'merge-customers': ['CustomerChanged'],
  'unmerge-customers': ['CustomerChanged'],
  'onboard-customer': ['CustomerChanged'],
  'open-service-order': ['ServiceOrderOpened'],
  'issue-return': ['ReturnCredited'],
  // only that a threshold was reached, once per period however many batches there are
  'record-usage': null,
  // begun by an event that was told, and known to those whom it concerns by their task
  'follow-up': null,
  'align-entitlement': ['EntitlementChanged'],
  // what it tells hangs on what it repairs: a link of the hub's own is told to nobody
  'repair-finding': null,
};

/** What the world has to be told of a process at its end. */
export function owedBy({ id, kind, state, correlationId }: JournaledRun): OwedEvent[] {
  const names = TELLS[kind] === undefined ? ['(say it in told-by-processes.ts)'] : TELLS[kind];
  if (state !== 'COMPLETED' || names === null) return [];
  return [{ ids: names.map((name) => `${id}:${name}:`), change: `${kind} completed`, processId: id, correlationId }];
}
