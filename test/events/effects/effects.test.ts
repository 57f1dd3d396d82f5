import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, beforeEach, describe, test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { EVENTS, type EventName } from '../../../events/catalogue.ts';
import { EFFECTS } from '../../../events/effects/declared.ts';
import { openEffects } from '../../../events/effects/effects.ts';
import { keepRenewalsDue } from '../../../events/effects/renewals-due.ts';
import type { EffectTables } from '../../../events/effects/tables.ts';
import { fixedClock } from '../../../platform/clock.ts';
import type { Db } from '../../../platform/db/db.ts';
import { migrate } from '../../../platform/db/migrate.ts';
import { HubError } from '../../../platform/errors.ts';
import { silentLog } from '../../../platform/log.ts';
import { publish, readOutbox } from '../../../platform/outbox/outbox.ts';
import { OUTBOX_SCHEMA, type OutboxTables, outboxMigrations } from '../../../platform/outbox/tables.ts';
import { ownerAt, readOwnership } from '../../../platform/ownership/ownership.ts';
import { type Begun, HUB_ACT_WRITES, type HubActName, type HubActs } from '../../../subgraphs/process/port.ts';
import { testDatabase } from '../../support/database.ts';
import { eventually } from '../../support/hub.ts';

const ownership = readOwnership(readFileSync(new URL('../../../schema/supergraph.graphql', import.meta.url), 'utf8'));

describe('what is declared', () => {
  const acts = Object.values(EFFECTS).flatMap((effects) => effects.flatMap((one) => ('act' in one ? [one] : [])));

  test('every effect acts for the system that owns all that its act writes, and writes something', () => {
    assert.ok(acts.length > 0);
    for (const { act, actsFor } of acts) {
      for (const field of HUB_ACT_WRITES[act]) {
        const owner = ownership.owners.get(field);
        assert.ok(owner, field);
        assert.equal(ownerAt(owner, new Set()).system, actsFor, `${act} writes ${field}`);
      }
    }
  });

  test('no effect can come back to itself: what its writes make systems tell leads to no effect that writes again', () => {
    /** What a system tells of a write of the act, where its echo were not recognised. */
    const TELLS: Record<HubActName, readonly EventName[]> = {
      followUp: ['CustomerChanged'],
      alignEntitlement: ['EntitlementChanged', 'CustomerChanged'],
    };
    const reachedFrom = (name: EventName, path: readonly string[]): void => {
      assert.ok(!path.includes(name), [...path, name].join(' -> '));
      for (const effect of EFFECTS[name] ?? []) {
        if ('act' in effect) for (const next of TELLS[effect.act]) reachedFrom(next, [...path, name]);
      }
    };
    for (const name of Object.keys(EVENTS) as EventName[]) reachedFrom(name, []);
  });

  test('docs/events.md lists every event with its owner, its version and what it does', () => {
    const text = readFileSync(new URL('../../../docs/events.md', import.meta.url), 'utf8');
    const rows = [...text.matchAll(/^\| `([A-Z]\w+)` \| (\w+) \| (\d+) \| ([^|]*) \| ([^|]*) \|$/gm)];
    assert.deepEqual(
      rows.map(([, name, owner, version, says, does]) => [name, owner, version, says, does]),
      Object.entries(EVENTS).map(([name, { owner, version, says }]) => {
        const does = (EFFECTS[name as EventName] ?? []).map((effect) => `\`${effect.name}\``);
        return [name, owner, String(version), says, does.join(', ') || '–'];
      }),
    );
  });
});

describe('doing it', () => {
  const clock = fixedClock('2027-01-31T08:15:00.000Z');
  let pool: Db;
  let db: Kysely<EffectTables & OutboxTables>;
  type Asked = { act: string; input: unknown; actsFor: string; key: string };
  let asked: Asked[] = [];
  let answer: (asked: Asked) => Begun = () => ({ kind: 'NOT_NEEDED', reason: 'not set' });
  let nr = 0;

  before(async () => {
    ({ db: pool } = await testDatabase());
    db = pool.withTables<EffectTables & OutboxTables>();
    await migrate(pool, OUTBOX_SCHEMA, outboxMigrations);
    await tell('PaymentFailed', { id: 'before-there-were-effects' });
    await (await open()).close();
  });
  beforeEach(() => {
    asked = [];
    answer = ({ key }) => ({ kind: 'STARTED', processId: `prc_${key}` });
  });

  const acts: HubActs = {
    begin: async (act, about) => {
      const one = { act, ...about };
      asked.push(one);
      return answer(one);
    },
  };
  const open = () =>
    openEffects({
      db: pool,
      acts,
      ports: { identity: { customers: async () => [null] } } as never,
      ownership,
      clock,
      log: silentLog,
    });
  /** @returns its id */
  async function tell(
    name: string,
    about: { id?: string; customer?: string | null; entity?: string; data?: object } = {},
  ): Promise<string> {
    nr += 1;
    const { id = `stripe:evt_${nr}`, customer = `C-${nr}`, entity = `invoice:in_${nr}` } = about;
    const event = {
      ...{ id, name, version: 1, subject: 'test', orderKey: `customer:${customer}`, correlationId: id },
      occurredAt: '2027-01-31T08:00:00.000Z',
      data: { system: 'BILLING', customerId: customer, entity, ...about.data },
    };
    await publish(db, [event]);
    return id;
  }
  const settled = (eventId: string) =>
    eventually(`${eventId} is settled`, async () => {
      const { rows } = await sql<{ state: string; reason: string | null; process_id: string | null; attempts: number }>`
        select state, reason, process_id, attempts from effect.effect where event_id = ${eventId}`.execute(db);
      return rows.length > 0 && rows.every(({ state }) => state !== 'DUE') && rows[0];
    });
  const withEffects = async (work: () => Promise<void>) => {
    const running = await open();
    await work().finally(() => running.close());
  };

  test('an event starts its act once, in the name of one system, under a key made of what it is about', async () => {
    await withEffects(async () => {
      const first = await tell('PaymentFailed', { customer: 'C-1', entity: 'invoice:in_once' });
      const { state, process_id } = await settled(first);
      assert.deepEqual([state, process_id], ['DONE', 'prc_PaymentFailed:invoice:in_once:follow-up']);
      const usage = { subscriptionId: 'sub_1', sku: 'API', thresholdPercent: 80, periodEndsOn: '2027-02-28' };
      await settled(await tell('UsageThresholdReached', { id: 'sub_1:80', customer: 'C-1', data: usage }));
    });
    assert.deepEqual(
      asked.map(({ act, actsFor, key }) => [act, actsFor, key]),
      [
        ['followUp', 'CRM', 'PaymentFailed:invoice:in_once:follow-up'],
        ['followUp', 'CRM', 'sub_1:80:follow-up'],
      ],
    );
    const { health, task } = (asked[1] as Asked).input as { health: unknown; task: { subject: string } };
    assert.deepEqual([health, task.subject], [null, 'Usage has reached 80%']);
  });

  test('what was told before there were effects has none', async () => {
    const { rows } = await sql`select 1 from effect.effect where event_id = 'before-there-were-effects'`.execute(db);
    assert.deepEqual(rows, []);
  });

  test('several processes on one database do each effect once', async () => {
    const running = await Promise.all([open(), open(), open()]);
    const ids = await Promise.all(Array.from({ length: 30 }, () => tell('PaymentFailed')));
    await Promise.all(ids.map(settled));
    await Promise.all(running.map((one) => one.close()));
    assert.equal(asked.length, 30);
  });

  test('a process of the hub has done already what it tells of; what names nobody has no effect', async () => {
    await withEffects(async () => {
      const own = await tell('SubscriptionAmended', { id: 'prc_1:SubscriptionAmended', entity: 'subscription:sub_1' });
      assert.deepEqual(
        [(await settled(own)).state, (await settled(own)).reason],
        ['NOT_NEEDED', 'its process has done it'],
      );
      const nobody = await tell('PaymentFailed', { customer: null });
      assert.equal((await settled(nobody)).state, 'NOT_NEEDED');
    });
    assert.deepEqual(asked, []);
  });

  test('a system that is away puts an effect off as long as it takes; those of other kinds and customers do not wait', async () => {
    let isAway = true;
    answer = ({ key }) => {
      if (isAway && key.includes('in_away')) throw new HubError('UNAVAILABLE', 'the CRM is away');
      return { kind: 'STARTED', processId: 'prc_1' };
    };
    await withEffects(async () => {
      const putOff = await tell('PaymentFailed', { customer: 'C-away', entity: 'invoice:in_away' });
      const behind = await tell('PaymentFailed', { customer: 'C-away', entity: 'invoice:in_behind' });
      await settled(await tell('SubscriptionAmended', { customer: 'C-away', entity: 'subscription:sub_2' }));
      await settled(await tell('PaymentFailed', { customer: 'C-other' }));
      for (let tries = 1; tries <= 8; tries += 1) {
        await eventually(
          `try ${tries}`,
          async () => asked.filter(({ key }) => key.includes('in_away')).length >= tries,
        );
        clock.advance(300_000);
      }
      assert.ok(!asked.some(({ key }) => key.includes('in_behind')), 'those of its own kind keep their order');
      isAway = false;
      await settled(putOff);
      await settled(behind);
    });
  });

  test('C44 what fails for another reason is parked with it after five tries, and what is behind it goes on', async () => {
    answer = ({ key }) => {
      if (key.includes('in_poison')) throw new HubError('NOT_OWNER', 'followUp writes what another owns');
      return { kind: 'STARTED', processId: 'prc_1' };
    };
    await withEffects(async () => {
      const poison = await tell('PaymentFailed', { customer: 'C-poison', entity: 'invoice:in_poison' });
      const behind = await tell('PaymentFailed', { customer: 'C-poison' });
      for (let tries = 1; tries <= 5; tries += 1) {
        await eventually(
          `try ${tries}`,
          async () => asked.filter(({ key }) => key.includes('in_poison')).length >= tries,
        );
        clock.advance(60_000);
      }
      const { state, reason, attempts } = await settled(poison);
      assert.deepEqual([state, reason, attempts], ['PARKED', 'followUp writes what another owns', 5]);
      assert.equal((await settled(behind)).state, 'DONE');
    });
  });

  test('while another process changes the same thing an effect waits for its end', async () => {
    let busy = 2;
    answer = () =>
      busy-- > 0 ? { kind: 'BUSY', reason: 'process prc_2 is changing it' } : { kind: 'STARTED', processId: 'prc_3' };
    await withEffects(async () => {
      const id = await tell('SubscriptionAmended', { entity: 'subscription:sub_3' });
      for (let tries = 1; tries <= 2; tries += 1) {
        await eventually(`try ${tries}`, async () => asked.length >= tries);
        clock.advance(60_000);
      }
      assert.equal((await settled(id)).process_id, 'prc_3');
    });
  });
});

describe('renewals that are due', () => {
  const clock = fixedClock('2027-01-31T08:15:00.000Z');
  const rules = { windowDays: 60, sweepHours: 24 } as const;
  const term = (nr: number, endsOn: string, runsOn = true) => ({
    subscriptionId: `sub_${nr}`,
    customerId: `cus_${nr}`,
    term: { startsOn: '2026-01-01', endsOn, runsOn },
  });
  /** Two pages, of which the second one is asked for by the cursor of the first. */
  const pages: Record<string, { entries: ReturnType<typeof term>[]; endCursor: string; hasMore: boolean }> = {
    start: {
      entries: [term(1, '2027-04-01'), term(2, '2027-04-02'), term(3, '2027-01-30')],
      endCursor: 'p1',
      hasMore: true,
    },
    p1: { entries: [term(4, '2027-01-31'), term(5, '2027-02-15', false)], endCursor: 'p2', hasMore: false },
  };
  let fails = 1;
  const asked: (string | null)[] = [];
  const billing = {
    agreedTerms: async ({ after }: { after: string | null }) => {
      asked.push(after);
      if (after === 'p1' && fails-- > 0) throw new HubError('UNAVAILABLE', 'billing is away');
      return pages[after ?? 'start'] as never;
    },
  };
  const identity = {
    byExternalId: async (keys: readonly { externalId: string }[]) =>
      keys.map(({ externalId }) => ({ id: `C-of-${externalId}` })) as never,
  };

  test('are told once for each term that ends in the window, also where the hub was stopped in between', async () => {
    const { db: pool } = await testDatabase();
    const db = pool.withTables<OutboxTables>();
    const open = () => keepRenewalsDue({ db: pool, billing, identity, ...rules, clock, log: silentLog });
    const told = async () =>
      (await readOutbox(db, { after: '0', first: 100 })).map(({ event: { subject, data } }) => [subject, data.endsOn]);
    const first = await open();
    await eventually('the second page failed', async () => asked.length === 2);
    await first.close();
    assert.deepEqual(
      await told(),
      [['customer/C-of-cus_1', '2027-04-01']],
      'not what is later, over, or ends with its term',
    );
    const others = await Promise.all([open(), open()]);
    clock.advance(60_000);
    await eventually('the sweep went on where it stood', async () => asked.length === 3 && asked[2] === 'p1');
    await eventually('the rest is told', async () => (await told()).length === 2);
    clock.advance(24 * 3_600_000);
    await eventually('it begins again on the next day', async () => asked.length === 5);
    await Promise.all(others.map((one) => one.close()));
    assert.deepEqual(await told(), [
      ['customer/C-of-cus_1', '2027-04-01'],
      ['customer/C-of-cus_4', '2027-01-31'],
      ['customer/C-of-cus_2', '2027-04-02'],
    ]);
  });
});
