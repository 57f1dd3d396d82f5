import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call, Work, WriteCall } from '../../../platform/call.ts';
import { fixedClock } from '../../../platform/clock.ts';
import { HubError } from '../../../platform/errors.ts';
import type { MethodsOf } from '../../../platform/port/methods.ts';
import { owned } from '../../../platform/port/owned.ts';
import { resilient } from '../../../platform/port/resilient.ts';
import { DEFAULT_RESILIENCE, type Resilience } from '../../../platform/resilience/settings.ts';
import { createSource } from '../../../platform/resilience/source.ts';

interface Port {
  read(question: string, call: Call): Promise<string>;
  write(change: string, call: WriteCall): Promise<void>;
}

const METHODS = {
  read: { kind: 'read', customer: 'NONE' },
  write: { kind: 'write', touches: () => [] },
} satisfies MethodsOf<Port>;

function setUp(resilience: Partial<Resilience> = {}) {
  const clock = fixedClock(0);
  const state: { calls: number; error: HubError | null; gate: Promise<void> } = {
    calls: 0,
    error: null,
    gate: Promise.resolve(),
  };
  const go = async () => {
    state.calls += 1;
    await state.gate;
    if (state.error) throw state.error;
    return 'yes';
  };
  const port: Port = { read: go, write: async () => void (await go()) };
  const call = (signal = new AbortController().signal): WriteCall => ({
    correlationId: 'c',
    signal,
    key: 'k',
    actingFor: 'ERP',
  });
  const settings = { ...DEFAULT_RESILIENCE, ...resilience };
  const source = createSource({ system: 'ERP', instance: null, settings, clock, shared: null });
  return { state, clock, call, source, port: resilient(port, METHODS, source) };
}

const down = () => new HubError('UNAVAILABLE', 'down', { system: 'ERP' });

test('a read is tried again once, a write never', async () => {
  const { port, state, call } = setUp();
  state.error = down();
  await assert.rejects(port.read('q', call()), { code: 'UNAVAILABLE' });
  assert.equal(state.calls, 2);
  await assert.rejects(port.write('c', call()), { code: 'UNAVAILABLE' });
  assert.equal(state.calls, 3);
});

test('retries stay within their budget, so that a failing system is not stormed', async () => {
  const { port, state, call } = setUp({ breakAfter: 1_000_000 });
  state.error = down();
  for (let i = 0; i < 200; i += 1) await assert.rejects(port.read('q', call()));
  assert.ok(state.calls <= 200 * 1.1 + 2, `${state.calls} calls for 200 reads`);
});

test('after failures in a row the system is left alone, then tried again', async () => {
  const { port, state, call, clock } = setUp({ breakAfter: 4, breakMs: 30, retryShare: 0 });
  state.error = down();
  for (let i = 0; i < 20; i += 1) await assert.rejects(port.write('c', call()), { code: 'UNAVAILABLE' });
  assert.equal(state.calls, 4);
  state.error = null;
  clock.advance(30);
  assert.equal(await port.read('q', call()), 'yes');
});

test('C04 the breaker opens within ten calls, lets one through to see, and closes when that succeeds', async () => {
  const { port, state, call, clock, source } = setUp({ breakMs: 2_000 });
  state.error = down();
  for (let i = 0; i < 100; i += 1) await assert.rejects(port.read('q', call()), { code: 'UNAVAILABLE' });
  assert.ok(state.calls <= 10, `${state.calls} calls before it was left alone`);
  assert.equal(source.breaker.state, 'OPEN');
  const before = state.calls;
  clock.advance(2_000);
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  const probes = Array.from({ length: 20 }, () =>
    port.write('c', call()).then(
      () => 'done',
      (error: HubError) => error.code,
    ),
  );
  await new Promise(setImmediate);
  assert.equal(state.calls, before + 1, 'of twenty calls one is let through');
  gate.resolve();
  assert.deepEqual(new Set(await Promise.all(probes)), new Set(['UNAVAILABLE']));
  state.error = null;
  clock.advance(1_999);
  await assert.rejects(port.read('q', call()), { code: 'UNAVAILABLE' });
  clock.advance(1);
  assert.equal(await port.read('q', call()), 'yes');
  assert.equal(source.breaker.state, 'CLOSED');
});

test('C04 at one failure in five the breaker stays closed, and second tries add a tenth at most', async () => {
  const { port, state, call, source } = setUp();
  let nr = 0;
  for (let i = 0; i < 1_000; i += 1) {
    nr += 1;
    state.error = nr % 5 === 0 ? down() : null;
    await port.read('q', call()).catch(() => undefined);
  }
  assert.equal(source.breaker.state, 'CLOSED');
  assert.ok(state.calls > 1_000 && state.calls <= 1_102, `${state.calls} calls for 1000 reads`);
});

test('what fails alone is left alone alone: the rest of the system goes on', async () => {
  const { port, state, call, source } = setUp({ breakAfter: 4 });
  for (let i = 0; i < 10; i += 1) {
    state.error = down();
    await assert.rejects(port.write('c', call()));
    state.error = null;
    assert.equal(await port.read('q', call()), 'yes');
  }
  assert.equal(source.capability('write').breaker.state, 'OPEN');
  assert.equal(source.breaker.state, 'CLOSED');
  assert.equal(source.capability('write').lastError?.code, 'UNAVAILABLE');
});

test('maintenance with a time named is waited for like a request to slow down', async () => {
  const { port, state, call, clock } = setUp();
  state.error = new HubError('UNAVAILABLE', 'maintenance', { system: 'ERP', retryAfterMs: 90_000 });
  await assert.rejects(port.read('q', call()), { code: 'UNAVAILABLE' });
  state.error = null;
  clock.advance(89_999);
  await assert.rejects(port.read('q', call()), { code: 'THROTTLED' });
  clock.advance(1);
  assert.equal(await port.read('q', call()), 'yes');
  assert.equal(state.calls, 2);
});

test('work for which somebody waits goes before what came earlier, and the background leaves it room', async () => {
  const { port, state, call } = setUp({ maxInFlight: 2 });
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  const ended: string[] = [];
  const go = (work: Work) => port.read('q', { ...call(), work }).then(() => ended.push(work));
  const all = [go('BACKGROUND'), go('BACKGROUND'), go('PROCESS'), go('PROCESS'), go('INTERACTIVE')];
  await new Promise(setImmediate);
  assert.equal(state.calls, 2, 'one place for the background, one for the others');
  gate.resolve();
  await Promise.all(all);
  assert.deepEqual(ended.slice(2), ['INTERACTIVE', 'PROCESS', 'BACKGROUND']);
});

test('a business refusal says nothing of the health of the system', async () => {
  const { port, state, call } = setUp({ breakAfter: 3 });
  state.error = new HubError('REFUSED', 'no', { system: 'ERP' });
  for (let i = 0; i < 10; i += 1) await assert.rejects(port.write('c', call()), { code: 'REFUSED' });
  assert.equal(state.calls, 10);
});

test('a client that leaves does not open the breaker', async () => {
  const { port, state, call } = setUp({ breakAfter: 3 });
  state.error = new HubError('TIMEOUT', 'left', { system: 'ERP' });
  const gone = new AbortController();
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  const reads = Array.from({ length: 10 }, () => port.read('q', call(gone.signal)));
  gone.abort();
  gate.resolve();
  for (const read of reads) await assert.rejects(read, { code: 'TIMEOUT' });
  state.error = null;
  assert.equal(await port.read('q', call()), 'yes');
});

test('C03 no call is made before the time that the system asked to wait', async () => {
  const { port, state, call, clock } = setUp();
  state.error = new HubError('THROTTLED', 'wait', { system: 'ERP', retryAfterMs: 3_000 });
  await assert.rejects(port.read('q', call()), { code: 'THROTTLED' });
  state.error = null;
  clock.advance(2_999);
  await assert.rejects(port.read('q', call()), { code: 'THROTTLED', retryAfterMs: 1 });
  assert.equal(state.calls, 1);
  clock.advance(1);
  assert.equal(await port.read('q', call()), 'yes');
});

test('more requests than may be in flight wait, and more than may wait are turned away', async () => {
  const { port, state, call } = setUp({ maxInFlight: 2, maxWaiting: 3 });
  const gate = Promise.withResolvers<void>();
  state.gate = gate.promise;
  const reads = Array.from({ length: 6 }, () => port.read('q', call()).catch((error: HubError) => error.code));
  await new Promise(setImmediate);
  assert.equal(state.calls, 2);
  gate.resolve();
  assert.deepEqual((await Promise.all(reads)).sort(), ['THROTTLED', 'yes', 'yes', 'yes', 'yes', 'yes']);
});

test('a write for another system than the owner is refused before anything is sent', async () => {
  const { state, call, port } = setUp();
  const guarded = owned(port, METHODS, { system: 'ERP' });
  await assert.rejects(guarded.write('c', { ...call(), actingFor: 'CRM' }), { code: 'NOT_OWNER' });
  assert.equal(state.calls, 0);
  await guarded.write('c', call());
});
