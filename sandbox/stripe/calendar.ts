/** Stripe's time: whole seconds since the epoch. */
export const DAY_SECONDS = 86_400;

/** Midnight UTC of a day, `YYYY-MM-DD`. */
export const secondsOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / 1000;

/**
 * The instant so many months after the anchor. A day that the month does not have is its last one; the anchor's day comes
 * back where it exists: https://docs.stripe.com/billing/subscriptions/billing-cycle
 */
export function monthsAfter(anchor: number, months: number): number {
  const date = new Date(anchor * 1000);
  const first = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months, 1) / 1000;
  const daysInMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + months + 1, 0)).getUTCDate();
  const timeOfDay = anchor % DAY_SECONDS;
  return first + (Math.min(date.getUTCDate(), daysInMonth) - 1) * DAY_SECONDS + timeOfDay;
}

/** The monthly period of that anchor which holds `now`; before the anchor, the first one. */
export function periodAt(anchor: number, now: number): { start: number; end: number } {
  const [from, to] = [new Date(anchor * 1000), new Date(now * 1000)];
  let month = Math.max(0, (to.getUTCFullYear() - from.getUTCFullYear()) * 12 + to.getUTCMonth() - from.getUTCMonth());
  if (month > 0 && monthsAfter(anchor, month) > now) month -= 1;
  return { start: monthsAfter(anchor, month), end: monthsAfter(anchor, month + 1) };
}
