import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { placesAfter } from '../../platform/saga/pace.ts';
import { testDatabase } from '../support/database.ts';
import { asking, stateOf, type TestEngine, testEngine } from './support/engine.ts';
import { createSystems } from './support/ledger.ts';

const LEAST = 4;

test('a process that is late leaves off runs, never all, and takes them up again when it has time', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.array(fc.boolean(), { maxLength: 50 }), (most, busy) => {
      let places = most;
      for (const late of busy) {
        const next = placesAfter(places, late ? 21 : 5, most);
        assert.ok(late ? next <= places : next >= places);
        assert.ok(next >= Math.min(LEAST, most) && next <= most);
        places = next;
      }
      for (let calm = 0; calm < most; calm += 1) places = placesAfter(places, 0, most);
      assert.equal(places, most);
    }),
  );
});

test('runs of a process that is busy begin a few at a time, and all come to their end', async () => {
  const { url } = await testDatabase();
  const begun = new Set<string>();
  const ended = new Set<string>();
  let atOnce: number[] = [];
  const busy: TestEngine = await testEngine(url, {
    probe: (point, step, runId) => {
      if (point === 'after-commit' && step === 'third') ended.add(runId);
      if (point !== 'before-intent') return;
      if (step === 'first' && !begun.has(runId)) {
        begun.add(runId);
        atOnce = [...atOnce, begun.size - ended.size];
      }
      for (const until = performance.now() + 30; performance.now() < until; ); // work that keeps others waiting
    },
  });
  await createSystems(busy.db);
  const start = (name: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, nr) => busy.engine.start(asking(`${name}-${nr}`))));
  const end = async (started: readonly { readonly id: string }[]) => {
    for (const { id } of started) {
      await busy.engine.wait(id, 60_000);
      assert.equal(await stateOf(busy.db, id), 'COMPLETED');
    }
  };
  const first = await start('first', 16);
  await end(first.slice(0, 1)); // nobody was free to do anything else meanwhile
  await end([...(await start('then', 8)), ...first]);
  const [peak, afterwards] = [Math.max(...atOnce), Math.max(...atOnce.slice(-8))];
  assert.ok(peak > LEAST, `as many as may, before it was busy: ${atOnce.join(' ')}`);
  // Without a pace as many as may are always at work; with one it goes up and down by one.
  assert.ok(afterwards < peak, `then fewer: ${atOnce.join(' ')}`);
});
