import { type Money, type MoneyText, moneyOf, sum, times, toText } from '../../../platform/money.ts';
import type { CustomerFacts } from '../facts.ts';

export const moneyIn = ({ amount, currency }: MoneyText): Money => moneyOf(amount, currency);

/** What the customer's running subscriptions charge a month; null: nothing, or in more than one currency. */
export function monthlyOf({ billing, customerId }: CustomerFacts): Money | null {
  const running = billing
    .filter(({ hubId, state }) => hubId === customerId && state === 'STANDS')
    .flatMap(({ subscriptions }) => subscriptions);
  const [first] = running;
  if (first === undefined || running.some(({ currency }) => currency !== first.currency)) return null;
  const charges = running.flatMap(({ items }) =>
    items.map(({ quantity, unitPrice }) => times(moneyIn(unitPrice), quantity)),
  );
  return sum(first.currency, charges);
}

/** The same as text: what is at stake where a customer's record is wrong. */
export const monthlyText = (facts: CustomerFacts): MoneyText | null => {
  const monthly = monthlyOf(facts);
  return monthly === null ? null : toText(monthly);
};
