import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import fc from 'fast-check';
import type { Kysely } from 'kysely';
import { type ApplyOptions, applyDue } from '../../../events/ingest/apply.ts';
import { knowFeed } from '../../../events/ingest/feeds/feed-store.ts';
import { pollOnce } from '../../../events/ingest/feeds/poll-feed.ts';
import { keep } from '../../../events/ingest/inbox.ts';
import { INGEST_SCHEMA, type IngestTables, ingestMigrations } from '../../../events/ingest/tables.ts';
import { fixedClock } from '../../../platform/clock.ts';
import { migrate } from '../../../platform/db/migrate.ts';
import { HubError } from '../../../platform/errors.ts';
import type { ChangeFeed } from '../../../platform/feeds/change-feed.ts';
import { OVERLAP_MS, onward, type Place } from '../../../platform/feeds/place.ts';
import { silentLog } from '../../../platform/log.ts';
import { readOutbox } from '../../../platform/outbox/outbox.ts';
import { OUTBOX_SCHEMA, type OutboxTables, outboxMigrations } from '../../../platform/outbox/tables.ts';
import type { Inbound } from '../../../platform/webhooks/webhook-source.ts';
import { testDatabase } from '../../support/database.ts';

/**
 * What must not depend on how the events of a history came in, once all of it was caught up: for each record the latest state
 * that was told (`ingest.applied`), that its cached copies were forgotten, what the world was told of its last instant, and what a
 * subscriber knows who heard everything. What was overtaken is told only where it came in time, and never after what overtook it.
 */
const SEED = 20_270_131;
const clock = fixedClock('2027-01-31T12:00:00.000Z');
const never = new AbortController().signal;
let db: Kysely<IngestTables & OutboxTables>;
before(async () => {
  const { db: pool } = await testDatabase();
  await migrate(pool, OUTBOX_SCHEMA, outboxMigrations);
  await migrate(pool, INGEST_SCHEMA, ingestMigrations);
  db = pool.withTables<IngestTables & OutboxTables>();
});

interface Happening {
  readonly record: number;
  /** Seconds since the one before; often none. */
  readonly later: number;
  readonly what: 'told' | 'silent' | 'own';
  /** How often its webhook comes, and when: places in the order of arrival. */
  readonly arrivals: readonly number[];
}
const happening: fc.Arbitrary<Happening> = fc.record({
  record: fc.nat({ max: 2 }),
  later: fc.constantFrom(0, 0, 1, 5),
  what: fc.constantFrom('told' as const, 'told' as const, 'silent' as const, 'own' as const),
  arrivals: fc.array(fc.nat({ max: 1_000 }), { maxLength: 3 }), // none: it is lost
});
const history = fc.array(happening, { minLength: 1, maxLength: 12 });

function eventsOf(happened: readonly Happening[]): readonly Inbound[] {
  let seconds = 0;
  return happened.map(({ record, later, what }, nr): Inbound => {
    seconds += later;
    return {
      eventId: `evt_${nr}`,
      type: 'changed',
      occurredAt: new Date(clock.now() - 3_600_000 + seconds * 1_000).toISOString(),
      entity: `subscription:${record}`,
      subjects: [`subscription:${record}`],
      customerId: null,
      causedByKey: what === 'own' ? 'prc_1:write' : null,
      tells: what === 'silent' ? null : 'SubscriptionAmended',
    };
  });
}

let runs = 0;
/** One inbox of its own; `arrive` and `apply` are what the hub does, in any order. */
function inbox() {
  runs += 1;
  const source = `vendor-${runs}`;
  const forgotten = new Map<string, number>();
  const options: ApplyOptions = {
    ...{ db, clock, log: silentLog },
    systems: new Map([[source, source.toUpperCase()]]),
    read: () => assert.fail('all of it could be read'),
    hubIdOf: async () => null,
    cache: {
      forget: async (subjects) => {
        for (const subject of subjects) forgotten.set(subject, (forgotten.get(subject) ?? 0) + 1);
      },
    },
  };
  return {
    source,
    arrive: (event: Inbound) => keep(db, [{ source, inbound: event }]),
    async apply() {
      while ((await applyDue(options)) > 0);
    },
    async end() {
      const rows = await db.selectFrom('ingest.inbox').selectAll().where('source', '=', source).execute();
      assert.ok(
        rows.every(({ state }) => ['APPLIED', 'SUPERSEDED', 'ECHO'].includes(state)),
        'nothing waits',
      );
      const applied = await db.selectFrom('ingest.applied').selectAll().where('source', '=', source).execute();
      const outbox = (await readOutbox(db, { after: '0', first: 100_000 }))
        .map(({ event }) => event)
        .filter(({ id }) => id.startsWith(`${source}:`));
      const latest = new Map(applied.map(({ entity, occurred_at }) => [entity, occurred_at.toISOString()]));
      const known = new Map<string, string>();
      for (const { time, data } of outbox) {
        const record = String(data.entity);
        assert.ok((known.get(record) ?? '') <= time, 'nothing is told after what overtook it');
        known.set(record, time);
      }
      for (const { entity, occurred_at, state } of rows) {
        const at = occurred_at.toISOString();
        // The hub's process has told of its own write by itself.
        if (state === 'ECHO' && (known.get(entity) ?? '') < at) known.set(entity, at);
      }
      const told = outbox.filter(({ time, data }) => latest.get(String(data.entity)) === time);
      return {
        latest: sorted(latest),
        known: sorted(new Map([...known].filter(([record, at]) => latest.get(record) === at))),
        lastTold: told.map(({ id }) => id.slice(source.length)).toSorted(),
        forgotten: [...forgotten.keys()].map((subject) => subject.slice(source.length)).toSorted(),
        ids: new Set(rows.map(({ event_id }) => event_id)),
      };
    },
  };
}
const sorted = (map: ReadonlyMap<string, string>) => [...map].toSorted();

async function inOrder(events: readonly Inbound[]) {
  const hub = inbox();
  for (const event of events) {
    await hub.arrive(event);
    await hub.apply();
  }
  return hub.end();
}

/** The vendor's list of events: what happened so far, two at a time, and now and then it does not answer. */
function listing(source: string, happened: () => readonly Inbound[], fails: () => boolean): ChangeFeed {
  return {
    ...{ name: source, system: 'BILLING', tells: [] },
    async read(from) {
      if (fails()) throw new HubError('UNAVAILABLE', 'away');
      const at = Number(from?.at ?? 0);
      const changes = happened().slice(at, at + 2);
      return { changes, cursor: { at: at + changes.length }, more: at + changes.length < happened().length };
    },
    close: async () => {},
  };
}

test('any order, repetition and loss of a history that is caught up ends as the history in its order', async () => {
  const polls = fc.array(fc.record({ at: fc.nat({ max: 1_000 }), fails: fc.boolean() }), { maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(history, polls, fc.nat({ max: 3 }), async (happened, polled, applyEvery) => {
      const events = eventsOf(happened);
      const expected = await inOrder(events);
      const hub = inbox();
      let failing = false;
      const feed = listing(
        hub.source,
        () => events,
        () => failing,
      );
      await knowFeed(db, feed.name);
      const poll = () =>
        pollOnce(
          { ...{ db, feed, clock, log: silentLog }, everySeconds: 0, besideWebhooks: true, wake: () => {} },
          never,
        );
      const steps = [
        ...events.flatMap((event, nr) => (happened[nr]?.arrivals ?? []).map((at) => ({ at, event, fails: false }))),
        ...polled.map(({ at, fails }) => ({ at, event: null, fails })),
      ].toSorted((a, b) => a.at - b.at);
      for (const [nr, { event, fails }] of steps.entries()) {
        failing = fails;
        if (event === null) await poll();
        else await hub.arrive(event);
        if (applyEvery > 0 && nr % applyEvery === 0) await hub.apply();
      }
      failing = false;
      await poll();
      await hub.apply();
      assert.deepEqual(await hub.end(), expected);
    }),
    { seed: SEED, numRuns: 12 },
  );
});

test('a feed of states, with webhooks that come in any order or not at all, ends with the same latest states', async () => {
  await fc.assert(
    fc.asyncProperty(history, fc.array(fc.nat({ max: 12 }), { maxLength: 3 }), async (happened, polled) => {
      const events = eventsOf(happened);
      const expected = await inOrder(events);
      const hub = inbox();
      /** Each record as it was when so much had happened. */
      const states = (count: number): Inbound[] =>
        [...Map.groupBy(events.slice(0, count), ({ entity }) => entity).values()].flatMap((of) => {
          const last = of.at(-1);
          if (last === undefined) return [];
          const tells = 'SubscriptionAmended';
          return [
            { ...last, eventId: `${last.entity}:${last.occurredAt}`, tells, causedByKey: null, state: true as const },
          ];
        });
      const steps = [
        ...events.flatMap((event, nr) =>
          (happened[nr]?.arrivals ?? []).map((at) => ({ at: nr + at / 100, arrives: [event] })),
        ),
        ...polled.map((count) => ({ at: count, arrives: states(count) })),
        { at: Number.POSITIVE_INFINITY, arrives: states(events.length) },
      ].toSorted((a, b) => a.at - b.at);
      for (const { arrives } of steps) {
        for (const event of arrives) await hub.arrive(event);
        await hub.apply();
      }
      const end = await hub.end();
      assert.deepEqual([end.latest, end.forgotten], [expected.latest, expected.forgotten]);
    }),
    { seed: SEED, numRuns: 12 },
  );
});

test('a walk by time of change finds the last state of every record, also of those that appear late or twice in a second', () => {
  const edit = fc.record({
    record: fc.nat({ max: 3 }),
    later: fc.nat({ max: 20 }),
    /** Seconds until its transaction ends and it can be seen. */
    appears: fc.constantFrom(0, 0, 1, 40),
    polls: fc.nat({ max: 2 }),
  });
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 25 }), fc.integer({ min: 1, max: 3 }), (edits, pageRows) => {
      const stamp = (second: number) => new Date(second * 1_000).toISOString();
      let now = 1_000;
      let place: Place = { at: stamp(now - OVERLAP_MS / 1_000), id: '' };
      const seen = new Set<string>();
      const made: { record: number; at: number; version: number; visible: number }[] = [];
      /** As a connector does: pages until one is not full. A record shows its last visible change only. */
      const poll = () => {
        const again = stamp(now - OVERLAP_MS / 1_000);
        for (let more = true; more; ) {
          const visible = made.filter(({ visible }) => visible <= now);
          const rows = [...Map.groupBy(visible, ({ record }) => record).values()]
            .map((of) => of.reduce((a, b) => (b.version > a.version ? b : a)))
            .map((one) => ({ ...one, at: stamp(one.at), id: String(one.record) }))
            .filter(({ at, id }) => at > place.at || (at === place.at && id > place.id))
            .sort((a, b) => (a.at === b.at ? Number(a.id) - Number(b.id) : a.at < b.at ? -1 : 1))
            .slice(0, pageRows);
          for (const { id, version } of rows) seen.add(`${id}:${version}`);
          more = rows.length === pageRows;
          place = onward(place, rows, { more, again });
        }
      };
      for (const [version, { record, later, appears, polls }] of edits.entries()) {
        now += later;
        made.push({ record, at: now, version, visible: now + appears });
        for (let time = 0; time < polls; time += 1) {
          poll();
          now += 1;
        }
      }
      now += OVERLAP_MS / 1_000 - 20; // the last one has appeared, and its time is looked at again
      poll();
      const last = [...Map.groupBy(made, ({ record }) => record).values()].map((of) => of.at(-1));
      assert.ok(last.every((one) => one === undefined || seen.has(`${one.record}:${one.version}`)));
    }),
    { seed: SEED, numRuns: 300 },
  );
});
