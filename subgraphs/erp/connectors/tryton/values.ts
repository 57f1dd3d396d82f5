import { z } from 'zod';

/** Tryton's JSON for what JSON lacks (trytond/protocols/jsonrpc.py): objects that carry their Python class. */

/** Python writes a tiny or a huge Decimal with an exponent (`0E-7`); the hub's money wants plain digits. */
export function plainDecimal(text: string): string | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:E([+-]?\d{1,2}))?$/.exec(text);
  if (!match) return undefined;
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  const padded = digits.padStart(digits.length + Math.max(0, 1 - point), '0');
  const at = Math.max(1, point);
  const head = padded
    .padEnd(at, '0')
    .slice(0, at)
    .replace(/^0+(?=\d)/, '');
  const tail = padded.slice(at);
  return `${sign}${head}${tail === '' ? '' : `.${tail}`}`;
}

/** Decimal text of any scale: `"0"`, `"0.0"`, `"480.0000"`. */
export const decimal = z
  .object({ __class__: z.literal('Decimal'), decimal: z.string() })
  .transform(({ decimal: text }, context) => {
    const plain = plainDecimal(text);
    if (plain !== undefined) return plain;
    context.addIssue({ code: 'custom', message: 'must be a decimal', path: ['decimal'] });
    return z.NEVER;
  });

const two = (n: number): string => String(n).padStart(2, '0');

/** A day, as `YYYY-MM-DD`. */
export const day = z
  .object({ __class__: z.literal('date'), year: z.number().int(), month: z.number().int(), day: z.number().int() })
  .transform((date) => `${String(date.year).padStart(4, '0')}-${two(date.month)}-${two(date.day)}`);

/** SQLite has no booleans: they arrive as 0 and 1 there. */
export const bool = z.union([z.boolean(), z.literal(0), z.literal(1)]).transform(Boolean);

export const id = z.number().int().positive();

/** Text on its way to Tryton. */
export const asDecimal = (text: string) => ({ __class__: 'Decimal', decimal: text });

/** A day `YYYY-MM-DD` on its way to Tryton. */
export function asDate(text: string) {
  const [year, month, date] = text.split('-').map(Number);
  return { __class__: 'date', year, month, day: date };
}
