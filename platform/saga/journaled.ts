import { fromText, type Money, toText } from '../money.ts';

/** How a value is kept in the journal: JSON, with money as `{ amount, currency }` text, as the graph shows it. */
export function toJournal(value: unknown): string {
  return JSON.stringify(value === undefined ? null : moneyToText(value));
}

/** The value back from parsed JSON: an object of exactly `amount` and `currency`, both text, is money. */
export function fromJournal(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(fromJournal);
  if (!isRecord(json)) return json;
  const { amount, currency } = json;
  if (typeof amount === 'string' && typeof currency === 'string' && Object.keys(json).length === 2) {
    return fromText({ amount, currency });
  }
  return Object.fromEntries(Object.entries(json).map(([key, entry]) => [key, fromJournal(entry)]));
}

function moneyToText(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(moneyToText);
  if (!isRecord(value)) {
    if (typeof value === 'bigint')
      throw new TypeError('a bare bigint cannot be journaled; keep it as money or as text');
    return value;
  }
  if (isMoney(value)) return toText(value);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, moneyToText(entry)]));
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;
const isMoney = (value: object): value is Money => 'minor' in value && typeof value.minor === 'bigint';

/** The same text for the same value, whatever the order of its keys; absent and undefined are the same. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined);
  return `{${entries
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, entry]) => `${JSON.stringify(key)}:${canonical(entry)}`)
    .join(',')}}`;
}
