import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { graphql } from 'graphql';
import { sql } from 'kysely';
import { createRecorder } from '../../../platform/audit/recorder.ts';
import { systemClock } from '../../../platform/clock.ts';
import type { Db } from '../../../platform/db/db.ts';
import { createKeyStore, type KeyStore } from '../../../platform/keys/key-store.ts';
import { silentLog } from '../../../platform/log.ts';
import { type Principal, principalOf } from '../../../platform/principal.ts';
import { graphqlError } from '../../../platform/subgraph/errors.ts';
import { asSeenBy, type Subgraph } from '../../../platform/subgraph/subgraph.ts';
import { connectAccess } from '../../../subgraphs/access/connect.ts';
import { createAccessSubgraph } from '../../../subgraphs/access/subgraph.ts';
import { testDatabase } from '../../support/database.ts';

const MUTATIONS = ['issueCredit', 'submitOrder'];
const ADMIN = principalOf({
  ...{ id: 'staff:ada', name: 'Ada', kind: 'USER', scopes: ['keys:admin', 'audit:read', 'order:read'], actsFor: 'CRM' },
  ...{ unmasked: ['PERSONAL'], acts: { submitOrder: {}, issueCredit: { upTo: { EUR: '500.00' } } } },
});

let db: Db;
let store: KeyStore;
let subgraph: Subgraph;
before(async () => {
  ({ db } = await testDatabase());
  subgraph = createAccessSubgraph(
    await connectAccess(db, { clock: systemClock, log: silentLog, mutations: MUTATIONS }),
  );
  store = createKeyStore(db, systemClock, { mutations: MUTATIONS });
});

let ids = 0;
const newId = (): string => `access-${process.pid}-${++ids}`;

// biome-ignore lint/suspicious/noExplicitAny: the test says what it expects of each answer
type Data = any;

async function ask(
  source: string,
  variableValues: Record<string, unknown> = {},
  { principal = ADMIN, correlationId = newId() }: { principal?: Principal; correlationId?: string } = {},
) {
  const call = { correlationId, signal: new AbortController().signal };
  const contextValue = subgraph.contextFor(asSeenBy(principal, call));
  const { data, errors } = await graphql({ schema: subgraph.schema, source, variableValues, contextValue });
  const told = (errors ?? []).map((error) => {
    const { message, extensions } = graphqlError(error);
    return { message, code: extensions.code, field: extensions.field };
  });
  return { data: data as Data, errors: told };
}

const CREATE = `mutation Create($input: CreateKeyInput!) {
  createKey(input: $input) { secret replayed key { id name scopes version operations
    acts { act above upTo { currency amount } } rows { regions partnerOfRecord } budget { concurrency maxCost } } }
}`;
const input = (more: object = {}) => ({
  ...{ idempotencyKey: newId(), name: 'Night job', scopes: ['order:read'] },
  ...{ acts: [{ act: 'submitOrder' }], ...more },
});

async function made(more: object = {}): Promise<{ id: string; secret: string }> {
  const { data, errors } = await ask(CREATE, { input: input(more) });
  assert.deepEqual(errors, []);
  return { id: data.createKey.key.id, secret: data.createKey.secret };
}

test('a key that is made in the graph holds, and says what it may do', async () => {
  const { data, errors } = await ask(CREATE, {
    input: input({
      rows: { regions: ['EMEA'], partnerOfRecord: [] },
      acts: [{ act: 'issueCredit', upTo: [{ currency: 'EUR', amount: '499.5' }] }, { act: 'submitOrder' }],
      operations: 'REGISTERED',
      budget: { concurrency: 3 },
    }),
  });
  assert.deepEqual(errors, []);
  const { secret, replayed, key } = data.createKey;
  assert.equal(replayed, false);
  assert.deepEqual(JSON.parse(JSON.stringify({ ...key, id: 0 })), {
    ...{ id: 0, name: 'Night job', scopes: ['order:read'], version: 1, operations: 'REGISTERED' },
    acts: [
      { act: 'issueCredit', above: 'REFUSE', upTo: [{ currency: 'EUR', amount: '499.5' }] },
      { act: 'submitOrder', above: 'REFUSE', upTo: null },
    ],
    rows: { regions: ['EMEA'], partnerOfRecord: [] },
    budget: { concurrency: 3, maxCost: null },
  });
  const bearer = await store.verify(secret);
  assert.equal(bearer?.id, key.id);
  assert.deepEqual(bearer?.rows, { regions: ['EMEA'], partnerOfRecord: [] });
});

test('a repeated request makes no second key and never shows the secret again', async () => {
  const wanted = input();
  const first = (await ask(CREATE, { input: wanted })).data.createKey;
  const again = (await ask(CREATE, { input: wanted })).data.createKey;
  assert.deepEqual([again.secret, again.replayed, again.key.id], [null, true, first.key.id]);
  const other = await ask(CREATE, { input: { ...wanted, name: 'Other' } });
  assert.deepEqual(
    other.errors.map(({ code, field }) => [code, field]),
    [['IDEMPOTENCY_KEY_REUSED', 'idempotencyKey']],
  );
  const five = await Promise.all(
    Array.from({ length: 5 }, () => input())
      .flatMap((one) => [one, one])
      .map((one) => ask(CREATE, { input: one })),
  );
  assert.deepEqual(
    five.flatMap(({ errors }) => errors),
    [],
  );
  assert.equal(five.filter(({ data }) => data.createKey.secret !== null).length, 5);
  assert.equal(new Set(five.map(({ data }) => data.createKey.key.id)).size, 5);
});

test('each wrong field is told in the words of the command line', async () => {
  const wrong = { name: ' ', scopes: ['order:reed'], networks: ['10.0.0.0/40'], acts: [{ act: 'fly' }] };
  const { errors } = await ask(CREATE, { input: input(wrong) });
  const [told] = errors;
  assert.equal(told?.code, 'BAD_USER_INPUT');
  const byCommand = await store
    .create({ name: ' ', scopes: ['order:reed'], networks: ['10.0.0.0/40'], acts: { fly: {} } })
    .catch((error: Error) => error.message);
  assert.equal(told?.message, byCommand);
  const twice = await ask(CREATE, { input: input({ acts: [{ act: 'submitOrder' }, { act: 'submitOrder' }] }) });
  assert.deepEqual(twice.errors[0]?.message, 'acts: submitOrder stands there twice');
});

const LIMITED = { ...ADMIN, rows: { partnerOfRecord: ['P-7', 'P-8'] } };
const TOO_MUCH: readonly { readonly field: string; readonly more: object; readonly principal?: Principal }[] = [
  { field: 'scopes', more: { scopes: ['order:read', 'operate'] } },
  { field: 'actsFor', more: { actsFor: 'ERP' } },
  { field: 'unmasked', more: { unmasked: ['PERSONAL', 'FINANCIAL'] } },
  { field: 'acts', more: { acts: null } },
  { field: 'acts.issueCredit.upTo', more: { acts: [{ act: 'issueCredit' }] } },
  {
    field: 'acts.issueCredit.upTo',
    more: { acts: [{ act: 'issueCredit', upTo: [{ currency: 'EUR', amount: '500.01' }] }] },
  },
  {
    field: 'acts.issueCredit.upTo',
    more: { acts: [{ act: 'issueCredit', upTo: [{ currency: 'USD', amount: '1' }] }] },
  },
  { field: 'budget.concurrency', more: { budget: { concurrency: 21 } } },
  { field: 'rows.partnerOfRecord', more: {}, principal: LIMITED },
  { field: 'rows.partnerOfRecord', more: { rows: { partnerOfRecord: ['P-7', 'P-9'] } }, principal: LIMITED },
  { field: 'rows.partnerOfRecord', more: { rows: { regions: [] } }, principal: LIMITED },
  { field: 'operations', more: {}, principal: { ...ADMIN, operations: 'registered' } },
];
for (const { field, more, principal } of TOO_MUCH) {
  test(`nobody gives more than he holds: ${field} with ${JSON.stringify(more)}`, async () => {
    const { errors } = await ask(CREATE, { input: input(more) }, principal === undefined ? {} : { principal });
    assert.deepEqual(
      errors.map((error) => [error.code, error.field]),
      [['FORBIDDEN_ARGUMENT', field]],
    );
    assert.ok(errors[0]?.message.startsWith(`${field}: `), errors[0]?.message);
  });
}

test('whose own key is bound to networks and ends, gives no key that is not', async () => {
  const bounds = { networks: ['10.0.0.0/8'], expiresAt: '2999-01-01T00:00:00.000Z' };
  const own = await store.create({ name: 'admin', scopes: ['keys:admin'], ...bounds });
  const principal = { ...ADMIN, kind: 'KEY' as const, id: own.id };
  const tried = async (more: object) =>
    (await ask(CREATE, { input: input(more) }, { principal })).errors.map(({ message }) => message.replace(/:.*/s, ''));
  assert.deepEqual(await tried({ expiresAt: bounds.expiresAt }), ['networks']);
  assert.deepEqual(await tried({ networks: ['10.1.0.0/16', '0.0.0.0/0'], expiresAt: bounds.expiresAt }), ['networks']);
  assert.deepEqual(await tried({ networks: ['10.1.0.0/16'] }), ['expiresAt']);
  assert.deepEqual(await tried({ networks: ['10.1.0.0/16'], expiresAt: bounds.expiresAt }), []);
});

test('a key that may do more than the caller gets no new secret, and cannot be changed to more', async () => {
  const strong = await store.create({ name: 'strong', scopes: ['operate'] });
  const ROTATE = 'mutation R($input: RotateKeyInput!) { rotateKey(input: $input) { secret } }';
  const rotated = await ask(ROTATE, { input: { idempotencyKey: newId(), id: strong.id } });
  assert.deepEqual([rotated.data.rotateKey, rotated.errors[0]?.code], [null, 'FORBIDDEN_ARGUMENT']);
  const weak = await made();
  const UPDATE = 'mutation U($input: UpdateKeyInput!) { updateKey(input: $input) { changed } }';
  const raised = await ask(UPDATE, { input: { id: weak.id, scopes: ['operate'] } });
  assert.equal(raised.errors[0]?.code, 'FORBIDDEN_ARGUMENT');
  assert.deepEqual((await store.show(weak.id))?.scopes, ['order:read']);
});

test('an update changes what it names, and refuses what was changed meanwhile', async () => {
  const { id } = await made({ networks: ['10.0.0.0/8'] });
  const UPDATE =
    'mutation U($input: UpdateKeyInput!) { updateKey(input: $input) { changed key { version networks name } } }';
  const changed = await ask(UPDATE, { input: { id, ifVersion: 1, networks: null, name: 'Day job' } });
  assert.deepEqual(JSON.parse(JSON.stringify(changed.data.updateKey)), {
    changed: ['name', 'networks'],
    key: { version: 2, networks: null, name: 'Day job' },
  });
  const late = await ask(UPDATE, { input: { id, ifVersion: 1, name: 'Late' } });
  assert.equal(late.errors[0]?.code, 'CONFLICT');
  const unknown = await ask(UPDATE, { input: { id: 'nobody', name: 'Late' } });
  assert.deepEqual([unknown.errors[0]?.code, unknown.errors[0]?.field], ['NOT_FOUND', 'id']);
});

test('B28 a key that is revoked in the graph is refused, by another store within 5 s too', async () => {
  const { id, secret } = await made();
  let now = systemClock.now();
  const elsewhere = createKeyStore(db, { ...systemClock, now: () => now });
  assert.equal((await elsewhere.verify(secret))?.id, id);
  const REVOKE = 'mutation R($id: ID!) { revokeKey(id: $id) { key { revokedAt } } }';
  const first = await ask(REVOKE, { id });
  assert.equal(typeof first.data.revokeKey.key.revokedAt, 'string');
  assert.deepEqual((await ask(REVOKE, { id })).data, first.data);
  now += 5_000;
  assert.equal(await elsewhere.verify(secret), null);
});

test('who is limited to rows sees the keys within them and no audit', async () => {
  const mine = await store.create({ name: 'mine', scopes: ['order:read'], rows: { partnerOfRecord: ['P-7'] } });
  const other = await store.create({ name: 'other', scopes: ['order:read'], rows: { partnerOfRecord: ['P-9'] } });
  const about = { principal: LIMITED };
  const KEY = 'query K($id: ID!) { key(id: $id) { name } }';
  assert.equal((await ask(KEY, { id: mine.id }, about)).data.key.name, 'mine');
  assert.equal((await ask(KEY, { id: other.id }, about)).data.key, null);
  const all = await ask('{ keys(first: 100) { nodes { name } } }', {}, about);
  const names: string[] = all.data.keys.nodes.map(({ name }: Data) => name);
  assert.deepEqual([names.includes('mine'), names.includes('other'), names.includes('strong')], [true, false, false]);
  const revoked = await ask('mutation R($id: ID!) { revokeKey(id: $id) { key { id } } }', { id: other.id }, about);
  assert.equal(revoked.errors[0]?.code, 'NOT_FOUND');
  assert.equal((await ask('{ auditRecords { nodes { id } } }', {}, about)).errors[0]?.code, 'FORBIDDEN');
});

const RECORDS = `query Records($correlationId: ID, $code: String, $principal: ID, $first: Int, $after: String) {
  auditRecords(correlationId: $correlationId, code: $code, principal: $principal, first: $first, after: $after) {
    nodes { kind acts subject principal principalKind actsFor coordinates outcome codes count processEvents { event } }
    pageInfo { hasNextPage endCursor } } }`;

test('each change of a key is in the audit once, with who made it, and without a value or a secret', async () => {
  const correlationId = newId();
  const created = await ask(CREATE, { input: input({ name: 'canary-name' }) }, { correlationId });
  const { id } = created.data.createKey.key;
  const about = { correlationId };
  await ask(
    'mutation U($input: UpdateKeyInput!) { updateKey(input: $input) { changed } }',
    {
      input: { id, name: 'canary-other' },
    },
    about,
  );
  await ask(
    'mutation R($input: RotateKeyInput!) { rotateKey(input: $input) { secret } }',
    {
      input: { idempotencyKey: newId(), id },
    },
    about,
  );
  for (let twice = 0; twice < 2; twice++) {
    await ask('mutation R($id: ID!) { revokeKey(id: $id) { key { id } } }', { id }, about);
  }
  const { data } = await ask(RECORDS, { correlationId });
  const nodes: Data[] = JSON.parse(JSON.stringify(data.auditRecords.nodes));
  assert.deepEqual(
    nodes.map(({ kind, acts, subject, principal, principalKind, actsFor, coordinates }) => ({
      ...{ kind, acts, subject, principal, principalKind, actsFor, coordinates },
    })),
    (
      [
        ['revokeKey', []],
        ['rotateKey', []],
        ['updateKey', ['name']],
        ['createKey', []],
      ] as const
    ).map(([act, coordinates]) => ({
      ...{ kind: 'KEY_CHANGE', acts: [act], subject: id, principal: 'staff:ada', principalKind: 'USER' },
      ...{ actsFor: 'CRM', coordinates },
    })),
  );
  assert.doesNotMatch(JSON.stringify(nodes), /canary|cnc_/);
});

test('B31 the secret of a key that the graph made is in no table', async () => {
  const { secret } = await made();
  const { rows: tables } = await sql<{ name: string }>`
    SELECT format('%I.%I', table_schema, table_name) AS name FROM information_schema.tables
     WHERE table_schema IN ('audit', 'gateway')`.execute(db);
  assert.ok(tables.length >= 5);
  for (const { name } of tables) {
    const { rows } = await sql<{ text: string }>`SELECT t::text AS text FROM ${sql.raw(name)} AS t`.execute(db);
    for (const { text } of rows) assert.ok(!text.includes(secret.slice(-38, -6)), name);
  }
});

test('the audit is read newest first, page by page, by code and principal', async () => {
  const principalId = newId();
  const recorder = createRecorder({ db, clock: systemClock, log: silentLog });
  const who = { principalId, principalKind: 'KEY', actsFor: null, correlationId: null, address: null } as const;
  for (const code of ['FORBIDDEN', 'FORBIDDEN_FIELD', 'FORBIDDEN'])
    recorder.note({ ...who, kind: 'DENIAL', codes: [code] });
  await recorder.close();
  const read = async (more: object) => (await ask(RECORDS, { principal: principalId, ...more })).data.auditRecords;
  const first = await read({ first: 2 });
  assert.deepEqual(
    first.nodes.map(({ codes }: Data) => codes.join()),
    ['FORBIDDEN', 'FORBIDDEN_FIELD'],
  );
  assert.equal(first.pageInfo.hasNextPage, true);
  const second = await read({ first: 2, after: first.pageInfo.endCursor });
  assert.deepEqual([second.nodes.length, second.pageInfo.hasNextPage], [1, false]);
  assert.equal((await read({ code: 'FORBIDDEN' })).nodes.length, 2);
  assert.deepEqual((await ask(RECORDS, { after: 'x' })).errors[0]?.field, 'after');
});
