import { z } from 'zod';
import type { VendorContext } from '../core/vendor.ts';
import type { Books } from './books.ts';
import { invalidContent, invalidField, notFound, userError } from './problem.ts';
import { stamp } from './stamp.ts';

/** New customers are numbered far above the seeded ones. */
const FIRST_ID = 5_000_000;

const Reference = z.object({ id: z.union([z.string(), z.number()]).transform(String) });
const text = z.string().max(300).nullish();
const Body = z.object({
  companyName: z.string().min(1).max(83),
  email: z.email().optional(),
  subsidiary: Reference.optional(),
  currency: Reference.optional(),
  terms: Reference.optional(),
  custentity_concord_key: z.string().max(300).optional(),
  taxRegistration: z
    .object({ items: z.array(z.object({ taxRegistrationNumber: z.string(), nexusCountry: Reference })).max(1) })
    .optional(),
  addressBook: z
    .object({
      items: z
        .array(
          z.object({
            defaultBilling: z.boolean().optional(),
            addressBookAddress: z.object({
              ...{ addr1: text, addr2: text, city: text, state: text, zip: text },
              country: z.object({ id: z.string().regex(/^[A-Z]{2}$/) }).nullish(),
            }),
          }),
        )
        .max(1), // the sandbox's customers have one address
    })
    .optional(),
});

/** The internal id of the customer with this external id. @throws Problem 404 */
export function customerUnder(books: Books, externalId: string): number {
  const found = books.one('SELECT id FROM _customer WHERE externalid = ?', externalId);
  if (!found) throw notFound();
  return Number(found.id);
}

/** `PUT /record/v1/customer/eid:{key}` for a key that no customer has. Answers the new record's id. */
export function openCustomer(books: Books, externalId: string, input: unknown, context: VendorContext): number {
  const parsed = Body.safeParse(input);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? '';
    throw invalidContent(`Invalid value for the field ${path}.`, path);
  }
  const { companyName, email, subsidiary, currency, terms, custentity_concord_key: key, ...rest } = parsed.data;
  if (!subsidiary) throw userError('Please enter value(s) for: Primary Subsidiary');
  const own = books.one(
    `SELECT s.id, s.country FROM subsidiary s WHERE s.id = ? AND s.isinactive = 'F'`,
    Number(subsidiary.id) || 0,
  );
  if (!own) throw invalidField(subsidiary.id, 'subsidiary');
  for (const [field, table, given] of [
    ['currency', 'currency', currency],
    ['terms', 'term', terms],
  ] as const) {
    if (given && !books.one(`SELECT id FROM ${table} WHERE id = ?`, Number(given.id) || 0)) {
      throw invalidField(given.id, field);
    }
  }
  const at = rest.addressBook?.items[0]?.addressBookAddress;
  const id = FIRST_ID + books.next();
  books.together(() => {
    books.run(
      `INSERT INTO _customer (id, externalid, companyname, email, subsidiary, currency, terms, creditholdoverride, balance,
        overdue, unbilled, taxid, taxcode, taxrefused, addr1, addr2, city, state, zip, country, lastmodifieddate,
        datecreated, custentity_concord_key) VALUES (?, ?, ?, ?, ?, ?, ?, 'AUTO', 0, 0, 0, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ...[id, externalId, companyName, email ?? null, Number(own.id), Number(currency?.id) || null],
      ...[Number(terms?.id) || null, rest.taxRegistration?.items[0]?.taxRegistrationNumber ?? null],
      ...[`STANDARD-${own.country}`, at?.addr1 ?? null, at?.addr2 ?? null, at?.city ?? null, at?.state ?? null],
      ...[at?.zip ?? null, at?.country?.id ?? null, stamp(context.clock), stamp(context.clock), key ?? null],
    );
    books.run(
      `INSERT INTO customersubsidiaryrelationship (entity, subsidiary, isprimarysub) VALUES (?, ?, 'T')`,
      ...[id, Number(own.id)],
    );
  });
  note('customer.opened', id, externalId, key ?? null, context);
  return id;
}

/** `PATCH` with `isInactive`; @returns whether the body was about that */
export function deactivated(books: Books, id: number, input: unknown, context: VendorContext): boolean {
  const asked = z.strictObject({ isInactive: z.literal(true) }).safeParse(input);
  if (!asked.success) return false;
  const customer = books.one('SELECT * FROM _customer WHERE id = ?', id);
  if (!customer) throw notFound();
  if (customer.isinactive === 'T') return true;
  books.run(`UPDATE _customer SET isinactive = 'T', lastmodifieddate = ? WHERE id = ?`, stamp(context.clock), id);
  const key = customer.custentity_concord_key;
  note('customer.deactivated', id, String(customer.externalid), key === null ? null : String(key), context);
  return true;
}

/** `GET /record/v1/customer/{id}`, of its fields those that the hub reads. */
export function customerRecord(books: Books, id: number): object {
  const customer = books.one('SELECT * FROM _customer WHERE id = ?', id);
  if (!customer) throw notFound();
  return {
    id: String(id),
    externalId: customer.externalid,
    companyName: customer.companyname,
    isInactive: customer.isinactive === 'T',
    custentity_concord_key: customer.custentity_concord_key,
  };
}

const note = (effect: string, id: number, hubId: string, key: string | null, context: VendorContext): void =>
  context.record({
    effect,
    id: String(id),
    businessKey: key,
    idempotencyKey: null,
    details: { customer: String(id), externalId: hubId },
  });
