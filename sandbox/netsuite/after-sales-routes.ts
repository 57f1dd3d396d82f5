import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { VendorContext } from '../core/vendor.ts';
import type { Books } from './books.ts';
import { notFound, Problem } from './problem.ts';
import { closeReturn, returnRecord } from './return-record.ts';
import { removeTask, upsertTask } from './tasks.ts';
import { transform } from './transformations.ts';

const RECORD = '/services/rest/record/v1';

/** What comes after a sale: visits, transformations, and returns. */
export function afterSalesRoutes(app: FastifyInstance, books: () => Books, context: VendorContext): void {
  app.put<{ Params: { id: string } }>(`${RECORD}/task/:id`, async (request, reply) => {
    const key = keyIn(request.params.id);
    if (key === null) {
      throw new Problem(400, 'INVALID_PARAMETER', 'An upsert needs an external ID, in the form eid:<external ID>.');
    }
    const id = upsertTask(books(), key, request.body, context);
    return reply
      .code(204)
      .header('location', located(request, 'task', id))
      .send();
  });
  app.delete<{ Params: { id: string } }>(`${RECORD}/task/:id`, async (request, reply) => {
    removeTask(books(), internalId(request.params.id), context);
    return reply.code(204).send();
  });

  app.post<{ Params: { record: string; id: string; into: string } }>(
    `${RECORD}/:record/:id/!transform/:into`,
    async (request, reply) => {
      const { record, id, into } = request.params;
      const made = transform(books(), `${record}/${into}`, internalId(id), request.body, context);
      return reply
        .code(204)
        .header('location', located(request, into, made))
        .send();
    },
  );

  const returnPath = `${RECORD}/returnAuthorization/:id`;
  const returnId = (text: string): number => {
    const key = keyIn(text);
    if (key === null) return internalId(text);
    const found = books().one(`SELECT id FROM "transaction" WHERE externalid = ? AND type = 'RtnAuth'`, key);
    if (!found) throw notFound();
    return Number(found.id);
  };
  app.get<{ Params: { id: string }; Querystring: { expandSubResources?: string } }>(returnPath, async (request) =>
    returnRecord(books(), returnId(request.params.id), request.query.expandSubResources === 'true'),
  );
  app.patch<{ Params: { id: string } }>(returnPath, async (request, reply) => {
    const id = returnId(request.params.id);
    closeReturn(books(), id, request.body, context);
    return reply
      .code(204)
      .header('location', located(request, 'returnAuthorization', id))
      .send();
  });
}

const located = (request: FastifyRequest, record: string, id: number): string =>
  `${request.protocol}://${request.host}${RECORD}/${record}/${id}`;

const keyIn = (text: string): string | null => (text.startsWith('eid:') ? text.slice(4) : null);

function internalId(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw notFound();
  return Number(text);
}
