import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { graphql } from 'graphql';
import { type Kysely, sql } from 'kysely';
import { collectEffects } from '../../../events/effects/due.ts';
import { openEffects } from '../../../events/effects/effects.ts';
import { readEffectFigures } from '../../../events/effects/figures.ts';
import type { EffectTables } from '../../../events/effects/tables.ts';
import { type ApplyOptions, applyDue } from '../../../events/ingest/apply.ts';
import { keep } from '../../../events/ingest/inbox.ts';
import { createReceiver } from '../../../events/ingest/receive.ts';
import type { IngestTables } from '../../../events/ingest/tables.ts';
import { connectParked } from '../../../events/parked/parked-store.ts';
import { fixedClock } from '../../../platform/clock.ts';
import type { Db } from '../../../platform/db/db.ts';
import { HubError } from '../../../platform/errors.ts';
import { silentLog } from '../../../platform/log.ts';
import { publish, readOutbox } from '../../../platform/outbox/outbox.ts';
import type { OutboxTables } from '../../../platform/outbox/tables.ts';
import { readOwnership } from '../../../platform/ownership/ownership.ts';
import { DATA_CLASSES, type Principal, principalOf } from '../../../platform/principal.ts';
import { graphqlError } from '../../../platform/subgraph/errors.ts';
import { asSeenBy, type Subgraph } from '../../../platform/subgraph/subgraph.ts';
import type { Inbound, WebhookSource } from '../../../platform/webhooks/webhook-source.ts';
import { connectEvents } from '../../../subgraphs/events/connect.ts';
import { createEventsSubgraph } from '../../../subgraphs/events/subgraph.ts';
import { connectIdentity } from '../../../subgraphs/identity/connect.ts';
import type { CustomerId } from '../../../subgraphs/identity/model.ts';
import { testDatabase } from '../../support/database.ts';
import { eventually } from '../../support/hub.ts';

const ownership = readOwnership(readFileSync(new URL('../../../schema/supergraph.graphql', import.meta.url), 'utf8'));
const clock = fixedClock('2027-01-31T08:15:00.000Z');
const ADA = principalOf({ id: 'staff:ada', name: 'Ada', kind: 'USER', scopes: ['operate'] });
const BEN = principalOf({ id: 'staff:ben', name: 'Ben', kind: 'USER', scopes: ['operate'], unmasked: DATA_CLASSES });
const onlyOf = (customerId: string) =>
  principalOf({ id: 'staff:eve', name: 'Eve', kind: 'USER', scopes: ['operate'], rows: { customers: [customerId] } });

let pool: Db;
let db: Kysely<IngestTables & EffectTables & OutboxTables>;
let subgraph: Subgraph;
let trouble: Error | null = null;
let begun: string[] = [];
/** What the hub can read of a webhook; a new version of it can read more. */
let canRead = false;
let nr = 0;

before(async () => {
  ({ db: pool } = await testDatabase());
  db = pool.withTables<IngestTables & EffectTables & OutboxTables>();
  const identity = await connectIdentity(pool, { clock });
  const write = { correlationId: 'test', signal: AbortSignal.timeout(60_000), key: 'test', actingFor: 'HUB' };
  for (const id of ['C-1', 'C-2'])
    await identity.register({ id: id as CustomerId, name: id, email: null }, { ...write, key: id });
  const parked = await connectParked(pool);
  subgraph = createEventsSubgraph(
    connectEvents({ parked, clock, delivery: {}, reconciliation: { findingsFor: () => null } } as never),
  ); // nothing is asked of its other parts
});

const inbound = (about: Partial<Inbound> = {}): Inbound => {
  nr += 1;
  return {
    ...{ eventId: `evt_${nr}`, type: 'invoice.payment_failed', occurredAt: '2027-01-31T08:00:00.000Z' },
    ...{ entity: `invoice:in_${nr}`, subjects: [`invoice:in_${nr}`], customerId: 'cus_1', causedByKey: null },
    tells: 'PaymentFailed',
    ...about,
  };
};
const source: WebhookSource = {
  ...{ name: 'stripe', system: 'BILLING', tells: ['PaymentFailed'], isGenuine: () => true },
  read(body) {
    if (canRead) return JSON.parse(body.toString('utf8')) as Inbound; // the test's own
    throw new HubError('CONTRACT_BROKEN', 'an event to be sent to jo.doe@person.example is not as promised', {
      system: 'BILLING',
    });
  },
};
const applying: ApplyOptions = {
  get db() {
    return db;
  },
  cache: {
    forget: async () => {
      if (trouble !== null) throw trouble;
    },
  },
  ...{ hubIdOf: async (_system, id) => id.replace('cus_', 'C-'), systems: new Map([['stripe', 'BILLING']]) },
  ...{ read: (_name, body) => source.read(Buffer.from(body)), clock, log: silentLog },
};
const applyAll = async () => {
  while ((await applyDue(applying)) > 0);
};
const effects = () =>
  openEffects({
    ...{ db: pool, clock, log: silentLog, ports: {} as never, ownership }, // nothing is judged here
    acts: {
      begin: async (_act, { key }) => {
        if (trouble !== null) throw trouble;
        begun.push(key);
        return { kind: 'STARTED', processId: `prc_${key}` };
      },
    },
  });
const withEffects = async (work: () => Promise<unknown>) => {
  const running = await effects();
  await work().finally(() => running.close());
};
const effectOf = async (eventId: string) =>
  (await db.selectFrom('effect.effect').selectAll().where('event_id', '=', eventId).execute())[0];
const changeOf = async (eventId: string) =>
  (await db.selectFrom('ingest.inbox').selectAll().where('event_id', '=', eventId).execute())[0];

/** A vendor's change that fails for the last time. */
async function parkChange(error: Error, about: Partial<Inbound> = {}): Promise<string> {
  const told = inbound(about);
  await keep(db, [{ source: 'stripe', inbound: told }]);
  await db.updateTable('ingest.inbox').set({ attempts: 4 }).where('event_id', '=', told.eventId).execute();
  trouble = error;
  await applyAll();
  trouble = null;
  const row = await changeOf(told.eventId);
  assert.equal(row?.state, 'PARKED');
  return told.eventId;
}
/** An effect likewise. */
async function parkEffect(error: Error, customerId = 'C-1'): Promise<string> {
  nr += 1;
  const id = `told:${nr}`;
  const event = { id, name: 'PaymentFailed', version: 1, subject: 'test', orderKey: id, correlationId: id };
  const data = { system: 'BILLING', customerId, entity: `invoice:in_${nr}` };
  await publish(db, [{ ...event, occurredAt: '2027-01-31T08:00:00.000Z', data }]);
  await collectEffects(db, '2027-01-31T08:00:00.000Z', 100);
  await db.updateTable('effect.effect').set({ attempts: 4 }).where('event_id', '=', id).execute();
  trouble = error;
  await withEffects(() => eventually('it is parked', async () => (await effectOf(id))?.state === 'PARKED'));
  trouble = null;
  return id;
}
/** A webhook that is signed and cannot be read. */
async function parkUnreadable(told: object): Promise<void> {
  const { receive } = createReceiver({ db, sources: [source], clock, log: silentLog, wake: () => {} });
  assert.deepEqual(await receive('stripe', { rawBody: Buffer.from(JSON.stringify(told)), headers: {} }), {
    status: 202,
  });
}

// biome-ignore lint/suspicious/noExplicitAny: the test says what it expects of each answer
type Data = any;
async function ask(query: string, variableValues: Record<string, unknown> = {}, principal: Principal = ADA) {
  const call = { correlationId: 'test', signal: new AbortController().signal };
  const contextValue = subgraph.contextFor(asSeenBy(principal, call));
  const { data, errors } = await graphql({ schema: subgraph.schema, source: query, variableValues, contextValue });
  const told = (errors ?? []).map((error) => {
    const { message, extensions } = graphqlError(error);
    return [extensions.code, extensions.field, message];
  });
  return { data: JSON.parse(JSON.stringify(data ?? null)) as Data, errors: told };
}
const LIST = `query ($filter: ParkedEventFilter, $first: Int, $after: String) {
  parkedEvents(filter: $filter, first: $first, after: $after) {
    nodes { id part state eventId source event effect system subject customer { id } since attempts causeClass reason
      payload rawBody history { decision by reason parkedFor } }
    pageInfo { hasNextPage endCursor } } }`;
const RETRY = 'mutation ($input: RetryParkedInput!) { retryParked(input: $input) { ids left } }';
const DISMISS = `mutation ($input: DismissParkedInput!) {
  dismissParked(input: $input) { id state history { decision by reason } } }`;
const list = async (filter: object = {}, principal = ADA): Promise<Data[]> => {
  const { data, errors } = await ask(LIST, { filter, first: 100 }, principal);
  assert.deepEqual(errors, []);
  return data.parkedEvents.nodes;
};
const only = async (filter: object, principal = ADA) => {
  const [one, ...more] = await list(filter, principal);
  assert.deepEqual(more, []);
  assert.ok(one);
  return one;
};

test('what was given up of an event is listed with its cause, whose it is and what was tried, newest first', async () => {
  const change = await parkChange(new HubError('CREDENTIAL', 'the key of billing was revoked', { system: 'BILLING' }));
  clock.advance(1_000);
  const effect = await parkEffect(new HubError('NOT_OWNER', 'followUp writes what another owns', { system: 'CRM' }));
  const [first, second, ...more] = await list();
  assert.deepEqual(more, []);
  assert.deepEqual(
    { ...second, id: 0, payload: 0 },
    {
      ...{ id: 0, part: 'CHANGE', state: 'PARKED', eventId: change, source: 'stripe', event: 'invoice.payment_failed' },
      ...{ effect: null, system: 'BILLING', subject: `invoice:in_${change.slice(4)}`, customer: { id: 'C-1' } },
      ...{ since: '2027-01-31T08:15:00.000Z', attempts: 5, causeClass: 'CREDENTIAL' },
      ...{ reason: 'the key of billing was revoked', payload: 0, rawBody: null, history: [] },
    },
  );
  assert.equal(second.payload.eventId, change);
  const { id: _id, ...told } = first;
  assert.deepEqual(told, {
    ...{ part: 'EFFECT', state: 'PARKED', eventId: effect, source: null, event: 'PaymentFailed', effect: 'follow-up' },
    ...{ system: 'CRM', subject: first.payload.entity, customer: { id: 'C-1' }, since: '2027-01-31T08:15:01.000Z' },
    ...{ attempts: 5, causeClass: 'POLICY', reason: 'followUp writes what another owns' },
    ...{ payload: { system: 'BILLING', customerId: 'C-1', entity: first.subject }, rawBody: null, history: [] },
  });
  assert.deepEqual(
    (await list({ system: 'CRM' })).map(({ eventId }) => eventId),
    [effect],
  );
  assert.deepEqual(
    (await list({ causeClass: 'CREDENTIAL' })).map(({ eventId }) => eventId),
    [change],
  );
  assert.deepEqual((await list({ part: 'CHANGE', system: 'CRM' })).length, 0);
  assert.deepEqual((await list({ customerId: 'C-2' })).length, 0);
  const page = await ask(LIST, { first: 1 });
  assert.deepEqual(page.data.parkedEvents.nodes[0].eventId, effect);
  const { hasNextPage, endCursor } = page.data.parkedEvents.pageInfo;
  const next = await ask(LIST, { first: 1, after: endCursor });
  assert.deepEqual([hasNextPage, next.data.parkedEvents.nodes[0].eventId], [true, change]);
  assert.equal(next.data.parkedEvents.pageInfo.hasNextPage, false);
});

test('an operator sees at each system how much is parked there, and so do the figures', async () => {
  const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ConnectedSystem { name parkedEvents } } }`;
  const of = ['ERP', 'CRM', 'BILLING'].map((name) => ({ __typename: 'ConnectedSystem', name }));
  const { data, errors } = await ask(query, { of });
  assert.deepEqual(errors, []);
  assert.deepEqual(
    data._entities.map((one: Data) => [one.name, one.parkedEvents]),
    [
      ['ERP', 0],
      ['CRM', 1],
      ['BILLING', 1],
    ],
  );
  const text = await readEffectFigures(pool);
  assert.match(text, /^hub_effects_parked\{effect="follow-up"\} 1$/m);
});

test('retried by its id it is done once, who had it retried is kept, and said again nothing happens', async () => {
  const { id } = await only({ part: 'EFFECT' });
  const { id: changeId, eventId: change } = await only({ part: 'CHANGE' });
  const retried = await ask(RETRY, { input: { ids: [id, changeId, id, 'effect-999999'] } });
  assert.deepEqual(retried.errors, []);
  assert.deepEqual(retried.data.retryParked.ids.toSorted(), [changeId, id]);
  assert.equal(retried.data.retryParked.left, 1);
  assert.deepEqual(await list(), []);
  begun = [];
  await applyAll();
  await withEffects(() => eventually('it is done', async () => begun.length === 2));
  assert.equal((await changeOf(change))?.state, 'APPLIED');
  const again = await ask(RETRY, { input: { ids: [id, changeId] } });
  assert.deepEqual(again.data.retryParked, { ids: [], left: 2 });
  const told = (await readOutbox(db, { after: '0', first: 100 })).filter(
    ({ event }) => event.id === `stripe:${change}`,
  );
  assert.equal(told.length, 1);
  const { rows } = await sql<{ item: string; by: string; parked_for: string }>`
    select item, by, parked_for from parked.decision order by id`.execute(db);
  assert.deepEqual(rows, [
    { item: changeId, by: 'staff:ada', parked_for: 'CREDENTIAL: the key of billing was revoked' },
    { item: id, by: 'staff:ada', parked_for: 'POLICY: followUp writes what another owns' },
  ]);
  await assert.rejects(sql`delete from parked.decision`.execute(db), /append-only/);
});

test('by its cause all of it is retried at once, oldest first, and what failed elsewhere or for another cause stays', async () => {
  const ids: string[] = [];
  const revoked = new HubError('CREDENTIAL', 'revoked', { system: 'CRM' });
  for (let count = 0; count < 3; count += 1) {
    ids.push(await parkEffect(revoked));
    clock.advance(1_000);
  }
  const elsewhere = await parkChange(new HubError('CREDENTIAL', 'revoked', { system: 'BILLING' }));
  const other = await parkEffect(new HubError('REFUSED', 'the CRM says no', { system: 'CRM' }));
  const input = { causeClass: 'CREDENTIAL', system: 'CRM', first: 2 };
  const first = await ask(RETRY, { input });
  assert.deepEqual([first.data.retryParked.ids.length, first.data.retryParked.left], [2, 1]);
  assert.deepEqual(
    (await list({ causeClass: 'CREDENTIAL', system: 'CRM' })).map(({ eventId }) => eventId),
    [ids[2]],
  );
  assert.deepEqual((await ask(RETRY, { input })).data.retryParked.left, 0);
  assert.deepEqual((await list()).map(({ eventId }) => eventId).toSorted(), [elsewhere, other].toSorted());
  const both = await Promise.all(
    Array.from({ length: 4 }, () => ask(RETRY, { input: { causeClass: 'BUSINESS_RULE' } })),
  );
  assert.equal(both.flatMap(({ data }) => data.retryParked.ids).length, 1, 'of several at once one retries it');
  begun = [];
  await withEffects(() => eventually('they are done', async () => begun.length === 4));
  await ask(RETRY, { input: { causeClass: 'CREDENTIAL' } });
  await applyAll();
  assert.deepEqual(await list(), []);
});

test('a webhook that could not be read is read again when it is retried, and then it takes its place', async () => {
  const told = inbound({ eventId: 'evt_unread', customerId: 'cus_2' });
  await parkUnreadable(told);
  const { id, ...shown } = await only({});
  assert.deepEqual(
    [shown.event, shown.subject, shown.causeClass, shown.payload],
    ['unreadable', null, 'MAPPING', null],
  );
  assert.equal(shown.reason, 'an event to be sent to j***@person.example is not as promised');
  assert.equal(shown.rawBody, '***');
  assert.deepEqual(JSON.parse((await only({}, BEN)).rawBody), told, 'who may read all classes looks into it');
  await ask(RETRY, { input: { ids: [id] } });
  for (let tries = 0; tries < 5; tries += 1) {
    await applyDue(applying);
    clock.advance(60_000);
  }
  const still = await only({});
  assert.deepEqual([still.id, still.attempts, still.history.length], [id, 5, 1]);
  canRead = true;
  await ask(RETRY, { input: { ids: [id] } });
  await applyAll();
  canRead = false;
  const row = await changeOf('evt_unread');
  assert.deepEqual([row?.state, row?.entity, row?.body], ['APPLIED', told.entity, null]);
  const events = await readOutbox(db, { after: '0', first: 100 });
  assert.ok(events.some(({ event }) => event.id === 'stripe:evt_unread' && event.subject === 'customer/C-2'));
});

test('one whose event came again in a form that could be read is known, and not told twice', async () => {
  const told = inbound({ eventId: 'evt_again' });
  await parkUnreadable(told);
  await keep(db, [{ source: 'stripe', inbound: told }]);
  await applyAll();
  const { id } = await only({});
  canRead = true;
  await ask(RETRY, { input: { ids: [id] } });
  await applyAll();
  canRead = false;
  const { rows } = await sql<{ state: string }>`select state from ingest.inbox where id = ${id.slice(7)}`.execute(db);
  assert.equal(rows[0]?.state, 'SUPERSEDED');
});

test('dismissed with a reason it is off the list, said again it stays so, and a retry takes it up again', async () => {
  const effect = await parkEffect(new HubError('REFUSED', 'the CRM says no', { system: 'CRM' }));
  const { id } = await only({});
  const input = { ids: [id, 'change-999999'], reason: 'called jo.doe@person.example instead' };
  const dismissed = await ask(DISMISS, { input });
  assert.deepEqual(dismissed.errors, []);
  const decision = { decision: 'DISMISSED', by: 'staff:ada', reason: 'called j***@person.example instead' };
  assert.deepEqual(dismissed.data.dismissParked, [{ id, state: 'DISMISSED', history: [decision] }]);
  assert.deepEqual((await ask(DISMISS, { input }, BEN)).data, dismissed.data);
  assert.deepEqual(await list(), []);
  assert.equal((await only({ state: 'DISMISSED' })).eventId, effect);
  begun = [];
  await withEffects(async () => {
    assert.deepEqual((await ask(RETRY, { input: { causeClass: 'BUSINESS_RULE' } })).data.retryParked.ids, []);
    assert.deepEqual((await ask(RETRY, { input: { ids: [id] } })).data.retryParked.ids, [id]);
    await eventually('it is done', async () => begun.length === 1);
  });
});

test('B18: who sees some customers only is shown nothing of others, and decides about nothing of theirs', async () => {
  await parkEffect(new HubError('REFUSED', 'no', { system: 'CRM' }), 'C-1');
  await parkChange(new HubError('REFUSED', 'no', { system: 'BILLING' }), { customerId: null });
  const eve = onlyOf('C-2');
  assert.deepEqual(await list({}, eve), []);
  const ids = (await list()).map(({ id }) => id);
  assert.deepEqual((await ask(RETRY, { input: { ids } }, eve)).data.retryParked, { ids: [], left: 2 });
  assert.deepEqual((await ask(RETRY, { input: { causeClass: 'BUSINESS_RULE' } }, eve)).data.retryParked, {
    ...{ ids: [], left: 0 },
  });
  assert.deepEqual((await ask(DISMISS, { input: { ids, reason: 'because' } }, eve)).data.dismissParked, []);
  assert.equal((await list({}, onlyOf('C-1'))).length, 1, 'what is about nobody is within no rows');
  assert.equal((await list()).length, 2);
});

test('what is asked wrongly is refused by the name of its field', async () => {
  for (const [input, field] of [
    [{}, 'ids'],
    [{ ids: [], first: 1 }, 'ids'],
    [{ ids: ['effect-1'], causeClass: 'POLICY' }, 'ids'],
    [{ ids: ['effect-1'], system: 'CRM' }, 'system'],
    [{ ids: ['effect-1', 'effect-1; drop'] }, 'ids.1'],
    [{ ids: Array.from({ length: 101 }, (_, one) => `effect-${one}`) }, 'ids'],
    [{ causeClass: 'POLICY', first: 101 }, 'first'],
  ] as const) {
    const { errors } = await ask(RETRY, { input });
    assert.deepEqual(
      errors.map(([code, named]) => [code, named]),
      [['BAD_USER_INPUT', field]],
      JSON.stringify(input),
    );
  }
  for (const reason of ['', ' ', 'two\nlines', 'x'.repeat(501)]) {
    const { errors } = await ask(DISMISS, { input: { ids: ['effect-1'], reason } });
    assert.equal(errors[0]?.[1], 'reason');
  }
  for (const after of ['x', '2027-01-31~effect-1', '2027-13-31T00:00:00.000Z~effect-1']) {
    assert.equal((await ask(LIST, { after })).errors[0]?.[1], 'after');
  }
});
