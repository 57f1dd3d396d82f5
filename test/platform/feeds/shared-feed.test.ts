import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../../../platform/call.ts';
import { fixedClock } from '../../../platform/clock.ts';
import { HubError } from '../../../platform/errors.ts';
import type { ChangeFeed } from '../../../platform/feeds/change-feed.ts';
import { sharedFeed } from '../../../platform/feeds/shared-feed.ts';
import type { MethodsOf } from '../../../platform/port/methods.ts';
import { resilient } from '../../../platform/port/resilient.ts';
import { DEFAULT_RESILIENCE, type Resilience } from '../../../platform/resilience/settings.ts';
import { createSource } from '../../../platform/resilience/source.ts';

interface Port {
  read(question: string, call: Call): Promise<string>;
}
const METHODS = { read: { kind: 'read', customer: 'NONE' } } satisfies MethodsOf<Port>;

/** A system with a port and a feed, each of which sends so many requests. */
function setUp(
  settings: Partial<Resilience>,
  about: { requests?: number; answers?: (nr: number) => Promise<void> } = {},
) {
  const { requests = 1, answers = async () => {} } = about;
  const clock = fixedClock(0);
  const source = createSource({
    ...{ system: 'CRM', instance: null, clock, shared: null },
    settings: { ...DEFAULT_RESILIENCE, retryShare: 0, ...settings },
  });
  const sent = { feed: 0, port: 0 };
  const send = async (by: 'feed' | 'port', call: Call) => {
    await call.admit?.();
    call.signal.throwIfAborted();
    sent[by] += 1;
    await answers(sent.feed + sent.port);
  };
  const feed: ChangeFeed = {
    ...{ name: 'vendor', system: 'CRM', tells: [] },
    async read(_cursor, call) {
      for (let nr = 0; nr < requests; nr += 1) await send('feed', call);
      return { changes: [], cursor: {}, more: false };
    },
    close: async () => {},
  };
  const port: Port = {
    async read(_question, call) {
      await send('port', call);
      return 'yes';
    },
  };
  const call = { correlationId: 'test', signal: AbortSignal.timeout(10_000) };
  return { clock, source, sent, call, feed: sharedFeed(feed, source), port: resilient(port, METHODS, source) };
}

test('a feed takes of the quota what is left to the background, and the rest stays for those who wait', async () => {
  // Twelve may go at once, of which the background leaves half.
  const { feed, port, sent, call } = setUp({ quota: { requests: 60, windowMs: 3_600_000 } }, { requests: 20 });
  await assert.rejects(feed.read(null, call), { code: 'THROTTLED', reason: 'QUOTA' });
  assert.equal(sent.feed, 6);
  for (let nr = 0; nr < 6; nr += 1) assert.equal(await port.read('q', call), 'yes');
  await assert.rejects(port.read('q', call), { code: 'THROTTLED', reason: 'QUOTA' });
});

test('what others took of the quota the feed does not have', async () => {
  const { feed, port, sent, call } = setUp({ quota: { requests: 60, windowMs: 3_600_000 } }, { requests: 20 });
  for (let nr = 0; nr < 6; nr += 1) await port.read('q', call);
  await assert.rejects(feed.read(null, call), { code: 'THROTTLED', reason: 'QUOTA' });
  assert.equal(sent.feed, 0);
});

test('a breaker that others opened keeps the feed away, and the feed says what it failed for', async () => {
  const down = async () => {
    throw new HubError('UNAVAILABLE', 'down', { system: 'CRM' });
  };
  const { feed, port, sent, call, source } = setUp({ breakAfter: 3 }, { answers: down });
  for (let nr = 0; nr < 3; nr += 1) await assert.rejects(port.read('q', call), { code: 'UNAVAILABLE' });
  await assert.rejects(feed.read(null, call), { code: 'UNAVAILABLE' });
  assert.equal(sent.feed, 0);
  const other = setUp({}, { answers: down });
  await assert.rejects(other.feed.read(null, other.call), { code: 'UNAVAILABLE' });
  const [said] = other.source.capabilities;
  assert.deepEqual([said?.name, said?.lastError?.code], ['changes', 'UNAVAILABLE']);
  assert.equal(source.breaker.state, 'OPEN');
});

test('where there is room for few, a feed leaves half of it to those who wait', async () => {
  const gate = Promise.withResolvers<void>();
  const { feed, port, sent, call } = setUp({ maxInFlight: 2 }, { answers: () => gate.promise });
  const polls = [feed.read(null, call), feed.read(null, call)];
  const read = port.read('q', call);
  while (sent.feed + sent.port < 2) await new Promise(setImmediate);
  assert.deepEqual(sent, { feed: 1, port: 1 });
  gate.resolve();
  await Promise.all([...polls, read]);
  assert.deepEqual(sent, { feed: 2, port: 1 });
});

test('a request that is asked to wait ends those beside it', async () => {
  const { source } = setUp({});
  let ended = 0;
  const feed: ChangeFeed = {
    ...{ name: 'vendor', system: 'CRM', tells: [] },
    async read(_cursor, { signal }) {
      const beside = new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          ended += 1;
          reject(signal.reason);
        });
      });
      const throttled = Promise.reject(new HubError('THROTTLED', 'wait', { system: 'CRM', retryAfterMs: 3_000 }));
      await Promise.all([beside, throttled]);
      return { changes: [], cursor: {}, more: false };
    },
    close: async () => {},
  };
  const call = { correlationId: 'test', signal: new AbortController().signal };
  await assert.rejects(sharedFeed(feed, source).read(null, call), { code: 'THROTTLED' });
  assert.equal(ended, 1);
  assert.equal(source.pausedMs(), 3_000);
});
