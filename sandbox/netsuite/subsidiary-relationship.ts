import { z } from 'zod';
import type { VendorContext } from '../core/vendor.ts';
import type { Books } from './books.ts';
import { invalidContent, invalidField, notFound, userError } from './problem.ts';

/**
 * The record `customerSubsidiaryRelationship`: a subsidiary that shares the customer. Each customer has one that is primary;
 * the others come and go. Help: "Customer Subsidiary Relationship" (article_161521122959), "Assigning Additional
 * Subsidiaries to a Customer" (section_161895998055). What it says in refusing is not documented; that a second
 * relationship is refused in the words of an unknown subsidiary is told by those who integrate with it.
 */
const Reference = z.object({ id: z.union([z.string(), z.number()]).transform(String) });
const Body = z.object({
  externalId: z.string().min(1).max(300).nullish(),
  entity: Reference.nullish(),
  subsidiary: Reference.nullish(),
});

export const belongsTo = (books: Books, entity: number, subsidiary: number): boolean =>
  books.one(
    'SELECT id FROM customersubsidiaryrelationship WHERE entity = ? AND subsidiary = ?',
    ...[entity, subsidiary],
  ) !== undefined;

/** `POST /record/v1/customerSubsidiaryRelationship`. Answers the new record's id. */
export function addRelationship(books: Books, input: unknown, context: VendorContext): number {
  const parsed = Body.safeParse(input);
  if (!parsed.success) {
    throw invalidContent('The value has the wrong type.', parsed.error.issues[0]?.path.join('.') ?? '');
  }
  const { externalId, entity, subsidiary } = parsed.data;
  const missing = [...(entity ? [] : ['Customer']), ...(subsidiary ? [] : ['Subsidiary'])];
  if (!entity || !subsidiary) throw userError(`Please enter value(s) for: ${missing.join(', ')}`);
  const customer = books.one('SELECT id FROM _customer WHERE id = ?', Number(entity.id) || 0);
  if (!customer) throw invalidField(entity.id, 'entity');
  const own = books.one(
    `SELECT id FROM subsidiary WHERE id = ? AND isinactive = 'F' AND iselimination = 'F'`,
    Number(subsidiary.id) || 0,
  );
  if (!own || belongsTo(books, Number(customer.id), Number(own.id))) throw invalidField(subsidiary.id, 'subsidiary');
  if (externalId && books.one('SELECT id FROM customersubsidiaryrelationship WHERE externalid = ?', externalId)) {
    throw userError('This record already exists.', 'externalId');
  }
  const made = books.one(
    `INSERT INTO customersubsidiaryrelationship (externalid, entity, subsidiary, isprimarysub) VALUES (?, ?, ?, 'F')
      RETURNING id`,
    ...[externalId ?? null, Number(customer.id), Number(own.id)],
  );
  const id = Number(made?.id);
  context.record(entry('subsidiary-relationship.added', id, relationship(books, id)));
  return id;
}

/** `GET /record/v1/customerSubsidiaryRelationship/{id}`. */
export function relationshipRecord(books: Books, id: number, origin: string): object {
  const { externalid, entity, subsidiary, isprimarysub } = relationship(books, id);
  const links = (path: string) => [{ rel: 'self', href: `${origin}/services/rest/record/v1${path}` }];
  return {
    links: links(`/customerSubsidiaryRelationship/${id}`),
    id: String(id),
    ...(externalid === null ? {} : { externalId: String(externalid) }),
    entity: { links: links(`/customer/${entity}`), id: String(entity) },
    subsidiary: { links: links(`/subsidiary/${subsidiary}`), id: String(subsidiary) },
    isPrimarySub: isprimarysub === 'T',
  };
}

/** `DELETE /record/v1/customerSubsidiaryRelationship/{id}`: not the primary one, nor one that a transaction uses, closed or not. */
export function removeRelationship(books: Books, id: number, context: VendorContext): void {
  const found = relationship(books, id);
  const entity = Number(found.entity);
  books.archive.bringFor(`SELECT * FROM transaction t WHERE t.entity = ${entity}`);
  const used = books.one(
    `SELECT t.id FROM "transaction" t JOIN transactionline l ON l."transaction" = t.id
      WHERE t.entity = ? AND l.mainline = 'T' AND l.subsidiary = ? LIMIT 1`,
    ...[entity, Number(found.subsidiary)],
  );
  if (used || found.isprimarysub === 'T') {
    throw userError('This record cannot be deleted because it has dependent records.');
  }
  books.run('DELETE FROM customersubsidiaryrelationship WHERE id = ?', id);
  context.record(entry('subsidiary-relationship.removed', id, found));
}

function relationship(books: Books, id: number) {
  const found = books.one('SELECT * FROM customersubsidiaryrelationship WHERE id = ?', id);
  if (!found) throw notFound();
  return found;
}

const entry = (effect: string, id: number, { externalid, entity, subsidiary }: ReturnType<typeof relationship>) => ({
  effect,
  id: String(id),
  businessKey: externalid === null ? null : String(externalid),
  idempotencyKey: null,
  details: { customer: String(entity), subsidiary: String(subsidiary) },
});
