import { exponentOf, type Money } from '../../platform/money.ts';

/**
 * Rough euros for one unit of a currency, to rank what waits for an operator: a million yen is not above a hundred thousand
 * euros. Only the order depends on it, never an amount that anybody sees; a currency that is not here counts as one euro.
 */
const ROUGH_EUROS: Readonly<Record<string, number>> = {
  EUR: 1,
  USD: 0.9,
  GBP: 1.15,
  CHF: 1.05,
  CAD: 0.65,
  AUD: 0.6,
  JPY: 0.006,
  CNY: 0.13,
  INR: 0.01,
  SEK: 0.09,
  NOK: 0.085,
  DKK: 0.134,
  PLN: 0.23,
};

/** What is at risk in rough euros; zero where nothing is. */
export const weightOf = (amount: Money | null): number =>
  amount === null
    ? 0
    : (Number(amount.minor) / 10 ** exponentOf(amount.currency)) * (ROUGH_EUROS[amount.currency] ?? 1);
