import { z } from 'zod';

/** Money as the journal keeps it: whole or decimal text. Example: `{ "amount": "1453.00", "currency": "EUR" }`. */
const Money = z.strictObject({
  amount: z.string().regex(/^-?\d{1,15}(\.\d{1,6})?$/, 'write the amount as decimal text, like "1453.00"'),
  currency: z.string().regex(/^[A-Z]{3}$/, 'write the currency as ISO 4217 code, like "EUR"'),
});
const Id = z.string().regex(/^[\x21-\x7e]{1,100}$/, 'write the id as the system shows it');
const Day = z.iso.date('write the day like 2027-01-31');
const Text = z.string().trim().min(1).max(200);

/** Of a skipped step on which no later step builds: there is nothing to state. */
export const NOTHING = z.null('later steps need nothing of this one; leave `stated` out');

/** The id of a record as its system shows it. Example: `"cus_4711"`. */
export const StatedId = Id;

/** An order as the ERP shows it. */
export const StatedOrder = z.strictObject({
  id: Id,
  number: Text,
  netTotal: Money,
  tax: Money.nullable(),
  total: Money,
});

/** An invoice or a credit note as the ERP shows it. */
export const StatedDocument = z.strictObject({ id: Id, number: Text, total: Money });

/** A subscription as billing shows it; later steps need its id and its first day. */
export const StatedSubscription = z.strictObject({
  id: Id,
  startedOn: Day,
  currentTermEndsOn: Day.nullable().default(null),
  items: z.array(z.unknown()).max(100).default([]),
});

/** An amended subscription: what it holds now. */
export const StatedAmendment = z.strictObject({
  id: Id,
  items: z
    .array(z.strictObject({ sku: Text, quantity: z.int().min(1).max(100_000), unitPrice: Money }))
    .min(1)
    .max(100),
  legalEntityId: Id.nullable().default(null),
  paymentTerms: Text.nullable().default(null),
});
