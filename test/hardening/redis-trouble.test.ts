/** What callers see when Redis fails: C31 to C33 of the hardening matrix, through two processes of the hub over one Redis. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { Redis } from 'ioredis';
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts';
import { eventually } from '../support/hub.ts';
import { redisMissing, startRedis, type TestRedis } from '../support/redis.ts';
import { type HubOfSources, ONE_OF, openHubOfSources, SECTIONS } from './hub-of-sources.ts';

const ROOM = {
  STRIPE_TIMEOUT_MS: '5000',
  NETSUITE_TIMEOUT_MS: '5000',
  ZENDESK_TIMEOUT_MS: '5000',
  SALESFORCE_TIMEOUT_MS: '5000',
};
/** Twelve may go at once: enough for two registers to be filled, and soon used up. */
const QUOTA = { SUPPORT_QUOTA: '60/h' };
const AT_ONCE = 12;

describe('two processes of the hub, when their Redis fails', { skip: redisMissing }, () => {
  let redis: TestRedis;
  let way: FaultProxy;
  let one: HubOfSources;
  let other: HubOfSources;
  const calls = () => SECTIONS.reduce((sum, { vendor }) => sum + one.calls(vendor), 0);
  const whole = async (hub: HubOfSources, id: string) => {
    const view = await hub.view(id);
    assert.deepEqual([view.status, view.errors], [200, []]);
    return view;
  };
  /** Both processes hear one another over Redis. */
  const together = () =>
    eventually(
      'what one keeps the other reads',
      async () => {
        await one.calm();
        await other.calm();
        const id = one.fresh();
        await whole(one, id);
        const before = calls();
        await whole(other, id);
        return calls() === before;
      },
      120_000, // on a busy machine Redis is often later than its deadline
    );

  before(async () => {
    redis = await startRedis();
    way = await faultProxy({ host: '127.0.0.1', port: redis.port });
    const redisUrl = `redis://127.0.0.1:${way.port}`;
    one = await openHubOfSources({ redisUrl, env: ROOM });
    other = await openHubOfSources({ redisUrl, env: ROOM, sandbox: one.sandbox, clock: one.clock });
  });
  beforeEach(() => together());
  after(async () => {
    await other.close();
    await one.close();
    await way.close();
    await redis.close();
  });

  test('C31 Redis goes away while reads go on: each process goes on by itself, and is joined again by itself', async () => {
    const ids = Array.from({ length: 4 }, () => one.fresh());
    for (const id of ids) await whole(one, id);
    await redis.kill();
    try {
      const before = calls();
      for (const id of ids) await whole(one, id);
      assert.equal(calls(), before, 'what a process has of its own it still has');
      for (const id of ids) await whole(other, id);
      assert.ok(calls() > before);
    } finally {
      await redis.start();
    }
    await together();
  });

  for (const [how, trouble, over] of [
    ['could not be told', () => way.refuse(), () => way.accept()],
    ['was too late to be told', () => way.freeze(), () => way.thaw()],
  ] as const) {
    test(`C31 an invalidation that Redis ${how} is told when it is back`, async () => {
      const id = one.fresh();
      await whole(one, id);
      await whole(other, id);
      trouble();
      await one.forget(id);
      over();
      await eventually('the other process asks anew', async () => {
        const before = one.calls('netsuite');
        await other.view(id, ONE_OF.ERP);
        return one.calls('netsuite') > before;
      });
    });
  }

  test('C32 Redis comes back empty: the systems are asked no more than twice as much as before', async () => {
    const ids = Array.from({ length: 6 }, () => one.fresh());
    const round = async () => {
      const before = calls();
      await Promise.all(ids.flatMap((id) => [whole(one, id), whole(one, id), whole(other, id)]));
      return calls() - before;
    };
    const cold = await round();
    await redis.kill();
    await redis.start();
    const empty = await round();
    assert.ok(empty <= cold * 2, `${empty} calls, ${cold} when nothing was kept at all`);
    assert.equal(await round(), 0, 'and then none: each process keeps what it read');
  });

  test('C32 Redis is full: reads go on, and each process keeps what it read', async () => {
    const admin = new Redis(redis.url);
    await admin.config('SET', 'maxmemory', '1');
    try {
      const ids = Array.from({ length: 3 }, () => one.fresh());
      for (const id of ids) await whole(one, id);
      const before = calls();
      for (const id of ids) await whole(one, id);
      assert.equal(calls(), before);
      for (const id of ids) await whole(other, id);
      assert.ok(calls() - before <= before * 2);
    } finally {
      await admin.config('SET', 'maxmemory', '0');
      admin.disconnect();
    }
  });

  test('C33 Redis stalls: it is skipped after its own deadline, and reads take less than 100 ms longer', async () => {
    const medianMs = async () => {
      const took: number[] = [];
      for (let nr = 0; nr < 15; nr += 1) {
        const id = one.fresh();
        const startedAt = performance.now();
        await whole(one, id);
        took.push(performance.now() - startedAt);
      }
      return took.sort((a, b) => a - b)[7] ?? 0;
    };
    const well = await medianMs();
    await one.calm();
    way.freeze();
    try {
      const stalled = await medianMs();
      assert.ok(stalled < well + 100, `${stalled.toFixed(0)} ms each, ${well.toFixed(0)} ms with a Redis that answers`);
    } finally {
      way.thaw();
    }
  });

  test('C31 a quota is counted by both processes together, and by each alone while Redis is away', async () => {
    const redisUrl = `redis://127.0.0.1:${way.port}`;
    const limited = await Promise.all(
      [1, 2].map(() =>
        openHubOfSources({ redisUrl, env: { ...ROOM, ...QUOTA }, sandbox: one.sandbox, clock: one.clock }),
      ),
    );
    const spend = async (hub: HubOfSources) => {
      const before = one.calls('zendesk');
      for (let nr = 0; nr < 8; nr += 1) await hub.view(hub.fresh(), ONE_OF.SUPPORT);
      return one.calls('zendesk') - before;
    };
    const [first, second] = limited as [HubOfSources, HubOfSources]; // two were opened
    try {
      await eventually('both count in Redis', async () =>
        (await redisKeys(redis)).some((key) => key.includes('SUPPORT')),
      );
      const granted = (await spend(first)) + (await spend(second));
      assert.ok(granted <= AT_ONCE, `${granted} of the ${AT_ONCE} that may go at once for both`);
      await redis.kill();
      const alone = await spend(first);
      assert.ok(alone <= AT_ONCE / 2, `${alone}: while Redis is away a process goes on with what it counted`);
    } finally {
      await redis.start();
      for (const hub of limited) await hub.close();
    }
  });

  test('C03 what one process was asked to wait for, the other waits for too', async () => {
    // Told in one command: on a busy machine Redis may be later than its deadline, so it is tried more than once.
    await eventually('the other has heard of it, and asks nothing', async () => {
      await one.calm();
      await other.calm();
      one.sandbox.addFault({ vendor: 'salesforce', kind: 'status', status: 429, body: '[]', retryAfter: '30' });
      const first = await one.view(one.fresh(), ONE_OF.CRM);
      one.sandbox.removeFaults();
      const before = one.calls('salesforce');
      const { errors } = await other.view(other.fresh(), ONE_OF.CRM);
      const codes = [first.errors[0], errors[0]].map((error) => error?.extensions.code);
      return codes.every((code) => code === 'SOURCE_THROTTLED') && one.calls('salesforce') === before;
    });
  });

  test('C03 what the feed of one process was asked to wait for, the other process waits for, and the reverse', async () => {
    const throttled = { vendor: 'salesforce', kind: 'status', status: 429, body: '[]', retryAfter: '30' } as const;
    const said = (poll: Promise<unknown>) =>
      poll.then(
        () => null,
        ({ code }: { code: string }) => code,
      );
    await eventually('the other has heard of it, and asks nothing', async () => {
      await one.calm();
      await other.calm();
      one.sandbox.addFault(throttled);
      const polled = await said(one.poll('CRM'));
      one.sandbox.removeFaults();
      const before = one.calls('salesforce');
      const { errors } = await other.view(other.fresh(), ONE_OF.CRM);
      return (
        polled === 'THROTTLED' &&
        errors[0]?.extensions.code === 'SOURCE_THROTTLED' &&
        one.calls('salesforce') === before
      );
    });
    await eventually('the feed has heard of it, and asks nothing', async () => {
      await one.calm();
      await other.calm();
      one.sandbox.addFault(throttled);
      await one.view(one.fresh(), ONE_OF.CRM);
      one.sandbox.removeFaults();
      await other.view(other.fresh(), ONE_OF.SUPPORT); // the word is on its way meanwhile
      const before = one.calls('salesforce');
      return (await said(other.poll('CRM'))) === 'THROTTLED' && one.calls('salesforce') === before;
    });
  });

  test('D05 a customer whom everybody reads is refreshed once for all who read it, and nobody waits', async () => {
    const id = one.fresh();
    await whole(one, id);
    await whole(other, id);
    const asked = one.calls('netsuite');
    await one.view(one.fresh(), ONE_OF.ERP);
    const costOfOne = one.calls('netsuite') - asked;
    one.clock.advance(70_000);
    const before = one.calls('netsuite');
    const views = await Promise.all(Array.from({ length: 20 }, (_, nr) => (nr % 2 ? one : other).view(id, ONE_OF.ERP)));
    assert.deepEqual(
      views.flatMap(({ errors }) => errors),
      [],
    );
    const states = new Set(views.map((view) => view.source('ERP')?.state));
    assert.ok(states.has('STALE') && !states.has('FRESH'), 'nobody waits for the system');
    await eventually('both show the new one', async () => {
      const states = await Promise.all(
        [one, other].map(async (hub) => (await hub.view(id, ONE_OF.ERP)).source('ERP')?.state),
      );
      return states.every((state) => state === 'CACHED');
    });
    const cost = one.calls('netsuite') - before;
    assert.ok(cost <= 2 * costOfOne, `${cost} calls: at most one refresh in each process, also where Redis is late`);
  });
});

async function redisKeys({ url }: TestRedis): Promise<string[]> {
  const client = new Redis(url);
  try {
    return await client.keys('concord:source:*');
  } finally {
    client.disconnect();
  }
}
