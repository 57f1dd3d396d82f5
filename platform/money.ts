import { HubError } from './errors.ts';

/** An exact amount: whole minor units (cents) of an ISO 4217 currency. Never a float. */
export interface Money {
  readonly minor: bigint;
  readonly currency: string;
}

/** How money crosses JSON, as in the graph: `{ amount: "1049.50", currency: "EUR" }`. */
export interface MoneyText {
  readonly amount: string;
  readonly currency: string;
}

/** Currencies whose minor unit is not a hundredth (ISO 4217, list one). */
const EXPONENT: Record<string, number> = {
  BIF: 0,
  CLP: 0,
  DJF: 0,
  GNF: 0,
  ISK: 0,
  JPY: 0,
  KMF: 0,
  KRW: 0,
  PYG: 0,
  RWF: 0,
  UGX: 0,
  UYI: 0,
  VND: 0,
  VUV: 0,
  XAF: 0,
  XOF: 0,
  XPF: 0,
  BHD: 3,
  IQD: 3,
  JOD: 3,
  KWD: 3,
  LYD: 3,
  OMR: 3,
  TND: 3,
};

/** Decimals of a currency's minor unit. */
export const exponentOf = (currency: string): number => EXPONENT[currency] ?? 2;

export const DECIMAL = /^-?\d{1,18}(\.\d{1,6})?$/;

export function money(minor: bigint | number, currency: string): Money {
  return { minor: BigInt(minor), currency };
}

/** Reads decimal text or a vendor's JSON number as money. Digits beyond the minor unit are rounded half away from zero. @throws INVALID */
export function moneyOf(amount: string | number, currency: string): Money {
  const text = typeof amount === 'number' ? plainDecimal(amount) : amount.trim();
  const match = /^(-?)(\d+)(?:\.(\d*))?$/.exec(text);
  if (!match) throw new HubError('INVALID', `"${text}" is not an amount of money; write it like 1049.50`);
  const exponent = exponentOf(currency);
  const fraction = (match[3] ?? '').padEnd(exponent + 1, '0');
  const kept = BigInt((match[2] ?? '0') + fraction.slice(0, exponent));
  const rounded = fraction.charAt(exponent) >= '5' ? kept + 1n : kept;
  return { minor: match[1] ? -rounded : rounded, currency };
}

/** A JSON number without exponent notation; vendors send amounts as numbers with at most a few decimals. */
function plainDecimal(value: number): string {
  return Math.abs(value) < 1e-6
    ? '0'
    : Math.abs(value) < 1e15
      ? String(Number(value.toFixed(6)))
      : BigInt(Math.round(value)).toString();
}

export function amountText({ minor, currency }: Money): string {
  const exponent = exponentOf(currency);
  const digits = (minor < 0n ? -minor : minor).toString().padStart(exponent + 1, '0');
  const sign = minor < 0n ? '-' : '';
  return exponent === 0 ? sign + digits : `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

export const toText = (value: Money): MoneyText => ({ amount: amountText(value), currency: value.currency });
export const fromText = (value: MoneyText): Money => moneyOf(value.amount, value.currency);

/** @throws INVALID when the currencies differ */
export function add(...values: [Money, ...Money[]]): Money {
  const [first, ...rest] = values;
  return rest.reduce((sum, next) => {
    if (next.currency !== sum.currency) throw new HubError('INVALID', `cannot add ${next.currency} to ${sum.currency}`);
    return { minor: sum.minor + next.minor, currency: sum.currency };
  }, first);
}

export const negate = ({ minor, currency }: Money): Money => ({ minor: -minor, currency });
export const subtract = (from: Money, what: Money): Money => add(from, negate(what));
export const times = ({ minor, currency }: Money, quantity: number): Money => ({
  minor: minor * BigInt(quantity),
  currency,
});
export const sum = (currency: string, values: Iterable<Money>): Money => add(money(0n, currency), ...values);
export const zero = (currency: string): Money => money(0n, currency);
