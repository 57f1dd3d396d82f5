import assert from 'node:assert/strict';
import { test } from 'node:test';
import { idOf, idsBelow, idsIn } from './case-ids.ts';

const TESTS = new URL('../..', import.meta.url).pathname;

/** Cases of each class in the hardening matrix that every change has to keep. */
const CLASSES = { A: 60, B: 40, C: 45 } as const;
/** Of class D what is no measurement of a whole machine; those are cases of `bench/load`. */
const LOAD = ['D05', 'D06', 'D11'];

/** Cases that no test names yet. Whoever writes the test takes its id out; none may ever be added. */
const STILL_TO_COME: readonly string[] = [];

const cases = [...Object.entries(CLASSES).flatMap(([letter, count]) => numbered(letter, count)), ...LOAD];

test('every case of the hardening matrix has a test whose name begins with its id', () => {
  const named = idsBelow(TESTS);
  const missing = cases.filter((id) => !named.has(id));
  assert.deepEqual(missing, STILL_TO_COME, 'cases without a test, and those that are known to have none');
});

test('no test names a case that the matrix does not have', () => {
  const known = new Set([...cases, ...numbered('D', 12)]);
  const unknown = [...idsBelow(TESTS)].filter(([id]) => !known.has(id));
  assert.deepEqual(unknown, []);
});

test('ids are read where a name begins, and nowhere else', () => {
  // Put together, so that this file does not itself name cases.
  const call = (name: string) => `${'te'}st(${name}, () => {})`;
  assert.deepEqual(idsIn(call("'A01 x'")), ['A01']);
  assert.deepEqual(idsIn(call('`A51 I7 x $' + '{way}`')), ['A51']);
  assert.deepEqual(idsIn(call("\n  'B02: x'")), ['B02']);
  assert.deepEqual(idsIn(call("'A48-A50 x'")), ['A48', 'A49', 'A50']);
  assert.deepEqual(idsIn(call("'A40 A44, A45: x'")), ['A40', 'A44', 'A45']);
  assert.deepEqual(idsIn("const CASES = {\n  'B02 directly': ['x'],\n"), ['B02']);
  assert.deepEqual(idsIn("\n  'A01',\n"), []);
  assert.deepEqual(idsIn(call("'as in A01'")), []);
  assert.deepEqual(idsIn('// A01 is tested elsewhere'), []);
});

function numbered(letter: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => idOf(letter, index + 1));
}
