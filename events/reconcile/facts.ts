import { type Money, type MoneyText, toText } from '../../platform/money.ts';
import type { HeldRecord } from '../../platform/port/scan.ts';
import type { Payment } from '../../subgraphs/billing/model.ts';
import type { BillingRecord, BookedDocument, CrmRecord, CustomerBooks, Entitlement, LinkedCustomer } from './read.ts';

/** A value as it is kept while a run lasts: money as text. */
export type Kept<T> = T extends Money
  ? MoneyText
  : T extends string
    ? T
    : T extends readonly (infer One)[]
      ? readonly Kept<One>[]
      : T extends object
        ? { readonly [Name in keyof T]: Kept<T[Name]> }
        : T;

/** Everything that all systems tell of one customer. */
export interface CustomerFacts {
  readonly customerId: string;
  /** null: the register does not hold the customer that records name. */
  readonly registered: Kept<LinkedCustomer> | null;
  readonly erp: readonly Kept<HeldRecord>[];
  readonly crm: readonly Kept<CrmRecord>[];
  readonly billing: readonly Kept<BillingRecord>[];
  readonly support: readonly Kept<HeldRecord>[];
  readonly books: readonly Kept<CustomerBooks>[];
  readonly rights: readonly Kept<Entitlement>[];
  readonly payments: readonly Kept<Payment>[];
}

export type KeptDocument = Kept<BookedDocument>;

/** As JSON, money as `{ amount, currency }`. */
export const kept = (value: unknown): string =>
  JSON.stringify(value, (_name, one: unknown) => (isMoney(one) ? toText(one) : one));

const isMoney = (value: unknown): value is Money =>
  typeof value === 'object' && value !== null && 'minor' in value && typeof value.minor === 'bigint';

/** The record of this very customer that stands; null: there is none, or more than one, which is told as such. */
export function standing<Record extends Kept<HeldRecord>>(
  records: readonly Record[],
  customerId: string,
): Record | null {
  const own = records.filter(({ hubId, state }) => hubId === customerId && state === 'STANDS');
  return own.length === 1 ? (own[0] ?? null) : null;
}
