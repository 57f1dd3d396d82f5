import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as later } from 'node:timers/promises';
import { arrivals, steady } from '../../bench/load/arrivals.ts';
import { normalHere, noteNormal, whyNotMeasured } from '../../bench/load/calibrate.ts';
import { quarterEnd } from '../../bench/load/cases/d02-quarter-end.ts';
import { largeAccount } from '../../bench/load/cases/d06-large-account.ts';
import { drive } from '../../bench/load/drive.ts';
import { bringToRest } from '../../bench/load/endings.ts';
import { answered, middle, percentile } from '../../bench/load/figures.ts';
import { startGround } from '../../bench/load/ground.ts';
import type { Bar, Run } from '../../bench/load/load-case.ts';
import { judge } from '../../bench/load/run-case.ts';
import type { Acknowledgement } from '../invariants/evidence.ts';

test('as many requests come due as the rates say, in order, most of them where the rate is highest', () => {
  const due = arrivals([steady(5, 10), { seconds: 300, from: 5, to: 40 }], 1);
  assert.equal(due.length, 5 * 10 + 22.5 * 300);
  assert.deepEqual(
    due,
    [...due].sort((a, b) => a - b),
  );
  const within = (from: number, to: number) => due.filter((ms) => ms >= from * 1_000 && ms < to * 1_000).length;
  assert.equal(within(0, 10), 50);
  assert.equal(within(10, 310), 6_750);
  const firstHalf = within(10, 160) / 6_750;
  assert.ok(firstHalf > 0.28 && firstHalf < 0.36, `${firstHalf} of the ramp in its first half; the line says 0.319`);
  assert.deepEqual(due, arrivals([steady(5, 10), { seconds: 300, from: 5, to: 40 }], 1));
});

test('one slow answer is seen by all that were due meanwhile, though none of them was sent late for it', async () => {
  const STALL_MS = 200;
  let free = Promise.resolve<unknown>(undefined);
  // answers one after the other, and the third only after a while
  const samples = await drive([0, 5, 10, 15, 20, 25], async (nr) => {
    free = free.then(() => (nr === 2 ? later(STALL_MS) : undefined));
    await free;
    return null;
  });
  for (const { dueMs, tookMs } of samples.slice(2)) {
    assert.ok(tookMs >= STALL_MS - (dueMs - 10) - 2, `due at ${dueMs}: ${tookMs} ms`); // a timer may be 1 ms early
  }
  assert.ok(answered(samples).p95Ms >= STALL_MS - 2);
});

test('what is answered wrong or not at all is infinitely late, and warm-up does not count', async () => {
  const samples = await drive([0, 1, 2, 3], async (nr) => {
    if (nr === 3) throw new Error('cut off');
    return nr === 0 ? 'wrong while warming up' : null;
  });
  const { asked, right, firstWrong, p50Ms, p95Ms } = answered(samples, 1);
  assert.deepEqual([asked, right, p95Ms], [3, 2, Number.POSITIVE_INFINITY]);
  assert.ok(Number.isFinite(p50Ms));
  assert.match(firstWrong ?? '', /cut off/);
});

test('a percentile is a value that was there, and the middle of three runs the middle one', () => {
  const hundred = Array.from({ length: 100 }, (_, nr) => nr + 1);
  assert.deepEqual([percentile(hundred, 0.5), percentile(hundred, 0.95), percentile(hundred, 0.99)], [50, 95, 99]);
  assert.equal(middle([30, 10, 20]), 20);
  assert.equal(middle([10, 20]), 20);
});

test('the middle run counts for time, the worst for the truth, and time does not count on a busy machine', () => {
  const bars = (p95: number, breaches: number): Bar[] => [
    { name: 'p95', value: p95, unit: 'ms', atMost: 300, of: 'time' },
    { name: 'breaches', value: breaches, unit: '', atMost: 0, of: 'truth' },
  ];
  const runs: Run[] = [
    { bars: bars(900, 0), figures: {}, notes: [] },
    { bars: bars(200, 0), figures: {}, notes: [] },
    { bars: bars(250, 0), figures: {}, notes: [] },
  ];
  const normal = { answersPerSecond: 1_000, load: 0 };
  const verdicts = (given: Run[], answersPerSecond: number, of: typeof normal | null = normal) =>
    judge({ id: 'D00', title: 'none' }, 'FULL', given, [{ answersPerSecond, load: 1 }], of).bars.map(
      (bar) => bar.verdict,
    );
  assert.deepEqual(verdicts(runs, 1_000), ['PASS', 'PASS']);
  assert.deepEqual(verdicts([...runs.slice(1), { bars: bars(200, 1), figures: {}, notes: [] }], 1_000), [
    'PASS',
    'FAIL',
  ]);
  assert.deepEqual(verdicts([...runs.slice(0, 2), { bars: bars(301, 0), figures: {}, notes: [] }], 1_000), [
    'FAIL',
    'PASS',
  ]);
  assert.deepEqual(verdicts(runs, 751), ['PASS', 'PASS']);
  assert.deepEqual(verdicts(runs, 749), ['NOT MEASURED', 'PASS']);
  assert.deepEqual(verdicts(runs, 1_000, null), ['NOT MEASURED', 'PASS']);
});

test('the normal value of a machine is kept, and what is under it said', () => {
  const folder = mkdtempSync(join(tmpdir(), 'concord-test-'));
  try {
    const file = join(folder, 'calibration.json');
    assert.equal(normalHere(file), null);
    noteNormal({ answersPerSecond: 1_999.6, load: 0.123 }, file);
    const normal = normalHere(file);
    assert.deepEqual({ ...normal, notedOn: null }, { answersPerSecond: 2_000, load: 0.12, notedOn: null });
    assert.match(
      whyNotMeasured({ answersPerSecond: 1_400, load: 9 }, normal) ?? '',
      /1400 plain answers.*normal are 2000/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('a short run of D02 accepts what was asked and brings it to rest, and one of D06 finds every line; an order that is lost is found', {
  timeout: 240_000,
}, async () => {
  await using ground = await startGround({ ...quarterEnd.ground('SHORT'), latencyMs: 1 });
  const { bars, figures, notes } = await quarterEnd.run(ground, 'SHORT');
  assert.deepEqual(notes, []);
  const value = (name: string) => bars.find((bar) => bar.name.startsWith(name))?.value;
  assert.equal(value('breaches'), 0);
  assert.ok(Number.isFinite(value('acceptance p95')) && Number.isFinite(value('every accepted one')));
  assert.equal(figures['orders asked'], 9);
  assert.equal(figures['orders answered right'], 9);
  assert.equal(figures['processes COMPLETED'], 2 + 9); // those of the warm-up too
  assert.ok((figures['CPU of the hub per request (ms)'] ?? 0) > 0);

  const lost: Acknowledgement = {
    ...{ at: '2027-01-31T08:15:00.000Z', act: 'submitOrder', principal: 'portal', idempotencyKey: 'lost' },
    ...{ answer: 'ACCEPTED', processId: 'prc_lost', correlationId: null },
  };
  const { breaches } = await bringToRest(ground, [lost], 10);
  assert.deepEqual(
    breaches.map(({ invariant, processId }) => `${invariant} ${processId}`),
    ['I2 prc_lost'],
  );

  const account = await largeAccount.run(ground, 'SHORT');
  assert.deepEqual(account.notes, []);
  const missed = account.bars.filter((bar) => bar.of === 'truth' && bar.value > (bar.atMost ?? 0));
  assert.deepEqual(missed, []);
  assert.ok((account.figures['pages asked'] ?? 0) >= 100);
});
