import { HubError } from './errors.ts';
import { exponentOf, type Money, money } from './money.ts';

/** An exact number that is no money: a quantity, or a price of one unit. Counted in units of 10^-14. */
export type Decimal = bigint;

const DIGITS = 14;
const ONE = 10n ** BigInt(DIGITS);

/** Reads decimal text such as `12.5`. @throws INVALID */
export function decimalOf(text: string): Decimal {
  const match = /^(-?)(\d{1,20})(?:\.(\d{1,14}))?$/.exec(text);
  if (!match) throw new HubError('INVALID', `"${text.slice(0, 40)}" is not a decimal number; write it like 12.5`);
  const value = BigInt(match[2] ?? '0') * ONE + BigInt((match[3] ?? '').padEnd(DIGITS, '0'));
  return match[1] ? -value : value;
}

/** Without zeros at the end; at most `digits` decimals, rounded half away from zero. */
export function decimalText(value: Decimal, digits = DIGITS): string {
  const size = value < 0n ? -value : value;
  const unit = 10n ** BigInt(DIGITS - digits);
  const rounded = ((size + unit / 2n) / unit) * unit;
  const fraction = (rounded % ONE).toString().padStart(DIGITS, '0').replace(/0+$/, '');
  const sign = value < 0n && rounded > 0n ? '-' : '';
  return `${sign}${rounded / ONE}${fraction === '' ? '' : `.${fraction}`}`;
}

export const isWhole = (value: Decimal): boolean => value % ONE === 0n;

/** `value * by`. */
export const product = (value: Decimal, by: Decimal): Decimal => (value * by) / ONE;

/** So many units at a price of one, in the currency's major unit; rounded up to the minor unit. */
export function worthOf(quantity: Decimal, unitPrice: Decimal, currency: string): Money {
  const minor = 10n ** BigInt(exponentOf(currency));
  const exact = quantity * unitPrice * minor;
  return money((exact + ONE * ONE - 1n) / (ONE * ONE), currency);
}
