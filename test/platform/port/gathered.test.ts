import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { gathered } from '../../../platform/port/gathered.ts';

/** Answers each key with itself and the number of the question. */
function counting(mostKeys = 100) {
  const questions: (readonly string[])[] = [];
  const ask = gathered(async (keys: readonly string[]) => {
    const nr = questions.push(keys);
    if (keys.includes('bad')) throw new Error('cannot be read');
    await turn();
    return keys.map((key) => `${key}${nr}`);
  }, mostKeys);
  return { ask, questions };
}

test('what is asked in one turn is one question, and each gets what it asked for', async () => {
  const { ask, questions } = counting();
  assert.deepEqual(await Promise.all([ask(['a', 'b']), ask([]), ask(['b']), ask(['c'])]), [
    ['a1', 'b1'],
    [],
    ['b1'],
    ['c1'],
  ]);
  assert.deepEqual(questions, [['a', 'b', 'b', 'c']]);
});

test('nobody is answered by a question that was on its way before', async () => {
  const { ask } = counting();
  const first = ask(['a']);
  await turn();
  assert.deepEqual(await ask(['a']), ['a2']);
  assert.deepEqual(await first, ['a1']);
});

test('a question has so many keys at most', async () => {
  const { ask, questions } = counting(3);
  const answers = await Promise.all([ask(['a', 'b']), ask(['c']), ask(['d', 'e']), ask(['f', 'g'])]);
  assert.deepEqual(answers, [['a1', 'b1'], ['c1'], ['d2', 'e2'], ['f3', 'g3']]);
  assert.deepEqual(questions, [
    ['a', 'b', 'c'],
    ['d', 'e'],
    ['f', 'g'],
  ]);
});

test('what fails, fails for all who asked together, and for nobody after', async () => {
  const { ask } = counting();
  const together = await Promise.allSettled([ask(['a']), ask(['bad'])]);
  assert.deepEqual(
    together.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.deepEqual(await ask(['a']), ['a2']);
});
