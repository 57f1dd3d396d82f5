import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, test } from 'node:test';
import { sql } from 'kysely';
import { claim, MOST_TAKEOVERS, parkUnknown, takeFrom } from '../../platform/saga/queue.ts';
import { testDatabase } from '../support/database.ts';
import { startWorkerProcess } from './support/child.ts';
import { asking, stateOf, type TestEngine, testEngine } from './support/engine.ts';
import { callsOf, createSystems, effectsOf, threeSteps } from './support/ledger.ts';

let client: TestEngine;
let url: string;
before(async () => {
  ({ url } = await testDatabase());
  client = await testEngine(url, { role: 'client' });
  await createSystems(client.db);
});
const ALL = { first: 'STANDS', second: 'STANDS', third: 'STANDS' };
const until = async (what: () => boolean | Promise<boolean>) => {
  while (!(await what())) await new Promise((resolve) => setTimeout(resolve, 20));
};

test('C41 a worker that is frozen past its lease is fenced: another one goes on, and the old one writes nothing more', {
  timeout: 60_000,
}, async () => {
  const { engine, db } = client;
  const { id } = await engine.start(asking('frozen'));
  const frozen = startWorkerProcess(url, 'frozen', [{ runId: id, point: 'after-answer', step: 'second' }], {
    file: new URL('./support/worker.ts', import.meta.url),
    env: { AT_POINT: 'freeze' },
  });
  try {
    await until(() => / T /.test(stat(frozen.process.pid))); // it stopped itself, with its effect made
    const heir = await testEngine(url, { executorId: 'heir' });
    await engine.wait(id, 20_000);
    assert.equal(await stateOf(db, id), 'COMPLETED');
    const audit = async () =>
      (await db.selectFrom('process.audit').select('event').where('run_id', '=', id).execute()).length;
    const said = await audit();
    const calls = await callsOf(db);
    await heir.close(); // from here on only the old one is there
    frozen.process.kill('SIGCONT');
    const { id: next } = await engine.start(asking('afterwards'));
    await engine.wait(next, 20_000);
    assert.equal(await stateOf(db, next), 'COMPLETED', 'it lives, and works again');
    assert.equal(await audit(), said, 'it wrote nothing of what it had lost');
    assert.deepEqual((await callsOf(db)).slice(0, calls.length), calls);
    assert.deepEqual(calls, ['first', 'second', 'second', 'third'], 'the step under way ran again, under its key');
    assert.deepEqual(await effectsOf(db, id), ALL);
  } finally {
    frozen.process.kill('SIGCONT');
    frozen.process.kill('SIGTERM');
    assert.equal(await frozen.ended, null);
  }
});

test('a worker that died is taken over within ten seconds, as workers beat in use', { timeout: 60_000 }, async () => {
  const { engine, db } = client;
  const { id } = await engine.start(asking('orphan'));
  const mortal = startWorkerProcess(url, 'mortal', [{ runId: id, point: 'after-intent', step: 'second' }]);
  assert.equal(await mortal.ended, 'SIGKILL');
  const died = Date.now();
  const heir = await testEngine(url, { executorId: 'slow-heir', takeoverMs: 2_000 });
  await engine.wait(id, 20_000);
  assert.equal(await stateOf(db, id), 'COMPLETED');
  assert.ok(Date.now() - died < 10_000, `after ${Date.now() - died} ms`);
  await heir.close();
});

test('C44 a run that its workers die of is parked after some takeovers without progress; others flow, and a retry counts anew', async () => {
  const { engine, db } = client;
  await engine.start(asking('poison'));
  await engine.start({ ...asking('behind'), work: 'BULK' });
  for (let death = 1; death <= MOST_TAKEOVERS; death += 1) {
    const [run] = await claim(db, `victim-${death}`, 1, [threeSteps.name]);
    assert.equal(run?.id, 'prc_poison');
    assert.equal(await takeFrom(db, `victim-${death}`, null), 1);
  }
  assert.equal(await stateOf(db, 'prc_poison'), 'EXCEPTION');
  const parked = await db
    .selectFrom('process.exception')
    .selectAll()
    .where('run_id', '=', 'prc_poison')
    .executeTakeFirstOrThrow();
  assert.match(parked.message, /5 times a worker died/);
  const worker = await testEngine(url, { executorId: 'survivor' });
  await engine.wait('prc_behind', 20_000);
  assert.equal(await stateOf(db, 'prc_behind'), 'COMPLETED');
  await engine.retry('prc_poison', 'olga');
  await engine.wait('prc_poison', 20_000);
  assert.equal(await stateOf(db, 'prc_poison'), 'COMPLETED');
  await worker.close();
});

test('a journal that this version does not understand waits for an operator instead of being done again under another name', async () => {
  const { engine, db } = client;
  await engine.start({ ...asking('renamed'), held: true });
  await sql`insert into process.step (run_id, name, system, position, state, attempts, in_doubt, started_at)
    values ('prc_renamed', 'first-under-its-old-name', 'ERP', 1, 'DONE', 1, false, now())`.execute(db);
  const before = await callsOf(db);
  const worker = await testEngine(url, { executorId: 'newer' });
  await engine.release('prc_renamed', 'olga', async () => {});
  await engine.wait('prc_renamed', 20_000);
  assert.equal(await stateOf(db, 'prc_renamed'), 'EXCEPTION');
  assert.deepEqual(await callsOf(db), before, 'nothing was done');
  const { message } = await db
    .selectFrom('process.exception')
    .select('message')
    .where('run_id', '=', 'prc_renamed')
    .executeTakeFirstOrThrow();
  assert.match(message, /does not know its step first-under-its-old-name/);
  await worker.close();
});

test('an act that no worker knows is left to a newer one for a while, and then waits for an operator', async () => {
  const { engine, db } = client;
  await engine.start({ ...asking('newer-act'), kind: 'of-the-next-version' });
  const worker = await testEngine(url, { executorId: 'older' });
  await engine.start(asking('known'));
  await engine.wait('prc_known', 20_000);
  assert.equal(await stateOf(db, 'prc_newer-act'), 'ACCEPTED');
  await sql`update process.run set due_at = now() - interval '11 minutes' where id = 'prc_newer-act'`.execute(db);
  await until(async () => (await stateOf(db, 'prc_newer-act')) === 'EXCEPTION');
  assert.equal(await parkUnknown(db, [threeSteps.name]), 0);
  await worker.close();
});

/** The line of the kernel about a process; its third word is `T` while it is stopped. */
const stat = (pid: number | undefined): string => {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return '';
  }
};
