import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { asking, stateOf } from '../saga/support/engine.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { accepted, createLedger, type Ground, ownDatabase, ownEngine, under } from './ground.ts';

let database: Awaited<ReturnType<typeof ownDatabase>>;
let ground: Ground;
const ledger = createLedger();
before(async () => {
  database = await ownDatabase();
  ground = await ownEngine(database.url, ledger);
});
after(async () => {
  await ground.close();
  await database.close();
});

const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
/** Every accepted run is there and has ended, with each effect under its key (I1, I2, I3). */
async function allCompleted({ db, engine }: Ground, ids: readonly string[]): Promise<void> {
  await Promise.all(ids.map((id) => engine.wait(id, 20_000)));
  for (const id of ids) {
    assert.equal(await stateOf(db, id), 'COMPLETED', id);
    for (const step of ['one', 'two', 'three']) assert.ok(ledger.effects.has(`${id}:${step}`), `${id} ${step}`);
  }
  const { rows } = await sql<{
    n: number;
  }>`select count(*)::int as n from process.run where id = any(${ids}::text[])`.execute(db);
  assert.equal(rows[0]?.n, new Set(ids).size);
}

for (const [what, signal] of [
  ['C34 PostgreSQL restarted (fast)', 'SIGINT'],
  ['C35 PostgreSQL killed', 'SIGKILL'],
] as const) {
  test(`${what} under 50 mutations a second: errors only ask to repeat, nothing acknowledged is lost, and it comes back by itself`, {
    timeout: 60_000,
  }, async () => {
    const { ids, refused } = await under(ground, what.slice(0, 3), 150, async () => {
      await later(1_000);
      database.signal(signal);
    });
    assert.ok(refused > 0, 'the trouble was felt');
    assert.equal(new Set(ids).size, 150);
    await allCompleted(ground, ids);
  });
}

test('C36 while PostgreSQL is away mutations are refused as to be repeated, none half accepted; what was under way goes on', {
  timeout: 60_000,
}, async () => {
  const url = new URL(database.url);
  const way = await faultProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(way.port);
  const apart = await ownEngine(url.href, ledger, { executorId: 'behind-a-proxy' });
  try {
    const { ids, refused } = await under(apart, 'C36', 100, async () => {
      await later(500);
      way.refuse();
      await later(4_000); // for the 60 s of the case
      way.accept();
    });
    assert.ok(refused > 0);
    await allCompleted(apart, ids);
  } finally {
    await apart.close();
    await way.close();
  }
});

test('C37 a connection lost between COMMIT and its answer: the caller repeats its key and finds the one process, which runs', {
  timeout: 60_000,
}, async () => {
  const url = new URL(database.url);
  const way = await faultProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(way.port);
  const apart = await ownEngine(url.href, ledger, { executorId: 'hushed' });
  try {
    for (const held of [true, false]) {
      const key = `C37-${held}`;
      // With something written beside it is a transaction of several statements; without, one statement commits by itself.
      const asked = { ...asking(key), ...(held && { alongside: async () => {} }) };
      await apart.engine.recall(asked); // a connection is open
      if (held) asked.alongside = async () => way.hush();
      else way.hush();
      const answer = accepted(apart.engine, asked);
      const there = async () =>
        (await ground.db.selectFrom('process.run').select('id').where('id', '=', `prc_${key}`).execute()).length > 0;
      if (!held) while (!(await there())) await later(10);
      else await later(300); // COMMIT was sent after `alongside`, or never will be
      way.refuse();
      assert.equal(await answer, null, 'told to repeat');
      way.accept();
      let id = null;
      while (id === null)
        id = await accepted(apart.engine, { ...asked, id: `prc_${key}-again`, alongside: async () => {} });
      const runs = await ground.db.selectFrom('process.run').select('id').where('idempotency_key', '=', key).execute();
      assert.deepEqual(runs, [{ id }], 'one process');
      await allCompleted(apart, [id]);
    }
  } finally {
    await apart.close();
    await way.close();
  }
});

test("C43 a hub whose clock is ten minutes off takes up, leases and schedules by the database's clock", {
  timeout: 60_000,
}, async () => {
  await ground.close();
  for (const off of [600_000, -600_000]) {
    const clock = { now: () => Date.now() + off };
    const skewed = await ownEngine(database.url, ledger, { executorId: `off-${off}`, clock });
    const right = await ownEngine(database.url, ledger, { executorId: `right-${off}` });
    const keys = Array.from({ length: 10 }, (_, nr) => `C43-${off}-${nr}`);
    await Promise.all(keys.map((key, nr) => (nr % 2 ? skewed : right).engine.start(asking(key))));
    await allCompleted(
      right,
      keys.map((key) => `prc_${key}`),
    );
    await skewed.engine.start({ ...asking(`C43-${off}-due`), notBefore: new Date(Date.now() - 1_000).toISOString() });
    await skewed.engine.start({
      ...asking(`C43-${off}-later`),
      notBefore: new Date(Date.now() + 300_000).toISOString(),
    });
    await allCompleted(right, [`prc_C43-${off}-due`]);
    assert.equal(await stateOf(right.db, `prc_C43-${off}-later`), 'SCHEDULED');
    const { rows } = await sql<{ n: number }>`select coalesce(max(takeovers), 0)::int as n from process.run`.execute(
      right.db,
    );
    assert.equal(rows[0]?.n, 0, 'nobody is taken for dead by another clock');
    await Promise.all([skewed.close(), right.close()]);
  }
  ground = await ownEngine(database.url, ledger);
});
