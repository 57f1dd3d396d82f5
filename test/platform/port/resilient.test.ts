import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call, WriteCall } from '../../../platform/call.ts';
import { fixedClock } from '../../../platform/clock.ts';
import { HubError } from '../../../platform/errors.ts';
import type { MethodsOf } from '../../../platform/port/methods.ts';
import { owned } from '../../../platform/port/owned.ts';
import { type Resilience, resilient } from '../../../platform/port/resilient.ts';

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
  return { state, clock, call, port: resilient(port, METHODS, { system: 'ERP', clock, resilience }) };
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
  const { port, state, call } = setUp({ breakAfter: 4, breakMs: 30, retryShare: 0 });
  state.error = down();
  for (let i = 0; i < 20; i += 1) await assert.rejects(port.write('c', call()), { code: 'UNAVAILABLE' });
  assert.equal(state.calls, 4);
  state.error = null;
  await new Promise((resolve) => setTimeout(resolve, 40)); // the breaker keeps its own time
  assert.equal(await port.read('q', call()), 'yes');
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

test('no call is made before the time that the system asked to wait', async () => {
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
