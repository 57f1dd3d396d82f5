import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { InFlight } from '../../gateway/in-flight.ts';

test('what is in flight is told oldest first, and leaves once', () => {
  const inFlight = new InFlight<string>();
  const [first, second] = [inFlight.add('a'), inFlight.add('b')];
  inFlight.add('c');
  assert.deepEqual([inFlight.oldest, inFlight.all()], ['a', ['a', 'b', 'c']]);
  assert.deepEqual([second(), second(), inFlight.all()], [true, false, ['a', 'c']]);
  first();
  assert.equal(inFlight.oldest, 'c');
});

test('nothing of what has gone through outlives collections of the young', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options: { type: 'minor' | 'major' }) => void; // what the flag promises
  const oldBytes = () =>
    getHeapSpaceStatistics().reduce(
      (sum, { space_name, space_used_size }) => (space_name === 'old_space' ? sum + space_used_size : sum),
      0,
    );
  const inFlight = new InFlight<object>();
  const leave: (() => boolean)[] = [];
  collect({ type: 'major' });
  const before = oldBytes();
  for (let turn = 0; turn < 5_000; turn++) {
    leave[turn % 8]?.();
    leave[turn % 8] = inFlight.add(Array.from({ length: 100 }, (_, index) => ({ index }))); // 20 MB in all
    if (turn % 250 === 0) collect({ type: 'minor' });
  }
  assert.ok(oldBytes() - before < 1_000_000, `${oldBytes() - before} bytes are kept until a full collection`);
});
