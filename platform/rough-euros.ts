/**
 * Rough euros for one unit of a currency, to rank what waits for people: a million yen is not above a hundred thousand
 * euros. Only an order depends on it, never an amount that anybody sees; a currency that is not here counts as one euro.
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

export const roughEuros = (currency: string): number => ROUGH_EUROS[currency] ?? 1;
