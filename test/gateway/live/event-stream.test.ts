import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Writable } from 'node:stream';
import { test } from 'node:test';
import { openEventStream, type Wire } from '../../../gateway/live/event-stream.ts';
import { createAlarm, follow, type Told } from '../../../gateway/live/follow.ts';

/** A client that takes what is written when the test says so. */
function slowClient(highWaterMark = 1_000): { wire: Wire; taken: string[]; take(): void } {
  const taken: string[] = [];
  let take = (): void => {};
  const wire = new Writable({
    highWaterMark,
    write(chunk: Buffer, _encoding, done) {
      take = () => {
        taken.push(chunk.toString());
        done();
      };
    },
  });
  return { wire: Object.assign(wire, { writeHead: () => wire }), taken, take: () => take() };
}

const FOREVER = { heartbeatMs: 100_000, stallMs: 100_000 };
const answer = (n: number): Told => ({
  answered: { status: 200, headers: {}, text: JSON.stringify({ data: { big: { n, text: 'x'.repeat(5_000) } } }) },
  shownAs: 'big',
  tellsEnd: false,
});

test('a client that takes nothing costs one answer: nothing more is asked for it, and it gets the latest in the end', async () => {
  const { wire, taken, take } = slowClient();
  const gone = new AbortController();
  const alarm = createAlarm();
  let asked = 0;
  const followed = follow(answer(0), {
    ask: async () => {
      asked += 1;
      return answer(asked * 100);
    },
    events: openEventStream(wire, { headers: {}, ...FOREVER }),
    alarm,
    gone: gone.signal,
    pace: { gapMs: 0, repeatMs: 100_000 },
  });
  for (let change = 0; change < 50; change += 1) {
    alarm.ring();
    await new Promise(setImmediate);
  }
  assert.equal(asked, 0);
  assert.ok(wire.writableLength < 6_000, `${wire.writableLength} bytes are kept`);
  const drained = once(wire, 'drain');
  take();
  await drained;
  while (asked === 0) await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.equal(asked, 1, 'fifty changes are one question');
  take();
  gone.abort();
  await followed;
  assert.match(taken.at(-1) ?? '', /^event: next\ndata: \{"data":\{"big":\{"n":100,/);
  wire.destroy();
});

test('a client that takes nothing for too long is left', async () => {
  const { wire } = slowClient();
  const events = openEventStream(wire, { headers: {}, heartbeatMs: 100_000, stallMs: 10 });
  await events.next('x'.repeat(5_000));
  assert.equal(wire.destroyed, true);
  await events.next('more');
  events.complete();
});

test('while nothing happens a comment is sent now and then, and never to a client that takes nothing', async () => {
  const { wire, taken, take } = slowClient(20);
  openEventStream(wire, { headers: {}, heartbeatMs: 5, stallMs: 100_000 });
  while (wire.writableLength < 20) await new Promise((resolve) => setTimeout(resolve, 1));
  const kept = wire.writableLength;
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(wire.writableLength, kept);
  take();
  assert.equal(taken[0], ':\n\n');
  wire.destroy();
});
