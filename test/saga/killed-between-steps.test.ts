import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { testDatabase } from '../support/database.ts';
import { startWorkerProcess } from './support/child.ts';
import type { Death } from './support/dying.ts';
import { asking, stateOf, type TestEngine, testEngine } from './support/engine.ts';
import { createSystems, effectsOf, STEPS, setTrouble, toldOf } from './support/ledger.ts';

const POINTS = ['before-intent', 'after-intent', 'after-answer', 'after-commit'] as const;
const UNDO_POINTS = ['after-intent', 'after-answer', 'after-commit'] as const;

let client: TestEngine;
let url: string;
before(async () => {
  ({ url } = await testDatabase());
  client = await testEngine(url, { role: 'client' });
  await createSystems(client.db);
});

/** Starts a run for each, and a worker that dies when each has come to its point. */
async function kill(at: readonly { key: string; point: string; step: string }[]): Promise<string[]> {
  const deaths: Death[] = [];
  for (const { key, ...death } of at) deaths.push({ runId: (await client.engine.start(asking(key))).id, ...death });
  assert.equal(await startWorkerProcess(url, 'mortal', deaths).ended, 'SIGKILL');
  return at.map(({ key }) => key);
}

async function finishAll(keys: readonly string[]): Promise<void> {
  const last = startWorkerProcess(url, 'mortal');
  try {
    await Promise.all(keys.map((key) => client.engine.wait(`prc_${key}`, 30_000)));
    await last.ready; // it works before it heeds signals
  } finally {
    last.process.kill('SIGTERM');
    assert.equal(await last.ended, null, 'a worker ends cleanly on SIGTERM');
  }
}

test('killed at any point of any step, a run goes on and has each effect once', { timeout: 120_000 }, async () => {
  const keys = await kill(STEPS.flatMap((step) => POINTS.map((point) => ({ key: `${step}-${point}`, point, step }))));
  await finishAll(keys);
  for (const key of keys) {
    assert.equal(await stateOf(client.db, `prc_${key}`), 'COMPLETED', key);
    const effects = await effectsOf(client.db, `prc_${key}`);
    assert.deepEqual(effects, { first: 'STANDS', second: 'STANDS', third: 'STANDS' }, key);
    const told = await toldOf(client.db, `prc_${key}`);
    assert.deepEqual(told, [`prc_${key}:CustomerChanged:customer:C-1`], 'the world is told once');
  }
});

test('killed while it is being undone, a run is undone to its end', { timeout: 120_000 }, async () => {
  await setTrouble(client.db, 'third', 'REFUSED');
  const keys = await kill(
    ['undo second', 'undo first'].flatMap((step) =>
      UNDO_POINTS.map((point) => ({ key: `${step.replace(' ', '-')}-${point}`, point, step })),
    ),
  );
  await finishAll(keys);
  for (const key of keys) {
    assert.equal(await stateOf(client.db, `prc_${key}`), 'COMPENSATED', key);
    assert.deepEqual(await effectsOf(client.db, `prc_${key}`), { first: 'UNDONE', second: 'UNDONE' }, key);
    assert.deepEqual(await toldOf(client.db, `prc_${key}`), [], 'the world never hears of it');
  }
});

test('another worker takes over what a dead one left', { timeout: 60_000 }, async () => {
  await setTrouble(client.db, 'third', 'REFUSED', 0);
  const other = startWorkerProcess(url, 'heir');
  await other.ready;
  const { id } = await client.engine.start(asking('inherited'));
  other.process.kill('SIGSTOP'); // so that the mortal one surely gets a run of its own
  try {
    const { id: left } = await client.engine.start(asking('left'));
    const mortal = startWorkerProcess(url, 'mortal', [{ runId: left, point: 'after-answer', step: 'second' }]);
    assert.equal(await mortal.ended, 'SIGKILL');
    other.process.kill('SIGCONT');
    await client.engine.wait(left, 30_000);
    await client.engine.wait(id, 30_000);
    for (const key of ['left', 'inherited']) {
      assert.equal(await stateOf(client.db, `prc_${key}`), 'COMPLETED', key);
      assert.deepEqual(
        await effectsOf(client.db, `prc_${key}`),
        { first: 'STANDS', second: 'STANDS', third: 'STANDS' },
        key,
      );
    }
  } finally {
    other.process.kill('SIGCONT');
    other.process.kill('SIGTERM');
    await other.ended;
  }
});
