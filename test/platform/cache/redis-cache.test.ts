import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Redis } from 'ioredis';
import { createCache } from '../../../platform/cache/create-cache.ts';
import type { RecordCache } from '../../../platform/cache/record-cache.ts';
import { systemClock } from '../../../platform/clock.ts';
import { silentLog } from '../../../platform/log.ts';
import { redisMissing, startRedis, type TestRedis } from '../../support/redis.ts';

describe('the record cache on a real Redis', { skip: redisMissing }, () => {
  let server: TestRedis;
  let one: RecordCache;
  let other: RecordCache;
  const open = () => createCache({ redisUrl: server.url, clock: systemClock, log: silentLog });
  const record = (value: unknown, subject = 'ERP:customer:1') => ({ value, storedAt: Date.now(), subject });
  const read = async (cache: RecordCache, key: string) => (await cache.get([key]))[0]?.value;

  /** Resolves once the condition holds; fails after five seconds. */
  async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
    for (const end = Date.now() + 5_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 10))) {
      if (await condition()) return;
    }
    assert.fail(`never came true: ${what}`);
  }

  before(async () => {
    server = await startRedis();
    one = open();
    other = open();
    await until(async () => {
      await one.set([{ key: 'ready', record: record(1, 'ready'), keepSeconds: 60 }], Date.now());
      return (await read(other, 'ready')) === 1;
    }, 'both are connected');
  });
  after(async () => {
    await one.close();
    await other.close();
    await server.close();
  });

  test('what one process keeps, another reads, money included', async () => {
    await one.set(
      [{ key: 'a', record: record({ balance: { minor: 12345678901234567890n, currency: 'EUR' } }), keepSeconds: 60 }],
      Date.now(),
    );
    assert.deepEqual(await read(other, 'a'), { balance: { minor: 12345678901234567890n, currency: 'EUR' } });
  });

  test('what one process forgets, all forget, in both levels', async () => {
    await one.set([{ key: 'b', record: record('old', 'ERP:customer:2'), keepSeconds: 60 }], Date.now());
    assert.equal(await read(other, 'b'), 'old');
    await one.forget(['ERP:customer:2']);
    assert.equal(await read(one, 'b'), undefined);
    await until(async () => (await read(other, 'b')) === undefined, 'the other process forgot');
  });

  test('a read that began before another process forgot does not bring the old value back', async () => {
    const readAt = Date.now() - 1;
    await one.forget(['ERP:customer:3']);
    await other.set([{ key: 'c', record: record('old', 'ERP:customer:3'), keepSeconds: 60 }], readAt);
    const third = open();
    await until(async () => (await read(third, 'ready')) === 1, 'the third is connected');
    assert.equal(await read(third, 'c'), undefined);
    await third.close();
  });

  test('D05 of many processes that want to refresh a record one may', async () => {
    const wanted = ['r1', 'r2', 'r3'];
    const [mine, others] = await Promise.all([one.claim(wanted, 5_000), other.claim(wanted, 5_000)]);
    assert.deepEqual([...mine, ...others].sort(), wanted);
    assert.deepEqual(await one.claim(wanted, 5_000), []);
  });

  test('a younger record of another process takes the place of an own one that is too old', async () => {
    const old = { ...record('old', 'ERP:customer:7'), storedAt: Date.now() - 60_000 };
    await one.set([{ key: 'y', record: old, keepSeconds: 600 }], Date.now());
    await other.set([{ key: 'y', record: record('new', 'ERP:customer:7'), keepSeconds: 600 }], Date.now());
    const [kept] = await one.get(['y'], ({ storedAt }) => Date.now() - storedAt < 30_000);
    assert.equal(kept?.value, 'new');
  });

  test('without Redis the memory level goes on, and nothing waits', async () => {
    await one.set([{ key: 'd', record: record('near'), keepSeconds: 60 }], Date.now());
    await server.kill();
    const startedAt = performance.now();
    for (let i = 0; i < 20; i += 1) await one.get(['missing']);
    await one.set([{ key: 'e', record: record('kept'), keepSeconds: 60 }], Date.now());
    assert.equal(await read(one, 'e'), 'kept');
    assert.ok(performance.now() - startedAt < 20 * 60, 'each command gives up within its own deadline');
    await server.start();
    await until(async () => {
      await one.set([{ key: 'f', record: record('again', 'ERP:customer:9'), keepSeconds: 60 }], Date.now());
      return (await read(other, 'f')) === 'again';
    }, 'both are connected again');
  });

  test('a full Redis is as if nothing were kept', async () => {
    const admin = new Redis(server.url);
    await admin.config('SET', 'maxmemory', '1');
    await one.set([{ key: 'g', record: record('big'), keepSeconds: 60 }], Date.now());
    assert.equal(await read(one, 'g'), 'big');
    assert.equal(await read(other, 'g'), undefined);
    await admin.config('SET', 'maxmemory', '0');
    admin.disconnect();
  });
});
