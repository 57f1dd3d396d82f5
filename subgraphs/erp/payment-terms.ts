import type { PaymentTerms } from './model.ts';

/** Days until net due, by which connectors tell terms apart: an account may call them what it likes. */
export const TERM_DAYS = {
  DUE_ON_RECEIPT: 0,
  NET_15: 15,
  NET_30: 30,
  NET_45: 45,
  NET_60: 60,
  NET_90: 90,
} as const satisfies Record<PaymentTerms, number>;

const BY_DAYS = new Map(Object.entries(TERM_DAYS).map(([terms, days]) => [days as number, terms as PaymentTerms])); // the table's own keys

/** null: none of ours are due after so many days. */
export const termsOfDays = (days: number): PaymentTerms | null => BY_DAYS.get(days) ?? null;
