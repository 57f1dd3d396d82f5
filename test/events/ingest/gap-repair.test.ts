import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Kysely } from 'kysely';
import { knowFeed } from '../../../events/ingest/feeds/feed-store.ts';
import { pollOnce } from '../../../events/ingest/feeds/poll-feed.ts';
import { type Ingest, openIngest } from '../../../events/ingest/ingest.ts';
import type { IngestTables } from '../../../events/ingest/tables.ts';
import { fixedClock } from '../../../platform/clock.ts';
import type { ChangeFeed } from '../../../platform/feeds/change-feed.ts';
import { silentLog } from '../../../platform/log.ts';
import { readOutbox } from '../../../platform/outbox/outbox.ts';
import type { OutboxTables } from '../../../platform/outbox/tables.ts';
import { stripe as stripeKeys, zendesk as zendeskKeys } from '../../../sandbox/data/keys.ts';
import { type RunningSandbox, startSandbox } from '../../../sandbox/start.ts';
import { signed } from '../../../sandbox/stripe/events.ts';
import { webhookHeaders } from '../../../sandbox/zendesk/webhooks.ts';
import { stripeFeed } from '../../../subgraphs/billing/connectors/stripe/changes.ts';
import { readStripeConfig, readStripeWebhookSecrets } from '../../../subgraphs/billing/connectors/stripe/config.ts';
import { stripeSource } from '../../../subgraphs/billing/connectors/stripe/webhook-source.ts';
import { zendeskFeed } from '../../../subgraphs/support/connectors/zendesk/changes.ts';
import { readZendeskConfig, readZendeskWebhookSecrets } from '../../../subgraphs/support/connectors/zendesk/config.ts';
import { zendeskSource } from '../../../subgraphs/support/connectors/zendesk/webhook-source.ts';
import { closeBeforeDatabase, testDatabase } from '../../support/database.ts';
import { eventually } from '../../support/hub.ts';

const clock = fixedClock('2027-01-31T12:00:00.000Z');
const never = new AbortController().signal;
const CUSTOMER = 1;
let sandbox: RunningSandbox;
let db: Kysely<IngestTables & OutboxTables>;
let ingest: Ingest;
let stripe: ChangeFeed;
let zendesk: ChangeFeed;
const forgotten: string[] = [];

before(async () => {
  const { db: pool } = await testDatabase();
  db = pool.withTables<IngestTables & OutboxTables>();
  sandbox = await startSandbox({ customers: 60, latency: { minMs: 0, maxMs: 0 }, clock });
  const env = sandbox.environment;
  stripe = stripeFeed(readStripeConfig(env), clock);
  zendesk = zendeskFeed(readZendeskConfig(env), clock);
  ingest = await openIngest({
    db: pool,
    sources: [stripeSource(readStripeWebhookSecrets(env), clock), zendeskSource(readZendeskWebhookSecrets(env), clock)],
    cache: { forget: async (subjects: readonly string[]) => void forgotten.push(...subjects) } as never,
    identity: { byExternalId: async (keys: readonly object[]) => keys.map(() => ({ id: 'C-10002' })) } as never,
    clock,
    log: silentLog,
  });
  closeBeforeDatabase(() => ingest.close());
});
after(async () => {
  await Promise.all([stripe?.close(), zendesk?.close()]);
  await sandbox?.close();
});

const poll = async (feed: ChangeFeed) => {
  await knowFeed(db, feed.name);
  await pollOnce({ db, feed, everySeconds: 0, besideWebhooks: true, clock, log: silentLog, wake: () => {} }, never);
};
const settled = async (source: string) => {
  await eventually('all is applied', async () => {
    const rows = await db.selectFrom('ingest.inbox').select('state').where('source', '=', source).execute();
    return rows.every(({ state }) => state !== 'RECEIVED');
  });
  return db
    .selectFrom('ingest.inbox')
    .select(['event_id', 'entity', 'state', 'type'])
    .where('source', '=', source)
    .orderBy('id')
    .execute();
};
const told = async (source: string) =>
  (await readOutbox(db, { after: '0', first: 1_000 }))
    .map(({ event }) => event)
    .filter(({ id }) => id.startsWith(source));

/** Somebody in billing moves the customer's address. */
const bill = async (email: string) => {
  const path = `/v1/customers/${stripeKeys.customer(CUSTOMER)}`;
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const { status, body } = await sandbox.asPerson({
    ...{ vendor: 'stripe', method: 'POST', path, headers },
    body: new URLSearchParams({ email }).toString(),
  });
  assert.equal(status, 200, body);
};
/** What Stripe lists, newest first, as it would have posted it. */
const listed = async (): Promise<{ id: string }[]> => {
  const { STRIPE_BASE_URL, STRIPE_API_KEY } = sandbox.environment;
  const answer = await fetch(`${STRIPE_BASE_URL}/v1/events?limit=100`, {
    headers: { authorization: `Bearer ${STRIPE_API_KEY}` },
  });
  return ((await answer.json()) as { data: { id: string }[] }).data;
};
const deliver = async (event: object) => {
  const body = JSON.stringify(event);
  const [secret = ''] = readStripeWebhookSecrets(sandbox.environment);
  const headers = signed(body, secret, clock.now() / 1_000);
  return ingest.receive('stripe', { rawBody: Buffer.from(body), headers });
};

test("Stripe's webhooks that were lost are found among its events and applied, and those that came are not applied again", async () => {
  await poll(stripe); // begins now
  for (const nr of [1, 2, 3, 4, 5]) {
    clock.advance(1_000);
    await bill(`nr${nr}@example.com`);
  }
  const [fifth, fourth, third, second, first] = await listed();
  for (const event of [first, third]) assert.deepEqual(await deliver(event ?? {}), { status: 202 });
  await settled('stripe');
  clock.advance(120_000);
  await poll(stripe);
  const rows = await settled('stripe');
  assert.deepEqual(
    rows.map(({ event_id }) => event_id).toSorted(),
    [first, second, third, fourth, fifth].map((one) => one?.id).toSorted(),
  );
  // The second is older than the third, which was told before it.
  assert.deepEqual(
    [second, fourth, fifth].map((one) => rows.find(({ event_id }) => event_id === one?.id)?.state),
    ['SUPERSEDED', 'APPLIED', 'APPLIED'],
  );
  assert.deepEqual(await deliver(fifth ?? {}), { status: 202 }, 'late, and known');
  await settled('stripe');
  assert.deepEqual(
    (await told('stripe:')).map(({ id }) => id),
    [first, third, fourth, fifth].map((one) => `stripe:${one?.id}`),
  );
  assert.ok(forgotten.includes(`BILLING:customer:${stripeKeys.customer(CUSTOMER)}`));
  const health = (await ingest.health()).find(({ source }) => source === 'stripe');
  assert.equal(health?.missed, 3);
  await poll(stripe);
  assert.equal((await settled('stripe')).length, 5);
});

test("a place that Stripe does not list any more does not end the feed: it goes on by the event's time", async () => {
  await db
    .updateTable('ingest.feed')
    .set({ cursor: JSON.stringify({ after: 'evt_gone', since: clock.now() / 1_000 - 60 }) })
    .where('name', '=', 'stripe')
    .execute();
  clock.advance(1_000);
  await bill('again@example.com');
  await poll(stripe);
  const [newest] = await listed();
  assert.equal((await settled('stripe')).at(-1)?.event_id, newest?.id);
});

test("Zendesk's webhooks that were lost are found in its exports a minute later, and a late one is not applied again", async () => {
  const org = zendeskKeys.organization(CUSTOMER);
  const open = async (subject: string, tags: readonly string[] = []): Promise<number> => {
    const ticket = { subject, comment: { body: 'x' }, organization_id: Number(org), tags };
    const { status, body } = await sandbox.asPerson({
      ...{
        vendor: 'zendesk',
        method: 'POST',
        path: '/api/v2/tickets',
        headers: { 'content-type': 'application/json' },
      },
      body: { ticket },
    });
    assert.equal(status, 201, body);
    return JSON.parse(body).ticket.id;
  };
  await poll(zendesk); // begins now
  clock.advance(1_000);
  const at = `${new Date(clock.now()).toISOString().slice(0, 19)}Z`;
  const [known, lost, escalated] = [await open('known'), await open('lost'), await open('escalated', ['escalated'])];
  const webhook = (ticket: number, id: string) => {
    const type = 'zen:event-type:ticket.created';
    const body = JSON.stringify({
      id,
      type,
      time: at,
      subject: `zen:ticket:${ticket}`,
      detail: { organization_id: org },
    });
    const [secret = ''] = readZendeskWebhookSecrets(sandbox.environment);
    const sentAt = new Date(clock.now()).toISOString();
    return ingest.receive('zendesk', { rawBody: Buffer.from(body), headers: webhookHeaders(body, sentAt, secret) });
  };
  assert.deepEqual(await webhook(known, 'zen-known'), { status: 202 });
  await settled('zendesk');
  await poll(zendesk);
  assert.equal((await settled('zendesk')).length, 1, 'the last minute is not exported yet');
  clock.advance(120_000);
  await poll(zendesk);
  const rows = await settled('zendesk');
  assert.deepEqual(
    rows.map(({ entity }) => entity).toSorted(),
    [known, lost, escalated].map((id) => `case:${id}`).toSorted(),
  );
  assert.deepEqual(await webhook(lost, 'zen-late'), { status: 202 });
  assert.equal((await settled('zendesk')).find(({ event_id }) => event_id === 'zen-late')?.state, 'SUPERSEDED');
  const types = new Map((await told('zendesk:')).map(({ type, data }) => [data.entity, type]));
  assert.equal(types.size, 3);
  assert.equal((await told('zendesk:')).length, 3, 'each once');
  assert.equal(types.get(`case:${escalated}`), 'concord.CaseEscalated.v1');
});
