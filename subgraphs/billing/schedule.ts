import { type Money, sum, times } from '../../platform/money.ts';
import type { Subscription } from './model.ts';

/** Charges that are shown ahead: a year of them. */
const CHARGES_AHEAD = 12;

export interface ScheduledCharge {
  readonly dueOn: string;
  readonly amount: Money;
}

/** Charge for a full month at today's quantities and prices. */
export const monthlyCharge = ({ currency, items }: Subscription): Money =>
  sum(
    currency,
    items.map((item) => times(item.unitPrice, item.quantity)),
  );

/** The charges of the months to come, the next first; none when the subscription will not renew. */
export function schedule(subscription: Subscription): readonly ScheduledCharge[] {
  const { renewsOn, startedOn } = subscription;
  if (renewsOn === null) return [];
  const amount = monthlyCharge(subscription);
  const anchorDay = anchorOf(renewsOn, startedOn);
  return Array.from({ length: CHARGES_AHEAD }, (_, month) => ({
    dueOn: monthsAfter(renewsOn, month, anchorDay),
    amount,
  }));
}

/** The day of the month on which terms begin: in a month too short for it, its last day stands in. */
function anchorOf(renewsOn: string, startedOn: string): number {
  const [day, startedDay] = [dayOf(renewsOn), dayOf(startedOn)];
  return day === daysIn(renewsOn, 0) && startedDay > day ? startedDay : day;
}

function monthsAfter(day: string, months: number, anchorDay: number): string {
  const date = new Date(`${day.slice(0, 7)}-01T00:00:00Z`);
  date.setUTCMonth(date.getUTCMonth() + months);
  const month = date.toISOString().slice(0, 7);
  return `${month}-${String(Math.min(anchorDay, daysIn(day, months))).padStart(2, '0')}`;
}

const dayOf = (day: string): number => Number(day.slice(8, 10));

function daysIn(day: string, monthsLater: number): number {
  return new Date(Date.UTC(Number(day.slice(0, 4)), Number(day.slice(5, 7)) + monthsLater, 0)).getUTCDate();
}
