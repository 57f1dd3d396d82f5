import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { keepPace, pacedGate, placesAfter } from '../../platform/saga/pace.ts';
import { testDatabase } from '../support/database.ts';
import { asking, stateOf, type TestEngine, testEngine } from './support/engine.ts';
import { createSystems } from './support/ledger.ts';

const LEAST = 4;

test('a process that is late or busy leaves off steps, never all, and takes them up again when it has time', () => {
  const calm = { lateMs: 5, busy: 0.5 };
  const strained = fc.constantFrom({ lateMs: 21, busy: 0.5 }, { lateMs: 5, busy: 0.9 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.array(fc.option(strained), { maxLength: 50 }), (most, strains) => {
      let places = most;
      for (const strain of strains) {
        const next = placesAfter(places, strain ?? calm, most);
        assert.ok(strain === null ? next >= places : next < places || next === 1);
        assert.ok(next >= 1 && next <= most);
        assert.equal(
          placesAfter(next, { lateMs: 5, busy: 0.8 }, most),
          next,
          'neither too busy nor with time to spare',
        );
        places = next;
      }
      for (let more = 0; more < most; more += 1) places = placesAfter(places, calm, most);
      assert.equal(places, most);
    }),
  );
});

const never = new AbortController().signal;
/** Keeps this process from all else, in pieces. */
async function toil(ms: number): Promise<void> {
  for (const until = performance.now() + ms; performance.now() < until; await setImmediate()) {
    for (const piece = performance.now() + 90; performance.now() < piece; );
  }
}

test('a process that is asked, and late, does one step at a time; one that waits for its vendor holds up no other', async () => {
  const pace = keepPace({ most: 8, waitedFor: () => true, more: () => {} });
  try {
    await toil(600);
    assert.equal(pace.runs, LEAST);
    const end = await pace.turn(never);
    let begun = false;
    const next = pace.turn(never).then((ends) => {
      begun = true;
      return ends;
    });
    const leaves = new AbortController();
    const left = pace.turn(leaves.signal);
    leaves.abort(new Error('it is cut off'));
    await assert.rejects(left, /cut off/);
    await toil(90);
    assert.equal(begun, false, 'there is one at work');
    end();
    end(); // says nothing new
    await next; // and is not ended: its vendor does not answer
    const third = pace.turn(never);
    await toil(400);
    (await third)();
  } finally {
    pace.stop();
  }
});

test('a process that nobody asks anything does all that it may, however late it is', async () => {
  const pace = keepPace({ most: 8, waitedFor: () => false, more: () => {} });
  try {
    await toil(600);
    assert.equal(pace.runs, 8);
    await Promise.all(Array.from({ length: 8 }, () => pace.turn(never)));
  } finally {
    pace.stop();
  }
});

test('a step that is cut off before this process has time for it leaves its system', async () => {
  let visits = 0;
  const gate = pacedGate(
    {
      enter: async () => {
        visits += 1;
        return () => {
          visits -= 1;
        };
      },
    },
    { runs: 1, turn: () => Promise.reject(new Error('it is cut off')), stop: () => {} },
  );
  await assert.rejects(gate.enter('ERP', { step: 'any', rank: 0, signal: never }), /cut off/);
  assert.equal(visits, 0);
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
