import type { ActContext } from './acts.ts';
import type { CatalogMeter } from './catalog.ts';
import { missing, refused } from './errors.ts';
import type { Account, UsageRecord } from './records.ts';

const HOUR = 3_600;
/** https://docs.stripe.com/api/billing/meter-event/create: what a meter takes, and for how long an identifier is known. */
const OLDEST_SECONDS = 35 * 24 * HOUR;
const NEWEST_SECONDS = 300;
/** "At least" so long; the sandbox forgets at once after it, so that nothing relies on more. Cancelling ends with it, too. */
const KNOWN_SECONDS = 24 * HOUR;

export interface MeterEventParams {
  readonly eventName: string;
  readonly customer: string;
  readonly value: string;
  readonly identifier: string;
  readonly timestamp: number;
}

/** Counts use once for each identifier. @throws StripeFault */
export function recordUsage(params: MeterEventParams, context: ActContext): UsageRecord {
  const { store, now, catalog } = context;
  if (!catalog.meters.some(({ eventName }) => eventName === params.eventName)) {
    throw refused(`No active meter found for event name ${params.eventName}.`, undefined, 'event_name');
  }
  const account = store.account(params.customer);
  if (!account) throw missing('customer', params.customer, 'payload[stripe_customer_id]');
  if (!/^-?\d{1,15}$/.test(params.value)) {
    throw refused('The payload value only accepts whole numbers.', undefined, 'payload[value]');
  }
  if (params.timestamp < now - OLDEST_SECONDS) {
    throw refused('The timestamp must be within the past 35 calendar days.', undefined, 'timestamp');
  }
  if (params.timestamp > now + NEWEST_SECONDS) {
    throw refused('The timestamp must not be more than 5 minutes in the future.', undefined, 'timestamp');
  }
  if (known(account, params.identifier, now)) {
    throw refused(`An event already exists with identifier ${params.identifier}.`);
  }
  const used: UsageRecord = {
    identifier: params.identifier,
    eventName: params.eventName,
    value: Number(params.value),
    timestamp: params.timestamp,
    received: now,
    cancelled: false,
  };
  store.keep(account);
  account.usage.push(used);
  note(used.value < 0 ? 'usage.corrected' : 'usage.recorded', used, account, context);
  return used;
}

/** Takes an event back: https://docs.stripe.com/api/billing/meter-event-adjustment/create. @throws StripeFault */
export function cancelUsage(eventName: string, identifier: string, context: ActContext): UsageRecord {
  const { store, now } = context;
  for (const account of store.changedAccounts()) {
    const used = known(account, identifier, now);
    if (!used || used.eventName !== eventName) continue;
    if (used.cancelled) throw refused(`The event with identifier ${identifier} is already cancelled.`);
    used.cancelled = true;
    note('usage.cancelled', used, account, context);
    return used;
  }
  throw missing('meter event', identifier, 'cancel[identifier]');
}

/** What a meter counted in `[start, end)`. */
export const usedIn = (
  account: Account,
  meter: CatalogMeter,
  { start, end }: { readonly start: number; readonly end: number },
): number =>
  account.usage
    .filter((one) => one.eventName === meter.eventName && !one.cancelled)
    .filter(({ timestamp }) => timestamp >= start && timestamp < end)
    .reduce((sum, { value }) => sum + value, 0);

const known = (account: Account, identifier: string, now: number): UsageRecord | undefined =>
  account.usage.findLast((one) => one.identifier === identifier && now - one.received < KNOWN_SECONDS);

/** A correction ends what it corrects; the hub names it after that. */
const noted = (identifier: string): string => identifier.replace(/:correction$/, '');

function note(effect: string, used: UsageRecord, account: Account, { record, idempotencyKey }: ActContext): void {
  record({
    effect,
    id: noted(used.identifier),
    businessKey: noted(used.identifier),
    idempotencyKey,
    details: {
      customer: account.customer.id,
      meter: used.eventName,
      value: used.value,
      timestamp: used.timestamp,
    },
  });
}
