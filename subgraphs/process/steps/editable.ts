import { z } from 'zod';

/** What operators may write into master data: one line of plain text. */
const Line = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((text) => !/\p{Cc}/u.test(text) && text.isWellFormed(), 'write plain text on one line');
const Part = Line.max(150).nullable();
const Email = z.email('write an e-mail address like billing@example.com');

const Address = z.strictObject({
  line1: Part,
  line2: Part,
  city: Part,
  region: Part,
  postalCode: Part,
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'write the country as ISO 3166-1 alpha-2, like DE')
    .nullable(),
});

/** Legal name and address in the ERP; payment terms hang on a right, and are not an operator's. */
export const EditableLegalRecord = z.strictObject({ legalName: Line.optional(), billingAddress: Address.optional() });
export const EditableAccount = z.strictObject({
  segment: Line.optional(),
  industry: Line.optional(),
  website: Line.optional(),
  billingAddress: Address.optional(),
});
export const EditableEmail = z.strictObject({ email: Email.optional() });
export const EditableSupportTier = z.strictObject({ supportTier: Line.optional() });
export const EditableOrder = z.strictObject({ purchaseOrderNumber: Line.max(100).nullable().optional() });
export const EditableClosing = z.strictObject({ closedOn: z.iso.date('write the day like 2027-01-31').optional() });
export const EditableContractNote = z.strictObject({ summary: Line.max(500).optional() });
export const EditableVisit = z.strictObject({
  on: z.iso.date('write the day like 2027-01-31').optional(),
  title: Line.optional(),
});
export const EditableCaseNote = z.strictObject({ text: Line.optional() });
/** Who a newcomer is; tax id, terms, currency and legal entity decide amounts, and are not an operator's. */
export const EditableNewRecord = z.strictObject({
  legalName: Line.optional(),
  billingAddress: Address.optional(),
  email: Email.optional(),
});
export const EditableNewPayer = z.strictObject({
  name: Line.optional(),
  email: Email.optional(),
  address: Address.optional(),
});
export const EditableNewAccount = z.strictObject({
  name: Line.optional(),
  contact: z.strictObject({ firstName: Line.max(40), lastName: Line.max(80), email: Email }).optional(),
});
export const EditableNewOrg = z.strictObject({ name: Line.optional() });
export const EditableCancellation = z.strictObject({ reason: Line.max(300).optional() });
export const EditableActivity = z.strictObject({ subject: Line.optional(), text: Line.optional() });
export const EditableHealth = z.strictObject({ healthReason: Line.optional() });
export const EditableTask = z.strictObject({
  subject: Line.optional(),
  text: Line.optional(),
  dueOn: z.iso.date('write the day like 2027-01-31').optional(),
  urgent: z.boolean().optional(),
});
