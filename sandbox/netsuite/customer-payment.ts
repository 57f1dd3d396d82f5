import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { amountText, exponentOf, money } from '../../platform/money.ts';
import type { VendorContext } from '../core/vendor.ts';
import type { Books } from './books.ts';
import { invalidContent, Problem } from './problem.ts';
import { FIRST_ID, FIRST_NUMBER } from './sales-order-writes.ts';
import { stamp } from './stamp.ts';

const Body = z.object({
  customer: z.object({ id: z.union([z.string(), z.number()]).transform(Number) }),
  payment: z.number().positive(),
  tranDate: z.iso.date(),
});

/**
 * `PUT /record/v1/customerPayment/eid:<external ID>`: books a payment that came in, or changes the amount of one. It is applied
 * to no invoice. REST API Browser, 2026.2, "Customer Payment".
 */
export function customerPaymentRoutes(app: FastifyInstance, books: () => Books, context: VendorContext): void {
  app.put<{ Params: { id: string } }>('/services/rest/record/v1/customerPayment/:id', async (request, reply) => {
    const { id: text } = request.params;
    if (!text.startsWith('eid:')) {
      throw new Problem(400, 'INVALID_PARAMETER', 'An upsert needs an external ID, in the form eid:<external ID>.');
    }
    const id = book(books(), text.slice(4), request.body, context);
    const location = `${request.protocol}://${request.host}/services/rest/record/v1/customerPayment/${id}`;
    return reply.code(204).header('location', location).send();
  });
}

function book(books: Books, key: string, input: unknown, context: VendorContext): number {
  const parsed = Body.safeParse(input);
  if (!parsed.success) {
    const path = parsed.error.issues[0]?.path.join('.') ?? '';
    throw invalidContent(`Invalid value for the field ${path}.`, path);
  }
  const { customer, payment, tranDate } = parsed.data;
  books.archive.bringFor(`SELECT * FROM transaction t WHERE t.entity = ${customer.id}`);
  const entity = books.one(
    'SELECT c.id, c.currency, cur.symbol FROM _customer c JOIN currency cur ON cur.id = c.currency WHERE c.id = ?',
    customer.id,
  );
  if (!entity) throw invalidContent('Invalid reference key for the field customer.', 'customer');
  const held = books.one(`SELECT id, foreigntotal FROM "transaction" WHERE externalid = ? AND type = 'CustPymt'`, key);
  if (held && Number(held.foreigntotal) === payment) return Number(held.id);
  const id = held ? Number(held.id) : insert(books, key, { entity, tranDate, payment }, context);
  if (held) books.run('UPDATE "transaction" SET foreigntotal = ? WHERE id = ?', payment, id);
  const symbol = String(entity.symbol);
  context.record({
    effect: held ? 'customer-payment.changed' : 'customer-payment.posted',
    id: String(id),
    businessKey: key,
    idempotencyKey: null,
    details: {
      customer: String(customer.id),
      total: amountText(money(Math.round(payment * 10 ** exponentOf(symbol)), symbol)),
      currency: symbol,
    },
  });
  return id;
}

function insert(
  books: Books,
  key: string,
  { entity, tranDate, payment }: { entity: Record<string, unknown>; tranDate: string; payment: number },
  context: VendorContext,
): number {
  const nth = books.next();
  const id = FIRST_ID + nth;
  books.run(
    `INSERT INTO "transaction" (id, type, tranid, externalid, trandate, entity, status, foreigntotal, currency, lastmodifieddate)
      VALUES (?, 'CustPymt', ?, ?, ?, ?, 'C', ?, ?, ?)`,
    ...[id, `PYMT${FIRST_NUMBER + nth}`, key, tranDate, Number(entity.id), payment, Number(entity.currency)],
    stamp(context.clock),
  );
  return id;
}
