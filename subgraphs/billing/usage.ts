import { decimalOf, decimalText, worthOf } from '../../platform/decimal.ts';
import { HubError } from '../../platform/errors.ts';
import type { MeterUsage, SubscriptionUsage, UsagePeriod } from './model.ts';

/** The highest threshold that was reached, in percent of what is included; null: none, or nothing is included. */
export function thresholdReached({ used, included, warnAt }: Pick<MeterUsage, 'used' | 'included' | 'warnAt'>) {
  const reached = thresholdsReached({ used, included, warnAt });
  return reached.at(-1) ?? null;
}

/** Every threshold that was reached, ascending. */
export function thresholdsReached({
  used,
  included,
  warnAt,
}: Pick<MeterUsage, 'used' | 'included' | 'warnAt'>): readonly number[] {
  const [counted, free] = [decimalOf(used), decimalOf(included)];
  return free === 0n ? [] : warnAt.filter((percent) => counted * 100n >= free * BigInt(percent));
}

/** Units beyond what is included. */
export function overageOf({ used, included }: Pick<MeterUsage, 'used' | 'included'>): string {
  const beyond = decimalOf(used) - decimalOf(included);
  return decimalText(beyond > 0n ? beyond : 0n);
}

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
