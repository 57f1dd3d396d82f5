import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { VendorContext } from '../core/vendor.ts';
import { afterSalesRoutes } from './after-sales-routes.ts';
import type { Books } from './books.ts';
import { changeCustomer } from './customer.ts';
import { customerPaymentRoutes } from './customer-payment.ts';
import { deleteCustomer } from './delete-record.ts';
import { customerRecord, customerUnder, deactivated, openCustomer } from './new-customer.ts';
import { changeLines } from './order-lines.ts';
import { notFound, Problem } from './problem.ts';
import { salesOrderRecord } from './sales-order-record.ts';
import { upsertOrder } from './sales-order-writes.ts';
import { addRelationship, relationshipRecord, removeRelationship } from './subsidiary-relationship.ts';

const RECORD = '/services/rest/record/v1';

/** The record service as far as the hub uses it. Help: "Sales Order" (section_159665260887) and the REST API Browser. */
export function recordRoutes(app: FastifyInstance, books: () => Books, context: VendorContext): void {
  app.get<{ Params: { id: string }; Querystring: { expandSubResources?: string } }>(
    `${RECORD}/salesOrder/:id`,
    async (request) => {
      const expand = request.query.expandSubResources === 'true';
      const record = salesOrderRecord(books(), orderId(books(), request.params.id), originOf(request), expand);
      if (!record) throw notFound();
      return record;
    },
  );

  app.put<{ Params: { id: string }; Querystring: { replace?: string } }>(
    `${RECORD}/salesOrder/:id`,
    async (request, reply) => {
      const key = externalIdOf(request.params.id);
      if (key === null) {
        throw new Problem(400, 'INVALID_PARAMETER', 'An upsert needs an external ID, in the form eid:<external ID>.');
      }
      const options = {
        replaceLines: (request.query.replace ?? '').split(',').includes('item'),
        idempotencyKey: oneHeader(request.headers['x-netsuite-idempotency-key']),
      };
      const id = upsertOrder(books(), key, request.body, options, context);
      return reply
        .code(204)
        .header('location', `${originOf(request)}${RECORD}/salesOrder/${id}`)
        .send();
    },
  );

  app.patch<{ Params: { id: string } }>(`${RECORD}/salesOrder/:id`, async (request, reply) => {
    const id = orderId(books(), request.params.id);
    changeLines(books(), id, request.body, context);
    return reply
      .code(204)
      .header('location', `${originOf(request)}${RECORD}/salesOrder/${id}`)
      .send();
  });

  const customerId = (text: string): number => {
    const key = externalIdOf(text);
    return key === null ? internalId(text) : customerUnder(books(), key);
  };
  app.get<{ Params: { id: string } }>(`${RECORD}/customer/:id`, async (request) =>
    customerRecord(books(), customerId(request.params.id)),
  );
  app.put<{ Params: { id: string } }>(`${RECORD}/customer/:id`, async (request, reply) => {
    const key = externalIdOf(request.params.id);
    if (key === null) {
      throw new Problem(400, 'INVALID_PARAMETER', 'An upsert needs an external ID, in the form eid:<external ID>.');
    }
    const held = books().one('SELECT id FROM _customer WHERE externalid = ?', key);
    const id = held ? Number(held.id) : openCustomer(books(), key, request.body, context);
    return reply
      .code(204)
      .header('location', `${originOf(request)}${RECORD}/customer/${id}`)
      .send();
  });
  app.patch<{ Params: { id: string } }>(`${RECORD}/customer/:id`, async (request, reply) => {
    const id = customerId(request.params.id);
    if (!deactivated(books(), id, request.body, context)) changeCustomer(books(), id, request.body, context);
    return reply
      .code(204)
      .header('location', `${originOf(request)}${RECORD}/customer/${id}`)
      .send();
  });

  app.delete<{ Params: { id: string } }>(`${RECORD}/customer/:id`, async (request, reply) => {
    deleteCustomer(books(), customerId(request.params.id), context);
    return reply.code(204).send();
  });

  relationshipRoutes(app, books, context);
  afterSalesRoutes(app, books, context);
  customerPaymentRoutes(app, books, context);
}

/** Help: "Customer Subsidiary Relationship" (article_161521122959). Of its operations those that the hub uses. */
function relationshipRoutes(app: FastifyInstance, books: () => Books, context: VendorContext): void {
  const path = `${RECORD}/customerSubsidiaryRelationship`;
  const idOf = (text: string): number => {
    const key = externalIdOf(text);
    if (key === null) return internalId(text);
    const found = books().one('SELECT id FROM customersubsidiaryrelationship WHERE externalid = ?', key);
    if (!found) throw notFound();
    return Number(found.id);
  };
  app.post(path, async (request, reply) => {
    const id = addRelationship(books(), request.body, context);
    return reply
      .code(204)
      .header('location', `${originOf(request)}${path}/${id}`)
      .send();
  });
  app.get<{ Params: { id: string } }>(`${path}/:id`, async (request) =>
    relationshipRecord(books(), idOf(request.params.id), originOf(request)),
  );
  app.delete<{ Params: { id: string } }>(`${path}/:id`, async (request, reply) => {
    removeRelationship(books(), idOf(request.params.id), context);
    return reply.code(204).send();
  });
}

function orderId(books: Books, text: string): number {
  const key = externalIdOf(text);
  if (key === null) {
    books.archive.bringFor(`SELECT * FROM transaction t WHERE t.id = ${internalId(text)}`);
    return internalId(text);
  }
  const found = books.one(`SELECT id FROM "transaction" WHERE externalid = ? AND type = 'SalesOrd'`, key);
  if (!found) throw notFound();
  return Number(found.id);
}

const externalIdOf = (text: string): string | null => (text.startsWith('eid:') ? text.slice(4) : null);

function internalId(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw notFound();
  return Number(text);
}

const originOf = (request: FastifyRequest): string => `${request.protocol}://${request.host}`;

const oneHeader = (value: string | string[] | undefined): string | null => (typeof value === 'string' ? value : null);
