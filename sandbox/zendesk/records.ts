import type { FastifyInstance } from 'fastify';
import { invalidParameter, recordNotFound, ZendeskError } from './errors.ts';
import type { EntitlementRecord } from './model.ts';
import { type Filter, matchesRecord, parseFilter, valuesOf } from './record-filter.ts';
import type { RecordWrites } from './record-writes.ts';
import { cursorPage, fieldsOf, keyAfter, listParameter, route, wrapped, type ZendeskRequest } from './request.ts';
import type { ZendeskState } from './state.ts';
import { recordShape } from './wire.ts';

const RECORDS = '/custom_objects/:key/records';

/** https://developer.zendesk.com/api-reference/custom-data/custom-objects/custom_object_records/ */
export function recordRoutes(app: FastifyInstance, state: () => ZendeskState, writes: RecordWrites): void {
  const known = (request: ZendeskRequest) => {
    if (request.params.key !== 'entitlement') throw recordNotFound();
  };
  const one = (record: EntitlementRecord, { origin }: ZendeskRequest) => ({
    custom_object_record: recordShape(record, origin),
  });
  const page = (request: ZendeskRequest, records: Iterable<EntitlementRecord>) => {
    const { entries, meta, links } = cursorPage(request, records, ({ id }) => id);
    return {
      custom_object_records: entries.map((entry) => recordShape(entry, request.origin)),
      meta,
      links,
      count: entries.length,
    };
  };

  route(app, 'GET', RECORDS, (request) => {
    known(request);
    const ids = request.query['filter[ids]'];
    const externalIds = request.query['filter[external_ids]'];
    const sort = request.query.sort ?? 'id';
    if (ids !== undefined || externalIds !== undefined) {
      const found = [
        ...listParameter(ids, 'filter[ids]').map((id) => state().record(id)),
        ...listParameter(externalIds, 'filter[external_ids]').map((id) => state().recordByExternalId(id)),
      ].filter((record) => record !== undefined);
      return page(request, sorted(found, sort));
    }
    if (sort === '-updated_at') return page(request, lastUpdated(state()));
    return page(request, sort === 'id' ? state().records(keyAfter(request)) : sorted([...state().records()], sort));
  });

  route(app, 'GET', `${RECORDS}/search`, (request) => {
    known(request);
    const words = (request.query.query ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    const texts = ({ name, externalId, fields }: EntitlementRecord) =>
      [name, externalId, ...Object.values(fields)].join(' ').toLowerCase().split(/\s+/);
    const found = [...state().records()].filter((record) =>
      texts(record).some((text) => words.some((word) => text.startsWith(word))),
    );
    return page(request, sorted(found, request.query.sort ?? '-created_at'));
  });

  route(app, 'POST', `${RECORDS}/search`, (request) => {
    known(request);
    const filter = parseFilter(fieldsOf(request.body).filter);
    const found = candidates(filter).filter((record) => matchesRecord(filter, record));
    return page(request, sorted(found, request.query.sort ?? '-created_at'));
  });

  route(app, 'GET', `${RECORDS}/count`, (request) => {
    known(request);
    let value = 0;
    for (const _ of state().records()) value += 1;
    return { count: { value, refreshed_at: new Date().toISOString() } };
  });

  route(app, 'GET', `${RECORDS}/:id`, (request) => {
    known(request);
    const record = state().record(request.params.id ?? '');
    if (!record) throw recordNotFound();
    return one(record, request);
  });

  route(app, 'POST', RECORDS, (request, reply) => {
    known(request);
    const record = writes.create(wrapped(request.body, 'custom_object_record'));
    reply.code(201);
    return one(record, request);
  });

  // "Set Custom Object Record by External Id": updates the record with this external id, or creates it.
  route(app, 'PATCH', RECORDS, (request) => {
    known(request);
    return one(writes.upsert(externalIdOf(request), wrapped(request.body, 'custom_object_record')), request);
  });

  route(app, 'PATCH', `${RECORDS}/:id`, (request) => {
    known(request);
    return one(writes.update(request.params.id ?? '', wrapped(request.body, 'custom_object_record')), request);
  });

  route(app, 'DELETE', RECORDS, (request, reply) => {
    known(request);
    writes.remove(state().recordByExternalId(externalIdOf(request)));
    return reply.code(204).send();
  });

  route(app, 'DELETE', `${RECORDS}/:id`, (request, reply) => {
    known(request);
    writes.remove(state().record(request.params.id ?? ''));
    return reply.code(204).send();
  });

  function candidates(filter: Filter): EntitlementRecord[] {
    const organizations = valuesOf(filter, 'organization');
    if (organizations) {
      return [...new Set(organizations)].flatMap((id) => state().recordsOf({ organizationId: Number(id) }));
    }
    const subscriptions = valuesOf(filter, 'subscription_id');
    if (subscriptions) return [...new Set(subscriptions)].flatMap((id) => state().recordsOf({ subscriptionId: id }));
    return [...state().records()];
  }
}

function externalIdOf(request: ZendeskRequest): string {
  const externalId = request.query.external_id;
  if (externalId) return externalId;
  throw new ZendeskError(400, {
    error: 'ParameterMissing',
    description: 'param is missing or the value is empty: external_id',
  });
}

/** What was written since the start comes first; the seeded rest follows in no promised order. */
function* lastUpdated(state: ZendeskState): Generator<EntitlementRecord> {
  const written = state.writtenRecords();
  yield* written;
  const seen = new Set(written.map(({ id }) => id));
  for (const record of state.records()) if (!seen.has(record.id)) yield record;
}

const KEYS: Readonly<Record<string, (record: EntitlementRecord) => string>> = {
  id: ({ id }) => id,
  name: ({ name }) => name,
  created_at: ({ createdAt }) => createdAt,
  updated_at: ({ updatedAt }) => updatedAt,
};

function sorted(records: readonly EntitlementRecord[], sort: string): EntitlementRecord[] {
  const key = KEYS[sort.replace(/^-/, '')];
  if (!key) throw invalidParameter(`sort ${sort} is not supported`);
  const sign = sort.startsWith('-') ? -1 : 1;
  const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  return [...records].sort((a, b) => sign * (compare(key(a), key(b)) || compare(a.id, b.id)));
}
