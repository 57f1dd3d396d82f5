import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newCacheCounts } from '../../../platform/cache/counts.ts';
import { DEFAULT_LIFE } from '../../../platform/cache/life.ts';
import { createMemoryCache } from '../../../platform/cache/memory-cache.ts';
import type { RecordCache } from '../../../platform/cache/record-cache.ts';
import type { Call, SourceNote, WriteCall } from '../../../platform/call.ts';
import { fixedClock } from '../../../platform/clock.ts';
import { HubError } from '../../../platform/errors.ts';
import { cached } from '../../../platform/port/cached.ts';
import type { MethodsOf } from '../../../platform/port/methods.ts';
import { eventually } from '../../support/hub.ts';

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
  const counts = newCacheCounts();
  const life = { ...DEFAULT_LIFE, gatherMs: 0 };
  const wrapped = cached(port, METHODS, { system: 'ERP', cache: createMemoryCache({ clock }), clock, life, counts });
  return { clock, asked, state, notes, call, counts, port: wrapped };
}

/** Resolves once what goes on beside has come so far. */
const beside = (what: string, holds: () => boolean) => eventually(what, async () => holds(), 5_000);

test('a value is served from the cache until its age is over', async () => {
  const { port, asked, clock, call, notes } = setUp();
  assert.deepEqual(await port.things(['a', 'b'], call()), ['a@1', 'b@1']);
  clock.advance(60_000);
  assert.deepEqual(await port.things(['a', 'b'], call()), ['a@1', 'b@1']);
  assert.deepEqual(notes, [{ system: 'ERP', state: 'CACHED', asOf: '2027-01-01T00:00:00.000Z' }]);
  assert.deepEqual(asked, [['a', 'b']]);
});

test('past its life a value is told at once, marked stale, and refreshed by one flight for all who ask meanwhile', async () => {
  const { port, asked, clock, call, notes, state, counts } = setUp();
  await port.things(['a', 'b', 'c'], call());
  state.version = 2;
  clock.advance(60_001);
  for (const key of ['a', 'b', 'a', 'a']) assert.deepEqual(await port.things([key], call()), [`${key}@1`]);
  assert.deepEqual(new Set(notes), new Set([...notes].filter((note) => note.state === 'STALE')));
  assert.equal(notes.at(-1)?.asOf, '2027-01-01T00:00:00.000Z');
  await beside('it was refreshed', () => asked.length > 1);
  assert.deepEqual(
    asked,
    [
      ['a', 'b', 'c'],
      ['a', 'b'],
    ],
    'one call for both keys, and none for what nobody asks',
  );
  assert.deepEqual(await port.things(['a', 'b'], call()), ['a@2', 'b@2']);
  assert.equal(notes.at(-1)?.state, 'CACHED');
  assert.deepEqual([counts.revalidated, counts.refreshed, counts.calls], [4, 2, 2]);
});

test('a refresh that fails leaves the old value marked until its time is over; then whoever asks waits', async () => {
  const { port, asked, clock, call, notes, state } = setUp();
  await port.things(['a'], call());
  state.fails = true;
  clock.advance(100_000);
  assert.deepEqual(await port.things(['a'], call()), ['a@1']);
  await beside('a refresh was tried', () => asked.length === 2);
  assert.deepEqual(await port.things(['a'], call()), ['a@1']);
  assert.equal(notes.at(-1)?.state, 'STALE');
  state.fails = false;
  state.version = 2;
  clock.advance(20_001); // now twice as old as it may be: nobody is shown it while the system answers
  assert.deepEqual(await port.things(['a'], call()), ['a@2']);
});

test('that there is nothing is believed for half a minute', async () => {
  const { port, asked, clock, call, notes } = setUp();
  await port.things(['none'], call());
  clock.advance(30_000);
  await port.things(['none'], call());
  assert.equal(notes.at(-1)?.state, 'CACHED');
  clock.advance(1);
  await port.things(['none'], call());
  assert.equal(notes.at(-1)?.state, 'STALE');
  await beside('it was looked for again', () => asked.length === 2);
});

test('what a write touched is never told as stale', async () => {
  const { port, clock, call, notes } = setUp();
  await port.things(['a'], call());
  clock.advance(60_001);
  await port.change({ id: 'a' }, call());
  notes.length = 0;
  assert.deepEqual(await port.things(['a'], call()), ['a@2']);
  assert.deepEqual(notes, []);
});

test('only the keys that are missing go over the wire, and answers keep the order asked', async () => {
  const { port, asked, call } = setUp();
  await port.things(['b'], call());
  assert.deepEqual(await port.things(['a', 'b', 'c'], call()), ['a@1', 'b@1', 'c@1']);
  assert.deepEqual(asked, [['b'], ['a', 'c']]);
});

test('C12 twenty reads at once of one key make one request', async () => {
  const { port, asked, call } = setUp();
  const answers = await Promise.all(Array.from({ length: 20 }, () => port.things(['a'], call())));
  assert.equal(asked.length, 1);
  for (const answer of answers) assert.deepEqual(answer, ['a@1']);
});

test('C12 when the one who asked first leaves, the others ask again', async () => {
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

test('C12 a leader that fails takes nobody down for good: the next twenty ask once more', async () => {
  const { port, asked, call, state } = setUp();
  const twenty = () => Promise.allSettled(Array.from({ length: 20 }, () => port.things(['a'], call())));
  state.fails = true;
  assert.ok((await twenty()).every(({ status }) => status === 'rejected'));
  assert.equal(asked.length, 1);
  state.fails = false;
  assert.ok((await twenty()).every(({ status }) => status === 'fulfilled'));
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

test('C11 while the system is down the last good value stands in, marked stale, for ten minutes and no longer', async () => {
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

test('what a cache keeps for longer than it may be shown is not shown, whatever happens', async () => {
  const clock = fixedClock('2027-01-01T00:00:00Z');
  const kept = { value: 'old', storedAt: clock.now(), subject: 'ERP:thing:a' };
  const hoarder: RecordCache = {
    get: async (keys) => keys.map(() => kept),
    set: async () => {},
    forget: async () => {},
    claim: async (keys) => keys,
    close: async () => {},
  };
  const port: Port = { things: () => Promise.reject(new HubError('UNAVAILABLE', 'down')), change: async () => {} };
  const wrapped = cached(port, METHODS, { system: 'ERP', cache: hoarder, clock });
  const call = { correlationId: 'c', signal: new AbortController().signal };
  clock.advance(660_000);
  assert.deepEqual(await wrapped.things(['a'], call), ['old']);
  clock.advance(1);
  await assert.rejects(wrapped.things(['a'], call), { code: 'UNAVAILABLE' });
});
