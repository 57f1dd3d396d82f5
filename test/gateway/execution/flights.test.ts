import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Flights } from '../../../gateway/execution/transports/flights.ts';

/** Reads that are answered when the test says so. */
function held() {
  const asked: { givenUp: boolean; answer: (text: string) => void; fail: (error: Error) => void }[] = [];
  const ask = () => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const one = { givenUp: false, answer: resolve, fail: reject };
    asked.push(one);
    const giveUp = () => {
      one.givenUp = true;
      reject(new Error('given up'));
    };
    return { answer: promise, giveUp };
  };
  return { asked, ask };
}
const late = () => new Error('late');
const patient = () => new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));

test('C12: twenty identical reads at once are one request, and each gets the answer', async () => {
  const flights = new Flights();
  const { asked, ask } = held();
  const reads = Array.from({ length: 20 }, () => flights.read('k', patient(), ask, late));
  assert.equal(asked.length, 1);
  asked[0]?.answer('text');
  assert.deepEqual(await Promise.all(reads), Array(20).fill('text'));
  const later = flights.read('k', patient(), ask, late);
  assert.equal(asked.length, 2, 'what has landed is not kept');
  asked[1]?.answer('newer');
  assert.equal(await later, 'newer');
});

test('C12: a first one that fails does not fail the others, which ask once more together', async () => {
  const flights = new Flights();
  const { asked, ask } = held();
  const reads = Array.from({ length: 3 }, () => flights.read('k', patient(), ask, late));
  const seen = Promise.allSettled(reads);
  asked[0]?.fail(new Error('refused'));
  await settled();
  assert.equal(asked.length, 2);
  asked[1]?.answer('text');
  const states = (await seen).map((result) => (result.status === 'fulfilled' ? result.value : 'failed'));
  assert.deepEqual(states, ['failed', 'text', 'text']);
});

test('Reads that differ in anything of their key are apart', async () => {
  const flights = new Flights();
  const { asked, ask } = held();
  const reads = ['a', 'b'].map((key) => flights.read(key, patient(), ask, late));
  assert.equal(asked.length, 2);
  asked[0]?.answer('A');
  asked[1]?.answer('B');
  assert.deepEqual(await Promise.all(reads), ['A', 'B']);
});

test('A read after a write does not join one from before it', async () => {
  const flights = new Flights();
  const { asked, ask } = held();
  const before = flights.read('k', patient(), ask, late);
  flights.wrote();
  const after = flights.read('k', patient(), ask, late);
  assert.equal(asked.length, 2);
  asked[1]?.answer('new');
  asked[0]?.answer('old');
  assert.deepEqual(await Promise.all([before, after]), ['old', 'new']);
});

test('Who leaves ends only its own wait; the last to leave ends the request', async () => {
  const flights = new Flights();
  const { asked, ask } = held();
  const [first, second] = [new AbortController(), new AbortController()];
  const reads = [first, second].map(({ signal }) => flights.read('k', signal, ask, late));
  const seen = Promise.allSettled(reads);
  first.abort(new Error('left'));
  await settled();
  assert.equal(asked[0]?.givenUp, false);
  second.abort(new Error('left'));
  await settled();
  assert.equal(asked[0]?.givenUp, true);
  assert.deepEqual(
    (await seen).map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  assert.equal(asked.length, 1, 'nobody waits, nobody asks again');
});
