import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { bounded } from '../../../subgraphs/billing/connectors/stripe/bounded.ts';

const { signal } = new AbortController();

/** Tasks that end when told, in a bound of one. */
function tasks() {
  const slots = bounded(1);
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const begin = (name: string, work?: 'BACKGROUND') =>
    slots.run(
      () => {
        begun.push(name);
        return new Promise<void>((end) => ends.set(name, end));
      },
      work === undefined ? { signal } : { signal, work },
    );
  const end = async (name: string) => {
    ends.get(name)?.();
    await turn();
  };
  return { begin, end, begun };
}

test('whoever waits for an answer goes before what is refreshed in the background', async () => {
  const { begin, end, begun } = tasks();
  void begin('first');
  for (const nr of [1, 2]) void begin(`refresh ${nr}`, 'BACKGROUND');
  for (const nr of [1, 2]) void begin(`read ${nr}`);
  for (const name of ['first', 'read 1', 'read 2', 'refresh 1']) await end(name);
  assert.deepEqual(begun, ['first', 'read 1', 'read 2', 'refresh 1', 'refresh 2']);
});

test('a turn that is handed on is not taken by somebody who comes just then', async () => {
  const { begin, end, begun } = tasks();
  void begin('first');
  void begin('second');
  const ending = end('first');
  void begin('third');
  await ending;
  assert.deepEqual(begun, ['first', 'second']);
});

test('who left while he waited never begins, and holds nobody up', async () => {
  const slots = bounded(1);
  const left = new AbortController();
  let end = () => {};
  const first = slots.run(() => new Promise<void>((done) => (end = done)), { signal });
  const second = slots.run(async () => assert.fail('it began'), { signal: left.signal });
  const third = slots.run(async () => 'third', { signal });
  left.abort(new Error('left'));
  end();
  await first;
  await assert.rejects(second, /left/);
  assert.equal(await third, 'third');
});
