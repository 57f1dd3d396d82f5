import { decimalOf, decimalText, worthOf } from '../../platform/decimal.ts';
import { HubError } from '../../platform/errors.ts';
import { overageOf, type SubscriptionUsage, thresholdReached, type UsagePeriod } from './model.ts';

/** What the graph tells of a subscription's usage. */
export const toldUsage = (usage: SubscriptionUsage | null) =>
  (usage?.meters ?? []).map((meter) => ({
    ...meter,
    overage: overageOf(meter),
    overagePrice: decimalText(decimalOf(meter.overagePrice), 6),
    overageCharge: worthOf(decimalOf(overageOf(meter)), decimalOf(meter.overagePrice), usage?.currency ?? 'EUR'),
    thresholdReached: thresholdReached(meter),
    periodStartsOn: usage?.periodStartsOn ?? '',
    periodEndsOn: usage?.periodEndsOn ?? '',
  }));

const MOST_DAYS = 366;

/** @throws INVALID unless both days are given, in order, at most a year apart; or none */
export function askedPeriod({
  from,
  until,
}: {
  readonly from?: string | null | undefined;
  readonly until?: string | null | undefined;
}): UsagePeriod['days'] {
  if (from == null && until == null) return null;
  if (from == null || until == null) throw bad(from == null ? 'from' : 'until', 'give both days, or none');
  const days = (Date.parse(until) - Date.parse(from)) / 86_400_000;
  if (!(days > 0 && days <= MOST_DAYS)) throw bad('until', `until is 1 to ${MOST_DAYS} days after from`);
  return { from, until };
}

const bad = (field: string, message: string): HubError => new HubError('INVALID', message, { field });
