import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { Acceptance } from '../../platform/saga/accept.ts';
import { createShards, type Shard, type Shards, shardsText } from '../../platform/saga/shards.ts';
import { testDatabase } from '../support/database.ts';
import { startWorkerProcess } from './support/child.ts';
import { asking, stateOf, testEngine } from './support/engine.ts';
import { createSystems, effectsOf } from './support/ledger.ts';

let shards: Shards;
const all: (Shard & { url: string })[] = [];
before(async () => {
  for (const name of ['north', 'south']) {
    const { url } = await testDatabase();
    const { engine, db } = await testEngine(url, { role: 'client' });
    await createSystems(db);
    all.push({ name, engine, db, url, takesNew: true });
  }
  shards = createShards(home(), all);
});
const home = () => (all[0] as Shard).db;
const of = (customerId: string, key: string): Acceptance => ({ ...asking(key), attributes: { customerId } });
const customers = Array.from({ length: 12 }, (_, nr) => `C-${nr}`);

test("each run lives and is executed on the database of its customer, by that database's worker; lists fan out", {
  timeout: 60_000,
}, async () => {
  const workers = all.map(({ url, name }) => startWorkerProcess(url, `worker-${name}`));
  try {
    for (const customerId of customers) await shards.start(of(customerId, `run-${customerId}`));
    for (const customerId of customers) await shards.wait(`prc_run-${customerId}`, 20_000);
    for (const customerId of customers) {
      const { name, db } = await shards.of(customerId);
      assert.equal(await stateOf(db, `prc_run-${customerId}`), 'COMPLETED');
      assert.deepEqual(await effectsOf(db, `prc_run-${customerId}`), {
        first: 'STANDS',
        second: 'STANDS',
        third: 'STANDS',
      });
      for (const other of all.filter((one) => one.name !== name)) {
        assert.deepEqual(await effectsOf(other.db, `prc_run-${customerId}`), {}, 'nothing of it elsewhere');
      }
    }
    assert.equal(
      new Set(await Promise.all(customers.map(async (one) => (await shards.of(one)).name))).size,
      2,
      'both are used',
    );
    const newest = await shards.list(
      ({ db }) => db.selectFrom('process.run').select('id').orderBy('id', 'desc').limit(5).execute(),
      5,
      ({ id }) => id,
    );
    const sorted = customers
      .map((one) => `prc_run-${one}`)
      .sort()
      .reverse();
    assert.deepEqual(
      newest.map(({ id }) => id),
      sorted.slice(0, 5),
    );
    await Promise.all(workers.map(({ ready }) => ready));
  } finally {
    for (const worker of workers) worker.process.kill('SIGTERM');
    for (const worker of workers) assert.equal(await worker.ended, null);
  }
});

test('a key is one run over all databases, and what is asked by run is found wherever it is', async () => {
  const [one = ''] = customers;
  assert.equal(await shards.recall(of(one, `run-${one}`)), `prc_run-${one}`);
  assert.equal((await shards.start(of(one, `run-${one}`))).kind, 'REPLAYED');
  await assert.rejects(shards.recall({ ...of(one, `run-${one}`), said: { n: 2 } }), {
    reason: 'IDEMPOTENCY_KEY_REUSED',
  });
  await assert.rejects(shards.retry(`prc_run-${one}`, 'olga'), { code: 'CONFLICT' });
  await assert.rejects(shards.retry('prc_unknown', 'olga'), { code: 'NOT_FOUND' });
});

test('a customer stays where it is when databases are added or closed to new ones; new ones go where there is room', async () => {
  const before = await Promise.all(customers.map(async (one) => (await shards.of(one)).name));
  const third = { ...(all[1] as Shard), name: 'third' };
  const wider = createShards(home(), [...all.map((shard) => ({ ...shard, takesNew: false })), third]);
  assert.deepEqual(await Promise.all(customers.map(async (one) => (await wider.of(one)).name)), before);
  assert.equal((await wider.of('C-new')).name, 'third');
  await assert.rejects(createShards(home(), [third]).of(customers[before.indexOf('south')] ?? ''), /lives on south/);
});

test('a map of databases that makes no sense is refused with what would be right', () => {
  assert.deepEqual(shardsText.parse('a=postgres://h/a,-b=postgres://h/b'), [
    { name: 'a', url: 'postgres://h/a', takesNew: true },
    { name: 'b', url: 'postgres://h/b', takesNew: false },
  ]);
  for (const wrong of [
    'a',
    'a=mysql://h/a',
    'A=postgres://h/a',
    'a=postgres://h/a,a=postgres://h/b',
    '-a=postgres://h/a',
  ]) {
    assert.match(shardsText.safeParse(wrong).error?.message ?? '', /must be like north=/, wrong);
  }
});
