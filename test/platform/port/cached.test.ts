import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryCache } from '../../../platform/cache/memory-cache.ts';
import type { Call, SourceNote, WriteCall } from '../../../platform/call.ts';
import { fixedClock } from '../../../platform/clock.ts';
import { HubError } from '../../../platform/errors.ts';
import { cached } from '../../../platform/port/cached.ts';
import type { MethodsOf } from '../../../platform/port/methods.ts';

interface Port {
  things(ids: readonly string[], call: Call): Promise<readonly (string | null)[]>;
  change(change: { id: string }, call: WriteCall): Promise<void>;
}

const METHODS = {
  things: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (id: string) => `thing:${id}`,
    customer: 'NONE',
  },
  change: { kind: 'write', touches: ({ id }: { id: string }) => [`thing:${id}`] },
} satisfies MethodsOf<Port>;

function setUp() {
  const clock = fixedClock('2027-01-01T00:00:00Z');
  const asked: string[][] = [];
  const state = { version: 1, fails: false, answer: Promise.resolve() };
  const port: Port = {
    things: async (ids) => {
      asked.push([...ids]);
      const { version } = state;
      await state.answer;
      if (state.fails) throw new HubError('UNAVAILABLE', 'down', { system: 'ERP' });
      return ids.map((id) => (id === 'none' ? null : `${id}@${version}`));
    },
    change: async () => {
      state.version += 1;
    },
  };
  const notes: SourceNote[] = [];
  const call = (more: Partial<Call> = {}): WriteCall => ({
    correlationId: 'c',
    signal: new AbortController().signal,
    note: (note) => notes.push(note),
    key: 'k',
    actingFor: 'ERP',
    ...more,
  });
  const wrapped = cached(port, METHODS, { system: 'ERP', cache: createMemoryCache({ clock }), clock });
  return { clock, asked, state, notes, call, port: wrapped };
}

test('a value is served from the cache until its age is over', async () => {
  const { port, asked, clock, call, notes } = setUp();
  assert.deepEqual(await port.things(['a', 'none'], call()), ['a@1', null]);
  clock.advance(60_000);
  assert.deepEqual(await port.things(['a', 'none'], call()), ['a@1', null]);
  assert.equal(notes.at(-1)?.state, 'CACHED');
  clock.advance(1);
  await port.things(['a'], call());
  assert.deepEqual(asked, [['a', 'none'], ['a']]);
});

test('only the keys that are missing go over the wire, and answers keep the order asked', async () => {
  const { port, asked, call } = setUp();
  await port.things(['b'], call());
  assert.deepEqual(await port.things(['a', 'b', 'c'], call()), ['a@1', 'b@1', 'c@1']);
  assert.deepEqual(asked, [['b'], ['a', 'c']]);
});

test('twenty reads at once of one key make one request', async () => {
  const { port, asked, call } = setUp();
  const answers = await Promise.all(Array.from({ length: 20 }, () => port.things(['a'], call())));
  assert.equal(asked.length, 1);
  for (const answer of answers) assert.deepEqual(answer, ['a@1']);
});

test('when the one who asked first leaves, the others ask again', async () => {
  const { port, asked, call, state } = setUp();
  const leader = new AbortController();
  const gate = Promise.withResolvers<void>();
  state.answer = gate.promise;
  const first = port.things(['a'], call({ signal: leader.signal }));
  await new Promise(setImmediate); // the first has asked
  const second = port.things(['a'], call());
  await new Promise(setImmediate); // the second has joined
  leader.abort();
  gate.reject(new HubError('TIMEOUT', 'left', { system: 'ERP' }));
  state.answer = Promise.resolve();
  await assert.rejects(first, { code: 'TIMEOUT' });
  assert.deepEqual(await second, ['a@1']);
  assert.equal(asked.length, 2);
});

test('a write makes the hub read again what it touched, and nothing else', async () => {
  const { port, asked, call } = setUp();
  await port.things(['a', 'b'], call());
  await port.change({ id: 'a' }, call());
  assert.deepEqual(await port.things(['a', 'b'], call()), ['a@2', 'b@1']);
  assert.deepEqual(asked, [['a', 'b'], ['a']]);
});

test('a read that began before a write does not bring the old value back', async () => {
  const { port, call, state } = setUp();
  const gate = Promise.withResolvers<void>();
  state.answer = gate.promise;
  const old = port.things(['a'], call());
  await new Promise(setImmediate);
  await port.change({ id: 'a' }, call());
  gate.resolve();
  assert.deepEqual(await old, ['a@1']);
  assert.deepEqual(await port.things(['a'], call()), ['a@2']);
});

test('while the system is down the last good value stands in, marked stale, for ten minutes and no longer', async () => {
  const { port, clock, call, state, notes } = setUp();
  await port.things(['a'], call());
  state.fails = true;
  clock.advance(5 * 60_000);
  assert.deepEqual(await port.things(['a'], call()), ['a@1']);
  assert.deepEqual(notes.at(-1), { system: 'ERP', state: 'STALE', asOf: '2027-01-01T00:00:00.000Z', calls: 1 });
  clock.advance(10 * 60_000);
  await assert.rejects(port.things(['a'], call()), { code: 'UNAVAILABLE' });
  assert.equal(notes.at(-1)?.state, 'UNAVAILABLE');
});

test('in a mixed batch a failed key answers with its error and the known ones with their values', async () => {
  const { port, call, state } = setUp();
  await port.things(['a'], call());
  state.fails = true;
  const [known, lost] = await port.things(['a', 'b'], call());
  assert.equal(known, 'a@1');
  assert.equal((lost as unknown as HubError).code, 'UNAVAILABLE');
});

test('a call that asks for fresh values goes past the cache and rejects when the system is down', async () => {
  const { port, asked, call, state } = setUp();
  await port.things(['a'], call());
  await port.things(['a'], call({ fresh: true }));
  assert.equal(asked.length, 2);
  state.fails = true;
  await assert.rejects(port.things(['a'], call({ fresh: true })), { code: 'UNAVAILABLE' });
});
