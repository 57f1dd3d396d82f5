import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sql } from 'kysely';
import { systemClock } from '../../platform/clock.ts';
import { silentLog } from '../../platform/log.ts';
import type { Acceptance } from '../../platform/saga/accept.ts';
import { closeSystem, closures, openSystem } from '../../platform/saga/closures.ts';
import { createSagaEngine, type SagaEngine } from '../../platform/saga/engine.ts';
import { limitsText } from '../../platform/saga/limits.ts';
import { type Attempt, saga, stepsIn } from '../../platform/saga/saga.ts';
import { createSystemGate, type SystemLimit } from '../../platform/saga/system-gate.ts';
import { opensAt, type Windows, windowsText } from '../../platform/saga/windows.ts';
import { closeBeforeDatabase, testDatabase } from '../support/database.ts';
import { asking, QUICK, stateOf, testEngine } from './support/engine.ts';

let url: string;
let db: Awaited<ReturnType<typeof testEngine>>['db'];
before(async () => {
  ({ url } = await testDatabase());
  ({ db } = await testEngine(url, { role: 'client' }));
});

/** What a system sees: how many are there at once, in which order they came, and when. */
const seen = { there: 0, most: 0, order: [] as string[], at: [] as number[], busy: Promise.resolve() };
const saw = () => Object.assign(seen, { there: 0, most: 0, order: [], at: [] });
const visit = stepsIn<Attempt>()({
  name: 'visit',
  owner: 'ERP',
  do: async ({ runId }) => {
    seen.there += 1;
    seen.most = Math.max(seen.most, seen.there);
    seen.order.push(runId);
    seen.at.push(performance.now());
    await seen.busy;
    await new Promise((resolve) => setTimeout(resolve, 15)); // what a system takes
    seen.there -= 1;
    return null;
  },
  undo: async () => {},
});
const visiting = saga<Attempt, null, null>({
  name: 'visiting',
  steps: [visit],
  run: async (run) => run.step(visit, null),
});

/** A worker with a gate of its own on the one database. */
async function worker(
  executorId: string,
  limits: Readonly<Record<string, SystemLimit>>,
  windows: Windows = {},
): Promise<SagaEngine> {
  const engine = await createSagaEngine({
    databaseUrl: url,
    db,
    executorId,
    role: 'worker',
    sagas: [visiting],
    contextFor: (attempt) => attempt,
    clock: systemClock,
    log: silentLog,
    retry: QUICK,
    pollMs: 20,
    takeoverMs: 200,
    gate: await createSystemGate({ db, worker: executorId, limits, windows, clock: systemClock }),
  });
  closeBeforeDatabase(() => engine.close());
  return engine;
}
const visitOf = (key: string): Acceptance => ({ ...asking(key), kind: 'visiting', input: null });

test('all workers together send a system no more steps at once than it takes, and each of them gets its turn', async () => {
  saw();
  const limits = { ERP: { atOnce: 3 } };
  const workers = await Promise.all([worker('gate-1', limits), worker('gate-2', limits)]);
  const keys = Array.from({ length: 40 }, (_, nr) => `cap-${nr}`);
  await Promise.all(keys.map((key, nr) => workers[nr % 2]?.start(visitOf(key))));
  await Promise.all(keys.map((key) => workers[0]?.wait(`prc_${key}`, 20_000)));
  for (const key of keys) assert.equal(await stateOf(db, `prc_${key}`), 'COMPLETED', key);
  assert.equal(seen.most, 3);
  assert.equal(new Set(seen.order).size, 40, 'each once');
  await Promise.all(workers.map((one) => one.close()));
});

test('what somebody waits for is sent before what nobody waits for', async () => {
  saw();
  const one = await worker('gate-3', { ERP: { atOnce: 1 } });
  let done = () => {};
  seen.busy = new Promise((resolve) => {
    done = resolve;
  });
  await Promise.all([1, 2, 3, 4, 5].map((nr) => one.start({ ...visitOf(`bulk-${nr}`), work: 'BULK' })));
  await one.start(visitOf('urgent'));
  // It queues up once it has asked whether the system is closed; the first of the others is there until then.
  for (let asked = 0; asked < 50; asked += 1) await sql`select 1`.execute(db);
  done();
  await Promise.all([1, 2, 3, 4, 5].map((nr) => one.wait(`prc_bulk-${nr}`, 20_000)));
  assert.ok(seen.order.indexOf('prc_urgent') <= 1, `behind the one that was there: ${seen.order}`);
  await one.close();
});

test('a system is sent so many steps per second, however many wait', async () => {
  saw();
  const limits = { ERP: { perSecond: 20 } };
  const workers = await Promise.all([worker('gate-4', limits), worker('gate-5', limits)]);
  const keys = Array.from({ length: 10 }, (_, nr) => `pace-${nr}`);
  await Promise.all(keys.map((key, nr) => workers[nr % 2]?.start(visitOf(key))));
  await Promise.all(keys.map((key) => workers[0]?.wait(`prc_${key}`, 20_000)));
  const took = (seen.at.at(-1) ?? 0) - (seen.at[0] ?? 0);
  assert.ok(took >= 9 * 50 - 60, `nine turns of 50 ms took ${took}`); // never faster; slower is the machine
  await Promise.all(workers.map((one) => one.close()));
});

test('while a system is closed its steps are put away with the promised time, and the act is accepted all the same', async () => {
  saw();
  const one = await worker('gate-6', {});
  const until = new Date(Date.now() + 3_600_000).toISOString();
  const id = 'closed for an upgrade';
  await closeSystem(db, {
    id,
    system: 'ERP',
    step: null,
    from: new Date(Date.now() - 1_000).toISOString(),
    until,
    reason: 'upgrade',
    by: 'olga',
  });
  assert.deepEqual(await closures(db), [
    { ...(await closures(db))[0], id, system: 'ERP', step: null, until, reason: 'upgrade', by: 'olga' },
  ]);
  assert.equal((await one.start(visitOf('closed'))).kind, 'STARTED');
  const run = () => db.selectFrom('process.run').selectAll().where('id', '=', 'prc_closed').executeTakeFirstOrThrow();
  for (let state = ''; state !== 'WAITING'; { state } = await run()) await new Promise((r) => setTimeout(r, 10));
  const waits = await run();
  assert.equal(waits.due_at?.toISOString(), until);
  assert.equal(waits.owner, null, 'no memory is held for it');
  assert.deepEqual(seen.order, []);
  await openSystem(db, id);
  await one.wait('prc_closed', 20_000);
  assert.equal(await stateOf(db, 'prc_closed'), 'COMPLETED');
  await assert.rejects(openSystem(db, id), { code: 'NOT_FOUND' });
  await assert.rejects(closeSystem(db, { id, system: 'ERP', step: null, from: until, until, reason: 'x', by: 'y' }), {
    code: 'INVALID',
  });
  await one.close();
});

test('outside its posting window a system takes nothing; the promise is the next opening, in its own zone', async () => {
  saw();
  const windows = windowsText.parse('ERP=Mon-Fri 06:00-22:00 Europe/Berlin');
  for (const [now, opens] of [
    ['2026-11-20T20:59:00Z', null], // Friday, 21:59 in Berlin
    ['2026-11-20T21:00:00Z', '2026-11-23T05:00:00.000Z'], // closed until Monday 06:00
    ['2026-03-29T04:01:00Z', '2026-03-30T04:00:00.000Z'], // Sunday on which the clocks go forward
    ['2026-11-23T05:00:00Z', null],
  ] as const) {
    assert.equal(opensAt(windows, 'ERP', Date.parse(now))?.until ?? null, opens, now);
  }
  assert.equal(opensAt(windows, 'BILLING', Date.now()), null);
});

test('settings of systems that make no sense are refused with what would be right', () => {
  assert.deepEqual(limitsText.parse('ERP=8@20/s, BILLING=16, CRM=5/s'), {
    ERP: { atOnce: 8, perSecond: 20 },
    BILLING: { atOnce: 16 },
    CRM: { perSecond: 5 },
  });
  for (const wrong of ['ERP', 'ERP=0', 'ERP=-1', 'erp=4', 'ERP=4@0/s', 'ERP=4/m']) {
    assert.match(limitsText.safeParse(wrong).error?.message ?? '', /must be like ERP=8@20\/s/, wrong);
  }
  for (const wrong of [
    'ERP=Mon 06:00-22:00 UTC',
    'ERP=Mon-Fri 22:00-06:00 UTC',
    'ERP=Fri-Mon 06:00-22:00 UTC',
    'ERP=Mon-Fri 06:00-25:00 UTC',
    'ERP=Mon-Fri 06:00-22:00 Mars/Base',
    'ERP=Mon-Fri 06:05-22:00 UTC',
  ]) {
    assert.match(windowsText.safeParse(wrong).error?.message ?? '', /must be like ERP=Mon-Fri/, wrong);
  }
});

test('what is scheduled is a row that waits, and is executed from its time on', async () => {
  saw();
  const one = await worker('gate-7', {});
  await one.start({ ...visitOf('later'), notBefore: new Date(Date.now() + 3_600_000).toISOString() });
  await one.start({ ...visitOf('now'), notBefore: new Date(Date.now() - 1_000).toISOString() });
  await one.wait('prc_now', 20_000);
  assert.equal(await stateOf(db, 'prc_now'), 'COMPLETED');
  assert.equal(await stateOf(db, 'prc_later'), 'SCHEDULED');
  await sql`update process.run set due_at = now() where id = 'prc_later'`.execute(db);
  await one.wait('prc_later', 20_000);
  assert.equal(await stateOf(db, 'prc_later'), 'COMPLETED');
  await one.close();
});
