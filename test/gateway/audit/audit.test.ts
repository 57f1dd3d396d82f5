import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import { sql } from 'kysely';
import { createAudit } from '../../../gateway/plugins/audit.ts';
import { type AuditFilter, type AuditRecord, createAuditLog } from '../../../platform/audit/audit-log.ts';
import { migrateAudit } from '../../../platform/audit/audit-tables.ts';
import { createRecorder, type Recorder, type RecorderOptions } from '../../../platform/audit/recorder.ts';
import { systemClock } from '../../../platform/clock.ts';
import { createDb, type Db } from '../../../platform/db/db.ts';
import { silentLog } from '../../../platform/log.ts';
import { principalOf } from '../../../platform/principal.ts';
import { testDatabase } from '../../support/database.ts';
import { type Answer, type HubOptions, startHub } from '../hub.ts';

let db: Db;
before(async () => {
  ({ db } = await testDatabase());
  await migrateAudit(db);
});

const EVERYTHING = { principalId: null, code: null, correlationId: null, from: null, to: null };
async function matching(filter: Partial<AuditFilter>): Promise<AuditRecord[]> {
  const found: AuditRecord[] = [];
  for await (const record of createAuditLog(db).all({ ...EVERYTHING, ...filter })) found.push(record);
  return found;
}
const recordsOf = (correlationId: string) => matching({ correlationId });

const PARTS: HubOptions['parts'] = {
  shop: {
    sdl: `type Query { item: Item list: [Item!]! @requiresScopes(scopes: [["list"]]) }
      type Item { name: String price: Int @requiresScopes(scopes: [["price"]]) }
      type Mutation { buy(name: String): Boolean @requiresScopes(scopes: [["buy"]]) sell(name: String): Boolean fail: Boolean owned: Boolean }`,
    resolvers: {
      Query: { item: () => ({ name: 'pen', price: 3 }), list: () => [] },
      Mutation: {
        buy: () => true,
        sell: () => true,
        fail: () => {
          throw new Error('dsn postgres://secret');
        },
      },
    },
  },
};

interface World {
  readonly recorder: Recorder;
  ask(query: string, more?: { id?: string; operationName?: string; variables?: object }): Promise<Answer>;
}

let ids = 0;
const newId = () => `audit-${process.pid}-${++ids}`;

async function world(
  t: TestContext,
  options: { recorder?: Partial<RecorderOptions>; hub?: Partial<HubOptions>; isKey?: boolean } = {},
): Promise<World> {
  const recorder = createRecorder({ db, clock: systemClock, log: silentLog, ...options.recorder });
  const audit = createAudit({ recorder, isKey: async () => options.isKey ?? true });
  const principal = principalOf({ id: 'k1', name: 'test', scopes: ['buy'], actsFor: 'ERP' });
  const hub = await startHub(t, {
    parts: PARTS,
    ...options.hub,
    gateway: {
      audit,
      authenticate: async (key) => (key === 'k' ? principal : null),
      ...options.hub?.gateway,
    },
  });
  t.after(() => recorder.close());
  return {
    recorder,
    ask: (query, { id = newId(), ...more } = {}) => hub.ask(query, { ...more, headers: { 'x-correlation-id': id } }),
  };
}

const told = ({ kind, operation, acts, outcome, codes, coordinates }: AuditRecord) => ({
  kind,
  operation,
  acts,
  outcome,
  codes,
  coordinates,
});

test('an act has one record: who, for which system, what, how it ended, under which id and from where', async (t) => {
  const { ask, recorder } = await world(t);
  const id = newId();
  const answer = await ask('mutation Buying { buy(name: "canary-value") ...More } fragment More on Mutation { sell }', {
    id,
  });
  assert.deepEqual(answer.body.data, { buy: true, sell: true });
  await recorder.close();
  const [record, ...more] = await recordsOf(id);
  assert.deepEqual(more, []);
  assert.ok(record);
  assert.deepEqual(told(record), {
    kind: 'MUTATION',
    operation: 'Buying',
    acts: ['buy', 'sell'],
    outcome: 'ANSWERED',
    codes: [],
    coordinates: [],
  });
  assert.deepEqual(
    [record.principalId, record.principalKind, record.actsFor, record.address, record.correlationId],
    ['k1', 'KEY', 'ERP', '127.0.0.1', id],
  );
  assert.ok(record.endedAt !== null && record.endedAt >= record.at);
});

test('the attempt is on disk before the act runs', async (t) => {
  const id = newId();
  let found: AuditRecord[] = [];
  const { ask } = await world(t, {
    hub: {
      parts: {
        shop: {
          ...(PARTS.shop as NonNullable<(typeof PARTS)['shop']>), // stands above
          resolvers: {
            Mutation: {
              buy: async () => {
                found = await recordsOf(id);
                return true;
              },
            },
          },
        },
      },
    },
  });
  assert.deepEqual((await ask('mutation { buy }', { id })).body.data, { buy: true });
  assert.deepEqual(
    found.map(({ kind, acts, outcome }) => ({ kind, acts, outcome })),
    [{ kind: 'MUTATION', acts: ['buy'], outcome: null }],
  );
});

const CASES: readonly {
  readonly name: string;
  readonly query: string;
  readonly records: readonly Partial<ReturnType<typeof told>>[];
}[] = [
  {
    name: 'an act that fails, without the words of its error',
    query: 'mutation { fail }',
    records: [{ kind: 'MUTATION', acts: ['fail'], outcome: 'FAILED', codes: ['INTERNAL_SERVER_ERROR'] }],
  },
  {
    name: 'an act that is not valid, which ran nothing',
    query: 'mutation Wrong { buy(nothing: 1) }',
    records: [{ kind: 'MUTATION', operation: 'Wrong', acts: ['buy'], outcome: 'FAILED' }],
  },
  {
    name: 'a field that the caller may not see',
    query: 'query Prices { mine: item { name price } }',
    records: [
      { kind: 'DENIAL', operation: 'Prices', codes: ['FORBIDDEN_FIELD'], coordinates: ['mine.price'], outcome: null },
    ],
  },
  { name: 'a read that is allowed: no record', query: '{ item { name } }', records: [] },
  { name: 'a query that is not valid: no record', query: '{ item { nothing } }', records: [] },
];
for (const { name, query, records } of CASES) {
  test(`the audit holds ${name}`, async (t) => {
    const { ask, recorder } = await world(t);
    const id = newId();
    await ask(query, { id });
    await recorder.close();
    const found = (await recordsOf(id)).map(told);
    assert.equal(found.length, records.length, JSON.stringify(found));
    for (const [at, expected] of records.entries()) assert.deepEqual({ ...found[at], ...expected }, found[at]);
  });
}

test('B14 an act without its scope is refused, and the audit says so in one record', async (t) => {
  const { ask, recorder } = await world(t, {
    hub: { gateway: { authenticate: async () => principalOf({ id: 'reader', name: 'reader', scopes: [] }) } },
  });
  const id = newId();
  const answer = await ask('mutation { buy }', { id });
  assert.equal(answer.status, 403);
  await recorder.close();
  const [record, ...more] = await recordsOf(id);
  assert.deepEqual([record?.principalId, record?.outcome, record?.codes], ['reader', 'DENIED', ['FORBIDDEN']]);
  assert.deepEqual(more, []);
});

test('a key that may run registered operations only is denied with one record', async (t) => {
  const registered = principalOf({ id: 'bound', name: 'bound', scopes: [], operations: 'registered' });
  const { ask, recorder } = await world(t, { hub: { gateway: { authenticate: async () => registered } } });
  const [act, read] = [newId(), newId()];
  assert.equal((await ask('mutation M { sell }', { id: act })).status, 403);
  assert.equal((await ask('{ item { name } }', { id: read })).status, 403);
  await recorder.close();
  const codes = ['QUERY_NOT_IN_SAFELIST'];
  assert.deepEqual((await recordsOf(act)).map(told), [
    { kind: 'MUTATION', operation: 'M', acts: ['sell'], outcome: 'DENIED', codes, coordinates: [] },
  ]);
  assert.deepEqual((await recordsOf(read)).map(told), [
    { kind: 'DENIAL', operation: null, acts: [], outcome: null, codes, coordinates: [] },
  ]);
});

test('a name that hides a key, or is long, is cut before it is kept', async (t) => {
  const { ask, recorder } = await world(t);
  const id = newId();
  await ask(`mutation cnc_live_abcdefghijkl_canarycanarycanary { sell }`, { id });
  await recorder.close();
  assert.deepEqual(
    (await recordsOf(id)).map(({ operation }) => operation),
    ['[key abcdefghijkl]'],
  );
});

test('a database that is away: no act runs, reads go on, and what waited is written when it is back', async (t) => {
  const broken = createDb('postgres://nobody@127.0.0.1:1/none', { max: 1 });
  t.after(() => broken.destroy());
  let away = true;
  // The same pool for both: what is asked while it is "away" goes to a port on which nobody listens.
  const flaky = new Proxy(db, {
    get: (target, name) => {
      const value: unknown = Reflect.get(away ? broken : target, name);
      return typeof value === 'function' ? value.bind(away ? broken : target) : value;
    },
  });
  const { ask, recorder } = await world(t, { recorder: { db: flaky } });
  const [act, read] = [newId(), newId()];
  const refused = await ask('mutation { sell }', { id: act });
  assert.equal(refused.status, 503);
  assert.equal(refused.body.errors?.[0]?.extensions.code, 'UNAVAILABLE');
  assert.equal(refused.body.errors?.[0]?.extensions.retryable, true);
  const partly = await ask('{ item { name price } }', { id: read });
  assert.deepEqual(partly.body.data, { item: { name: 'pen', price: null } });
  away = false;
  await recorder.close();
  const [attempt] = await recordsOf(act);
  assert.deepEqual([attempt?.kind, attempt?.outcome, attempt?.codes], ['MUTATION', 'FAILED', ['UNAVAILABLE']]);
  assert.deepEqual(
    (await recordsOf(read)).map(({ kind }) => kind),
    ['DENIAL'],
  );
});

test('401: of a key that is known each is recorded, of what anybody could write only their number', async (t) => {
  for (const isKey of [true, false]) {
    const since = new Date().toISOString();
    const { recorder } = await world(t, { isKey });
    const audit = createAudit({ recorder, isKey: async () => isKey });
    for (let at = 0; at < 3; at++) {
      audit.denied({
        ...{ code: 'UNAUTHENTICATED', reason: 'BAD_CREDENTIAL', callerId: 'abcdefghijkl' },
        ...{ address: '192.0.2.7', correlationId: newId() },
      });
    }
    await new Promise((resolve) => setImmediate(resolve)); // whether it is a key was asked
    await recorder.close();
    const found = (await matching({ from: since })).filter(({ address }) => address === '192.0.2.7');
    assert.deepEqual(
      found.map(({ principalId, count, codes, reason }) => ({ principalId, count, codes, reason })),
      isKey
        ? Array.from({ length: 3 }, () => ({
            ...{ principalId: 'abcdefghijkl', count: 1 },
            ...{ codes: ['UNAUTHENTICATED'], reason: 'BAD_CREDENTIAL' },
          }))
        : [{ principalId: null, count: 3, codes: ['UNAUTHENTICATED'], reason: 'BAD_CREDENTIAL' }],
    );
  }
});

test('reads of masked fields in full are recorded with their coordinates, each request once', async (t) => {
  const { ask, recorder } = await world(t, {
    hub: {
      replace: {
        shop: {
          fetch: async (_fetch, context) => {
            (context as { fullReads?: Set<string> }).fullReads?.add('Item.name'); // as the masks do
            return { data: { item: { name: 'pen' } } };
          },
          close: async () => {},
        },
      },
    },
  });
  const id = newId();
  await ask('query Names { item { name } }', { id });
  await recorder.close();
  assert.deepEqual((await recordsOf(id)).map(told), [
    { kind: 'FULL_READ', operation: 'Names', acts: [], outcome: null, codes: [], coordinates: ['Item.name'] },
  ]);
});

test('calls over a limit are one record with their number', async () => {
  const recorder = createRecorder({ db, clock: systemClock, log: silentLog });
  const audit = createAudit({ recorder, isKey: async () => true });
  const principal = principalOf({ id: newId(), name: 'busy', scopes: [] });
  for (let at = 0; at < 1_000; at++) {
    audit.denied({
      ...{ code: 'RATE_LIMITED', reason: 'REQUESTS', callerId: principal.id, principal },
      ...{ address: '192.0.2.9', correlationId: newId() },
    });
  }
  await recorder.close();
  const found = await matching({ principalId: principal.id });
  assert.deepEqual(
    found.map(({ kind, codes, reason, count }) => ({ kind, codes, reason, count })),
    [{ kind: 'DENIAL', codes: ['RATE_LIMITED'], reason: 'REQUESTS', count: 1_000 }],
  );
});

test('over the bound records are lost, counted, and the loss is recorded; what an act needs is not lost', async () => {
  const recorder = createRecorder({ db, clock: systemClock, log: silentLog, most: 10, gatherMs: 60_000 });
  const who = {
    principalId: newId(),
    principalKind: 'KEY',
    actsFor: null,
    correlationId: null,
    address: null,
  } as const;
  const since = new Date().toISOString();
  for (let at = 0; at < 25; at++) recorder.note({ ...who, kind: at < 9 ? 'FULL_READ' : 'DENIAL' });
  await recorder.append({ ...who, kind: 'MUTATION' });
  await recorder.close();
  const kinds = (await matching({ principalId: who.principalId })).map(({ kind }) => kind).sort();
  assert.deepEqual(kinds, ['DENIAL', 'DENIAL', ...Array(8).fill('FULL_READ'), 'MUTATION']);
  const lost = (await matching({ from: since })).filter(({ kind }) => kind === 'LOST');
  assert.deepEqual(
    lost.map(({ count }) => count),
    [15],
  );
});

test('nothing in the audit can be changed or taken away', async () => {
  const recorder = createRecorder({ db, clock: systemClock, log: silentLog });
  const who = { principalId: 'k', principalKind: 'KEY', actsFor: null, correlationId: newId(), address: null } as const;
  await recorder.append({ ...who, kind: 'MUTATION' });
  await recorder.close();
  for (const statement of [
    "UPDATE audit.record SET principal_id = 'somebody else'",
    'DELETE FROM audit.record',
    'TRUNCATE audit.record',
    "UPDATE audit.record SET principal_id = 'x' WHERE false",
  ]) {
    await assert.rejects(sql.raw(statement).execute(db), /append-only/, statement);
  }
  assert.equal((await recordsOf(who.correlationId)).length, 1);
});
