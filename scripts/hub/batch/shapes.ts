import { z } from 'zod';

const text = z.string().trim().min(1, 'must not be empty').max(1_000, 'must have at most 1,000 characters');

/** What a row is told apart by, in this file and for ever: the same one is never imported twice. */
const ref = z.string().regex(/^[\x21-\x7e]{1,200}$/, 'must be 1 to 200 printable ASCII characters without spaces');

const country = z.string().regex(/^[A-Z]{2}$/, 'must be an ISO 3166-1 code like DE');
const currency = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code like EUR');

/** A customer to be opened, as `OnboardCustomerInput` takes it. */
export const CUSTOMER = z.strictObject({
  ref,
  legalName: text,
  billingAddress: z.strictObject({
    line1: text,
    line2: text.optional(),
    city: text,
    region: text.optional(),
    postalCode: text.optional(),
    country,
  }),
  billingEmail: z.email('must be an e-mail address'),
  currency,
  paymentTerms: z.enum(['DUE_ON_RECEIPT', 'NET_15', 'NET_30', 'NET_45', 'NET_60', 'NET_90']),
  legalEntityId: text,
  taxId: text.optional(),
  region: text.optional(),
  segment: text.optional(),
  website: text.optional(),
  supportTier: text.optional(),
  contact: z.strictObject({ firstName: text, lastName: text, email: z.email('must be an e-mail address') }),
  opportunityId: text.optional(),
  confirmNotDuplicateOf: z.array(text).optional(),
});

/** An order to be submitted, as `SubmitOrderInput` takes it. */
export const ORDER = z.strictObject({
  ref,
  customerId: text,
  legalEntityId: text.optional(),
  currency,
  purchaseOrderNumber: text.optional(),
  lines: z
    .array(
      z.strictObject({
        sku: text,
        quantity: z.int('must be a whole number').min(1, 'must be at least 1'),
        expectedUnitPrice: z
          .string()
          .regex(/^\d{1,15}(\.\d{1,6})?$/, 'must be a decimal like 12.50')
          .optional(),
      }),
    )
    .min(1, 'must have at least one line')
    .max(100, 'must have at most 100 lines'),
});

/** Whose a record is, as `LinkCustomerInput` takes it; what an export adds is not read. */
export const LINK = z.strictObject({
  customerId: text,
  system: z.enum(['ERP', 'BILLING', 'CRM', 'SUPPORT', 'SUCCESS']),
  externalId: text,
});
