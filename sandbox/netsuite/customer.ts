import { z } from 'zod';
import type { VendorContext } from '../core/vendor.ts';
import type { Books } from './books.ts';
import { invalidContent, notFound } from './problem.ts';
import { stamp } from './stamp.ts';

const text = z.string().max(300).nullish();

const CustomerBody = z.object({
  companyName: z.string().min(1).max(83).optional(),
  terms: z.object({ id: z.union([z.string(), z.number()]).transform(Number) }).optional(),
  addressBook: z
    .object({
      items: z
        .array(
          z.object({
            internalId: z.number().optional(),
            defaultBilling: z.boolean().optional(),
            addressBookAddress: z.object({
              addr1: text,
              addr2: text,
              city: text,
              state: text,
              zip: text,
              country: z.object({ id: z.string().regex(/^[A-Z]{2}$/) }).nullish(),
            }),
          }),
        )
        .length(1), // the sandbox's customers have one address
    })
    .optional(),
});

/** `PATCH /record/v1/customer/{id}`. A change that changes nothing leaves no trace. */
export function changeCustomer(books: Books, id: number, input: unknown, context: VendorContext): void {
  const customer = books.one('SELECT * FROM _customer WHERE id = ?', id);
  if (!customer) throw notFound();
  const parsed = CustomerBody.safeParse(input);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? '';
    throw invalidContent(`Invalid value for the field ${path}.`, path);
  }
  const { companyName, terms, addressBook } = parsed.data;
  if (terms && !books.one('SELECT id FROM term WHERE id = ?', terms.id)) {
    throw invalidContent(`You have entered an Invalid Field Value ${terms.id} for the following field: terms`, 'terms');
  }
  const line = addressBook?.items[0];
  if (line?.internalId !== undefined && line.internalId !== id) {
    throw invalidContent(`There is no address ${line.internalId}.`, 'addressBook.items[0].internalId');
  }
  const address = line?.addressBookAddress;
  const wanted: Record<string, string | number | null | undefined> = {
    companyname: companyName,
    terms: terms?.id,
    ...(address ? { ...address, country: address.country?.id ?? null } : {}),
  };
  const changed = Object.entries(wanted).filter(
    (field): field is [string, string | number | null] => field[1] !== undefined && field[1] !== customer[field[0]],
  );
  if (changed.length === 0) return;
  for (const [column, value] of changed) {
    books.run(`UPDATE _customer SET ${column} = ?, lastmodifieddate = ? WHERE id = ?`, value, stamp(context.clock), id);
  }
  context.record({
    effect: 'customer.updated',
    id: String(id),
    businessKey: customer.externalid === null ? null : String(customer.externalid),
    idempotencyKey: null,
    details: { customer: String(id), ...Object.fromEntries(changed) },
  });
}
