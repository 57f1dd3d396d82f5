import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { endingWith } from '../../platform/ending-with.ts';

test('it ends with the other signal, by its reason', () => {
  const other = new AbortController();
  const { signal } = endingWith(other.signal);
  other.abort('over');
  assert.deepEqual([signal.aborted, signal.reason], [true, 'over']);
  assert.equal(endingWith(other.signal).signal.reason, 'over');
});

test('it ends by itself, and leaves the other as it is', () => {
  const other = new AbortController();
  const { signal, end } = endingWith(other.signal);
  end('alone');
  assert.deepEqual([signal.reason, other.signal.aborted], ['alone', false]);
});

test('released it ends no more with the other, and keeps nothing there', () => {
  const other = new AbortController();
  const { signal, release } = endingWith(other.signal);
  release();
  assert.deepEqual(getEventListeners(other.signal, 'abort'), []);
  other.abort();
  assert.equal(signal.aborted, false);
});
