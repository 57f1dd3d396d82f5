import { stripe as keys } from '../data/keys.ts';

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

export function encode(value: number, width: number): string {
  let text = '';
  for (let rest = value; text.length < width; rest = Math.floor(rest / 62)) text = BASE62.charAt(rest % 62) + text;
  return text;
}

function decode(text: string): number | null {
  let value = 0;
  for (const character of text) {
    const digit = BASE62.indexOf(character);
    if (digit < 0) return null;
    value = value * 62 + digit;
    if (!Number.isSafeInteger(value)) return null;
  }
  return value;
}

/** The customer's index in the world, from a seeded id; null for any other text. */
export function customerIndexOf(id: string): number | null {
  if (!id.startsWith('cus_')) return null;
  const value = decode(id.slice(4));
  const index = value === null ? -1 : (value - 1_000_003) / 7;
  return Number.isInteger(index) && index >= 0 && keys.customer(index) === id ? index : null;
}

/** The index of the customer whose seeded subscription this is; null for any other text. */
export function subscriptionIndexOf(id: string): number | null {
  if (!id.startsWith('sub_')) return null;
  const value = decode(id.slice(4));
  const position = value === null ? -1 : (value - 5_000_011) / 7;
  if (!Number.isInteger(position) || position < 0) return null;
  const index = Math.floor(position / 10);
  return keys.subscription(index, position % 10) === id ? index : null;
}

/** Most records of one kind that a seeded customer has; keeps their numbers apart. */
const PER_CUSTOMER = 200;

/** Ids of seeded records that no other vendor mentions: `<prefix><number>`, from which the customer's index can be read again. */
const seeded = (prefix: string, width: number) => ({
  id: (index: number, position: number): string => prefix + encode(index * PER_CUSTOMER + position + 62 ** 3, width),
  indexOf: (id: string): number | null => {
    if (!id.startsWith(prefix) || id.length !== prefix.length + width) return null;
    const value = decode(id.slice(prefix.length));
    return value === null || value < 62 ** 3 ? null : Math.floor((value - 62 ** 3) / PER_CUSTOMER);
  },
});

export const seededItem = seeded('si_S', 13);
export const seededInvoice = seeded('in_1Q8S', 20);
export const seededCharge = seeded('ch_3Q8S', 20);

export type NewPrefix = 'cus_' | 'sub_' | 'sub_sched_' | 'si_' | 'in_' | 'ii_' | 'il_' | 'evt_';

/** Numbers the records made while the sandbox runs, so that the same requests, played again, give the same ids. */
export interface Counter {
  next(prefix: NewPrefix): string;
  /** Runs a change; when it is refused, the ids that it took are given back, because it will not be played again. */
  during<T>(change: () => T): T;
}

export function createCounter(): Counter {
  let last = 0;
  return {
    next(prefix) {
      last += 1;
      return prefix === 'si_' || prefix === 'cus_'
        ? `${prefix}N${encode(last, 13)}`
        : `${prefix}1Q8N${encode(last, 20)}`;
    },
    during(change) {
      const before = last;
      try {
        return change();
      } catch (error) {
        last = before;
        throw error;
      }
    },
  };
}
