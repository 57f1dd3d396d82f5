import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { before, beforeEach, test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { type Ingest, openIngest } from '../../../events/ingest/ingest.ts';
import type { IngestTables } from '../../../events/ingest/tables.ts';
import { fixedClock } from '../../../platform/clock.ts';
import type { Db } from '../../../platform/db/db.ts';
import { silentLog } from '../../../platform/log.ts';
import { type Published, readOutbox } from '../../../platform/outbox/outbox.ts';
import type { OutboxTables } from '../../../platform/outbox/tables.ts';
import type { WebhookSource } from '../../../platform/webhooks/webhook-source.ts';
import { signed } from '../../../sandbox/stripe/events.ts';
import { webhookHeaders } from '../../../sandbox/zendesk/webhooks.ts';
import { stripeSource } from '../../../subgraphs/billing/connectors/stripe/webhook-source.ts';
import { zendeskSource } from '../../../subgraphs/support/connectors/zendesk/webhook-source.ts';
import { closeBeforeDatabase, testDatabase } from '../../support/database.ts';
import { eventually } from '../../support/hub.ts';

const NOW = '2027-01-31T08:15:00.000Z';
const SECONDS = Date.parse(NOW) / 1000;
const clock = fixedClock(NOW);
const SECRETS = ['whsec_of_today', 'whsec_of_yesterday'] as const;
const ZENDESK = 'zendesk secret';

let pool: Db;
let db: Kysely<IngestTables & OutboxTables>;
let ingest: Ingest;
let forgotten: string[] = [];
const cache = { forget: async (subjects: readonly string[]) => void forgotten.push(...subjects) };
const identity = {
  byExternalId: async (keys: readonly { externalId: string }[]) =>
    keys.map(({ externalId }) => (externalId === 'cus_unknown' ? null : { id: `C-of-${externalId}` })),
};

const open = (sources: readonly WebhookSource[]) =>
  openIngest({ db: pool, sources, cache: cache as never, identity: identity as never, clock, log: silentLog });
before(async () => {
  ({ db: pool } = await testDatabase());
  ingest = await open([stripeSource(SECRETS, clock), zendeskSource([ZENDESK], clock)]);
  closeBeforeDatabase(() => ingest.close());
  db = pool.withTables<IngestTables & OutboxTables>();
});
beforeEach(() => {
  forgotten = [];
});

let count = 0;
/** A webhook of Stripe; `created` in seconds before now. */
function stripe(about: { id?: string; type?: string; object?: object; ago?: number; key?: string | null } = {}) {
  count += 1;
  const { id = `evt_${count}`, type = 'customer.subscription.updated', ago = 0, key = null } = about;
  const object = { id: `sub_${count}`, object: 'subscription', customer: `cus_${count}`, ...about.object };
  return JSON.stringify({ id, type, created: SECONDS - ago, data: { object }, request: { idempotency_key: key } });
}
const send = (body: string, headers: Record<string, string> = signed(body, SECRETS[0], SECONDS)) =>
  ingest.receive('stripe', { rawBody: Buffer.from(body), headers });
const stateOf = async (eventId: string) =>
  (await db.selectFrom('ingest.inbox').select('state').where('event_id', '=', eventId).executeTakeFirst())?.state;
const attemptsOf = async (eventId: string) =>
  (await db.selectFrom('ingest.inbox').select('attempts').where('event_id', '=', eventId).executeTakeFirstOrThrow())
    .attempts;
const settled = (eventId: string) =>
  eventually(`${eventId} is settled`, async () => {
    const state = await stateOf(eventId);
    return state !== undefined && state !== 'RECEIVED' && state;
  });
const published = async () => {
  const all: Published[] = [];
  for (let page: readonly Published[] | null = null; page === null || page.length > 0; all.push(...page))
    page = await readOutbox(db, { after: all.at(-1)?.position ?? '0', first: 1_000 });
  return all.map(({ event }) => event);
};
const kept = async () => (await sql<{ count: string }>`select count(*) from ingest.inbox`.execute(db)).rows[0]?.count;

test('a webhook is kept before it is acknowledged, makes its records out of date, and is told to the world by id alone', async () => {
  const body = stripe({
    id: 'evt_told',
    object: { id: 'sub_told', customer: 'cus_told', email: 'secret@person.example' },
  });
  assert.deepEqual(await send(body), { status: 202 });
  assert.equal(await settled('evt_told'), 'APPLIED');
  assert.deepEqual(forgotten, ['BILLING:subscription:sub_told', 'BILLING:customer:cus_told']);
  const told = (await published()).find(({ id }) => id === 'stripe:evt_told');
  assert.equal(told?.type, 'concord.SubscriptionAmended.v1');
  assert.equal(told?.subject, 'customer/C-of-cus_told');
  assert.deepEqual(told?.data, { system: 'BILLING', customerId: 'C-of-cus_told', entity: 'subscription:sub_told' });
  const { rows } = await sql<{ all: string }>`select jsonb_agg(inbox)::text as all from ingest.inbox`.execute(db);
  assert.doesNotMatch(String(rows[0]?.all), /secret@person/);
});

test('a signed webhook of Zendesk is taken likewise', async () => {
  const body = JSON.stringify({
    type: 'zen:event-type:ticket.updated',
    id: 'zen-1',
    time: NOW,
    subject: 'zen:ticket:4711',
    detail: { organization_id: '36' },
  });
  const headers = webhookHeaders(body, NOW, ZENDESK);
  assert.deepEqual(await ingest.receive('zendesk', { rawBody: Buffer.from(body), headers }), { status: 202 });
  assert.equal(await settled('zen-1'), 'APPLIED');
  assert.deepEqual(forgotten, ['SUPPORT:case:4711', 'SUPPORT:org:36']);
});

test('C23 a wrong signature, one of another body, and a changed byte are refused and change nothing', async () => {
  const before = await kept();
  const forged = ingest.counts.forged;
  const body = stripe();
  const right = signed(body, SECRETS[0], SECONDS);
  for (const [sent, headers] of [
    [body, signed(body, 'whsec_of_somebody', SECONDS)],
    [body, signed(stripe(), SECRETS[0], SECONDS)],
    [`${body} `, right],
  ] as const) {
    assert.deepEqual(await send(sent, headers), { status: 401 });
  }
  assert.equal(await kept(), before);
  assert.equal(ingest.counts.forged, forged + 3);
  assert.deepEqual(forgotten, []);
});

test('C24 a missing, empty or shortened signature is refused', async () => {
  const body = stripe();
  const { 'stripe-signature': right = '' } = signed(body, SECRETS[0], SECONDS);
  for (const signature of [
    undefined,
    '',
    `t=${SECONDS}`,
    `t=${SECONDS},v1=`,
    right.slice(0, -8),
    right.split(',')[1],
  ]) {
    const headers = signature === undefined ? {} : { 'stripe-signature': signature };
    assert.deepEqual(await send(body, headers as Record<string, string>), { status: 401 }, String(signature));
  }
});

test('C25 a timestamp is taken at the tolerance, and not one second beyond it, before or behind', async () => {
  for (const [at, status] of [
    [SECONDS - 300, 202],
    [SECONDS + 300, 202],
    [SECONDS - 301, 401],
    [SECONDS + 301, 401],
    [SECONDS * 1000, 401],
    [Number.NaN, 401],
  ] as const) {
    const body = stripe();
    assert.deepEqual(await send(body, signed(body, SECRETS[0], at)), { status }, String(at));
  }
});

test('C26 one right signature of several is enough, and either secret while one is replaced', async () => {
  const body = stripe();
  const old = createHmac('sha256', SECRETS[1]).update(`${SECONDS}.${body}`).digest('hex');
  assert.deepEqual(await send(body, { 'stripe-signature': `t=${SECONDS},v1=${'0'.repeat(64)},v1=${old}` }), {
    status: 202,
  });
  const later = await open([stripeSource([SECRETS[0]], clock)]);
  const next = stripe();
  const answer = await later.receive('stripe', {
    rawBody: Buffer.from(next),
    headers: signed(next, SECRETS[1], SECONDS),
  });
  await later.close();
  assert.deepEqual(answer, { status: 401 }, 'the old one is refused after the overlap');
});

test('C27 the same event delivered five times, at once and again, is applied once', async () => {
  const body = stripe({ id: 'evt_again' });
  const answers = await Promise.all(Array.from({ length: 5 }, () => send(body)));
  assert.ok(answers.every(({ status }) => status === 202));
  assert.equal(await settled('evt_again'), 'APPLIED');
  assert.deepEqual(await send(body), { status: 202 });
  assert.equal((await published()).filter(({ id }) => id === 'stripe:evt_again').length, 1);
});

test('C28 an event that tells an older state than was told before changes nothing', async () => {
  const object = { id: 'sub_order', customer: 'cus_order' };
  await send(stripe({ id: 'evt_v3', object, ago: 10 }));
  await settled('evt_v3');
  await send(stripe({ id: 'evt_v2', object, ago: 20 }));
  assert.equal(await settled('evt_v2'), 'SUPERSEDED');
  await send(stripe({ id: 'evt_v4', object, ago: 10 })); // the same second counts as later
  assert.equal(await settled('evt_v4'), 'APPLIED');
  const about = (await published()).filter(({ data }) => data.entity === 'subscription:sub_order').map(({ id }) => id);
  assert.deepEqual(about, ['stripe:evt_v3', 'stripe:evt_v4']);
});

test('C30 a signed body that is no event is kept for who looks into it, and what comes behind is applied', async () => {
  for (const body of ['not json', '{"id": 7}', JSON.stringify({ ...JSON.parse(stripe()), data: {} })]) {
    assert.deepEqual(await send(body), { status: 202 }, body);
  }
  const { rows } = await sql<{ body: string; reason: string }>`
    select body, reason from ingest.inbox where state = 'PARKED' order by id`.execute(db);
  assert.equal(rows.length, 3);
  assert.equal(rows[0]?.body, 'not json');
  await send(stripe({ id: 'evt_behind', type: 'something.new' }));
  assert.equal(await settled('evt_behind'), 'APPLIED', 'a type that is not known makes its records out of date');
});

test('a source that would tell an event of another system is not opened', async () => {
  const lying = { ...stripeSource(SECRETS, clock), tells: ['PaymentFailed', 'CaseEscalated', 'CustomerChanged'] };
  await assert.rejects(open([lying]), /stripe speaks for BILLING, which does not own CaseEscalated$/);
});

test("an echo of the hub's own write makes records out of date, and is not told again", async () => {
  await send(stripe({ id: 'evt_echo', key: 'prc_1:amend-billing' }));
  assert.equal(await settled('evt_echo'), 'ECHO');
  assert.equal((await published()).filter(({ id }) => id === 'stripe:evt_echo').length, 0);
  assert.ok(forgotten.length > 0);
});

test("what a system does of itself after the hub's write, such as a payment that fails, is told: no process knows of it", async () => {
  const object = { id: 'in_9', object: 'invoice', customer: 'cus_9' };
  await send(stripe({ id: 'evt_after', type: 'invoice.payment_failed', object, key: 'prc_1:amend-billing' }));
  assert.equal(await settled('evt_after'), 'APPLIED');
  assert.equal((await published()).find(({ id }) => id === 'stripe:evt_after')?.type, 'concord.PaymentFailed.v1');
});

test('C29 of a burst of a thousand every one that was acknowledged is kept, and every other is told to come again', async () => {
  const before = Number(await kept());
  const bodies = Array.from({ length: 1_000 }, () => stripe());
  const answers = await Promise.all(bodies.map((body) => send(body)));
  const taken = answers.filter(({ status }) => status === 202).length;
  assert.ok(answers.every(({ status }) => status === 202 || status === 503));
  assert.equal(Number(await kept()), before + taken);
});

test('D08 of a burst with some twice, some in the wrong order and some forged, each genuine one is applied once and no other is kept', async () => {
  const own = await open([stripeSource(SECRETS, clock)]);
  const made = Array.from({ length: 300 }, (_, nr) => {
    const object = { id: `sub_burst_${nr % 40}`, customer: `cus_burst_${nr % 40}` };
    return {
      id: `evt_burst_${nr}`,
      forged: nr % 100 === 7,
      body: stripe({ id: `evt_burst_${nr}`, object, ago: 200 - Math.floor(nr / 2) }),
    };
  });
  const twice = made.filter((_, nr) => nr % 10 === 3);
  const sent = [...made, ...twice];
  // Each twentieth comes behind nine that are younger.
  for (let nr = 20; nr < sent.length; nr += 20) sent.splice(nr, 0, ...sent.splice(nr - 9, 1));
  const answers = await Promise.all(
    sent.map(async ({ body, forged }) => {
      const headers = signed(body, forged ? 'whsec_of_somebody' : SECRETS[0], SECONDS);
      const { status } = await own.receive('stripe', { rawBody: Buffer.from(body), headers });
      return status === (forged ? 401 : 202);
    }),
  );
  assert.ok(answers.every(Boolean));
  const rows = await eventually('all are settled', async () => {
    const all = await db
      .selectFrom('ingest.inbox')
      .select(['event_id', 'state'])
      .where('event_id', 'like', 'evt_burst_%')
      .execute();
    return all.every(({ state }) => state !== 'RECEIVED') && all;
  });
  await own.close();
  assert.deepEqual(
    rows.map(({ event_id }) => event_id).toSorted(),
    made
      .filter(({ forged }) => !forged)
      .map(({ id }) => id)
      .toSorted(),
  );
  assert.ok(rows.every(({ state }) => state === 'APPLIED' || state === 'SUPERSEDED'));
  const told = (await published()).map(({ id }) => id).filter((id) => id.startsWith('stripe:evt_burst'));
  assert.equal(told.length, new Set(told).size);
  assert.equal(told.length, rows.filter(({ state }) => state === 'APPLIED').length);
});

test('C44 an event that always fails is parked with its reason; those behind it of other records are applied, those of its own wait', async () => {
  let fails = 0;
  const own = await openIngest({
    db: pool,
    sources: [stripeSource(SECRETS, clock)],
    cache: {
      forget: async (subjects: readonly string[]) => {
        if (!subjects.includes('BILLING:customer:cus_poison')) return;
        fails += 1;
        throw new Error('the handler always throws');
      },
    } as never,
    identity: identity as never,
    clock,
    log: silentLog,
  });
  await ingest.close();
  const object = { id: 'sub_poison', customer: 'cus_poison' };
  const via = (body: string) =>
    own.receive('stripe', { rawBody: Buffer.from(body), headers: signed(body, SECRETS[0], SECONDS) });
  await via(stripe({ id: 'evt_poison', object }));
  await via(stripe({ id: 'evt_after_poison', object: { ...object, customer: 'cus_healed' } }));
  await via(stripe({ id: 'evt_other' }));
  assert.equal(await settled('evt_other'), 'APPLIED');
  assert.equal(await stateOf('evt_after_poison'), 'RECEIVED');
  for (let tries = 1; tries < 5; tries += 1) {
    await eventually(`try ${tries} is put off by the clock`, async () => (await attemptsOf('evt_poison')) >= tries);
    clock.advance(60_000);
  }
  assert.equal(await settled('evt_poison'), 'PARKED');
  assert.equal(await settled('evt_after_poison'), 'APPLIED');
  assert.equal(fails, 5);
  await own.close();
});
