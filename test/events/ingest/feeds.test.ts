import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { feedRules } from '../../../events/ingest/feeds/config.ts';
import { FeedTaken, type Hold, keepPage, knowFeed, takeFeed } from '../../../events/ingest/feeds/feed-store.ts';
import { pollOnce } from '../../../events/ingest/feeds/poll-feed.ts';
import { sourceHealth } from '../../../events/ingest/feeds/source-health.ts';
import { INGEST_SCHEMA, type IngestTables, ingestMigrations } from '../../../events/ingest/tables.ts';
import { fixedClock } from '../../../platform/clock.ts';
import { ConfigError } from '../../../platform/config.ts';
import type { Db } from '../../../platform/db/db.ts';
import { migrate } from '../../../platform/db/migrate.ts';
import { HubError } from '../../../platform/errors.ts';
import type { ChangeFeed, Cursor, FeedPage } from '../../../platform/feeds/change-feed.ts';
import { silentLog } from '../../../platform/log.ts';
import type { Inbound } from '../../../platform/webhooks/webhook-source.ts';
import { testDatabase } from '../../support/database.ts';
import { eventually } from '../../support/hub.ts';

const clock = fixedClock('2027-01-31T12:00:00.000Z');
const never = new AbortController().signal;
let pool: Db;
let db: Kysely<IngestTables>;
before(async () => {
  ({ db: pool } = await testDatabase());
  await migrate(pool, INGEST_SCHEMA, ingestMigrations);
  db = pool.withTables<IngestTables>();
});
let nr = 0;
let name = '';
beforeEach(async () => {
  nr += 1;
  name = `vendor-${nr}`;
  await knowFeed(db, name);
});

const change = (id: string, about: Partial<Inbound> = {}): Inbound => ({
  eventId: id,
  type: 'changed',
  occurredAt: '2027-01-31T12:00:00.000Z',
  entity: `customer:${id}`,
  subjects: [`customer:${id}`],
  customerId: id,
  causedByKey: null,
  tells: null,
  ...about,
});
const page = (ids: readonly string[], at: number, more = false): FeedPage => ({
  changes: ids.map((id) => change(id)),
  cursor: { at },
  more,
});
/** A vendor that answers what the test says, and notes from where it was asked. */
function feedOf(answer: (from: Cursor | null, asked: number) => FeedPage | Promise<FeedPage>) {
  const asked: (Cursor | null)[] = [];
  const feed: ChangeFeed = {
    ...{ name, system: 'CRM', tells: [] },
    read: async (from) => answer(from, asked.push(from)),
    close: async () => {},
  };
  return { feed, asked };
}
const poll = (feed: ChangeFeed, about: { besideWebhooks?: boolean; everySeconds?: number } = {}) =>
  pollOnce(
    { db, feed, everySeconds: 0, besideWebhooks: false, clock, log: silentLog, wake: () => {}, ...about },
    never,
  );
const kept = async () => {
  const rows = await db
    .selectFrom('ingest.inbox')
    .select('event_id')
    .where('source', '=', name)
    .orderBy('id')
    .execute();
  return rows.map(({ event_id }) => event_id);
};
const state = async () => {
  const row = await db.selectFrom('ingest.feed').selectAll().where('name', '=', name).executeTakeFirstOrThrow();
  return { cursor: row.cursor, failures: row.failures, problem: row.problem, behind: row.behind, missed: row.missed };
};

test('a poll keeps what the vendor tells with the place behind it, and the next one goes on from there', async () => {
  const { feed, asked } = feedOf((from) => (from === null ? page(['1', '2'], 2) : page(['2', '3'], 3)));
  await poll(feed);
  await poll(feed);
  await poll({ ...feed }); // as another process would after a restart: nothing of it is in memory
  assert.deepEqual(asked, [null, { at: 2 }, { at: 3 }]);
  assert.deepEqual(await kept(), ['1', '2', '3'], 'what is told again is kept once');
});

test('a poll reads page after page, each with its place, and one that breaks off goes on after the last whole one', async () => {
  const { feed, asked } = feedOf((_from, time) => {
    if (time === 3) throw new HubError('UNAVAILABLE', 'the vendor is away');
    return page([`${time}`], time, time < 4);
  });
  assert.ok((await poll(feed)) >= 0);
  assert.deepEqual(await kept(), ['1', '2']);
  const { failures, problem, cursor } = await state();
  assert.deepEqual({ failures, problem, cursor }, { failures: 1, problem: 'the vendor is away', cursor: { at: 2 } });
  await poll(feed);
  assert.deepEqual(asked.at(-1), { at: 2 });
  assert.deepEqual(await kept(), ['1', '2', '4']);
  assert.equal((await state()).failures, 0);
});

test('a feed that fails is left alone for longer each time, and for as long as its vendor asks', async () => {
  const waits: number[] = [];
  const { feed } = feedOf((_from, time) => {
    if (time < 4) throw new HubError('UNAVAILABLE', 'away');
    throw new HubError('THROTTLED', 'wait', { retryAfterMs: 90_000 });
  });
  for (let time = 0; time < 4; time += 1) {
    waits.push(await poll(feed, { everySeconds: 10 }));
    await sql`update ingest.feed set due_at = now() where name = ${name}`.execute(db);
  }
  assert.deepEqual(waits, [10_000, 20_000, 40_000, 90_000]);
});

test('a feed that has more than one poll may read is behind, and due again at once', async () => {
  const { feed, asked } = feedOf((_from, time) => page([`${time}`], time, time < 25));
  assert.equal(await poll(feed, { everySeconds: 60 }), 0);
  assert.equal(asked.length, 20);
  assert.equal((await state()).behind, true);
  assert.equal(await poll(feed, { everySeconds: 60 }), 60_000);
  assert.equal((await state()).behind, false);
  assert.ok((await poll(feed, { everySeconds: 60 })) > 50_000, 'it is not due before its time');
  assert.equal(asked.length, 25);
});

test('of several processes one polls a feed at a time', async () => {
  const gate = Promise.withResolvers<FeedPage>();
  const { feed, asked } = feedOf(() => gate.promise);
  const first = poll(feed);
  await eventually('the first one asks', async () => asked.length === 1);
  const waits = await Promise.all([poll(feed), poll(feed)]);
  assert.ok(
    waits.every((ms) => ms > 0),
    'the others come again later',
  );
  gate.resolve(page(['1'], 1));
  await first;
  assert.equal(asked.length, 1);
  assert.deepEqual(await kept(), ['1']);
});

test('a poll that was frozen while another took over moves nothing back', async () => {
  const frozen = (await takeFeed(db, name, 'frozen')) as Hold; // nobody else holds it
  assert.ok('waitMs' in (await takeFeed(db, name, 'early')), 'it is held');
  await sql`update ingest.feed set held_until = now() - interval '1 second' where name = ${name}`.execute(db);
  const { feed } = feedOf(() => page(['new'], 9));
  await poll(feed);
  const keep = keepPage(db, frozen, page(['old'], 1), { besideWebhooks: false, now: '2027-01-31T12:00:00.000Z' });
  await assert.rejects(keep, FeedTaken);
  assert.deepEqual([await kept(), (await state()).cursor], [['new'], { at: 9 }]);
});

test('what a feed beside webhooks finds long after it happened is counted as missed, and what is fresh is not', async () => {
  const late = change('late', { occurredAt: '2027-01-31T11:59:00.000Z' });
  const { feed } = feedOf(() => ({ changes: [late, change('fresh')], cursor: { at: 1 }, more: false }));
  await poll(feed, { besideWebhooks: true });
  await poll(feed, { besideWebhooks: true });
  assert.equal((await state()).missed, '1');
  assert.deepEqual(await kept(), ['late', 'fresh']);
});

test('a state that was told already is not kept again', async () => {
  const at = (second: number) => `2027-01-31T12:00:0${second}.000Z`;
  const told = (id: string, second: number, state?: true) =>
    change(id, { entity: 'case:1', occurredAt: at(second), ...(state ? { state } : {}) });
  const pages = [
    [told('webhook', 3)],
    [told('state-3', 3, true)],
    [told('state-2', 2, true)],
    [told('state-4', 4, true)],
  ];
  const { feed } = feedOf((_from, time) => ({ changes: pages[time - 1] ?? [], cursor: { at: time }, more: time < 4 }));
  await poll(feed);
  assert.deepEqual(await kept(), ['webhook', 'state-4']);
});

test('a source is judged by what came, what waits and when it was asked', async () => {
  const about = { name, system: 'CRM', webhooks: false, everySeconds: 15, silentAfterMs: 3_600_000 };
  const judged = async (startedAt: number) => (await sourceHealth(db, [about], startedAt))[0];
  const now = Date.now();
  assert.equal((await judged(now))?.gap, null, 'just started');
  assert.equal((await judged(now - 120_000))?.gap, 'NOT_POLLED');
  const { feed } = feedOf(() => page(['1'], 1));
  await poll(feed);
  const fresh = await judged(0);
  assert.deepEqual([fresh?.gap, fresh?.waiting, fresh?.failures], [null, 1, 0]);
  await sql`update ingest.inbox set received_at = now() - interval '2 minutes' where source = ${name}`.execute(db);
  assert.equal((await judged(0))?.gap, 'BEHIND');
  await sql`update ingest.inbox set state = 'APPLIED', received_at = now() - interval '2 hours' where source = ${name}`.execute(
    db,
  );
  const silent = await judged(0);
  assert.deepEqual([silent?.gap, silent?.waiting], ['SILENT', 0]);
});

test('intervals come from the environment, and all that is wrong is told at once', () => {
  const rules = feedRules({ HUB_POLL_SALESFORCE_SECONDS: '5', HUB_POLL_STRIPE_SECONDS: '0' });
  assert.deepEqual(['salesforce', 'netsuite', 'stripe', 'unknown'].map(rules.everySeconds), [5, 15, 0, 0]);
  assert.equal(feedRules({ HUB_POLL: 'off' }).everySeconds('salesforce'), 0);
  const wrong = { HUB_POLL: 'no', HUB_POLL_NETSUITE_SECONDS: '1.5', HUB_POLL_ZENDESK_SECONDS: '5' };
  assert.throws(
    () => feedRules(wrong),
    (error: unknown) => error instanceof ConfigError && Object.keys(wrong).every((key) => error.message.includes(key)),
  );
});
