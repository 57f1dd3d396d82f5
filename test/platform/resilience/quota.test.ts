import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { WORK } from '../../../platform/call.ts';
import { fixedClock } from '../../../platform/clock.ts';
import { ConfigError } from '../../../platform/config.ts';
import { createLocalQuota } from '../../../platform/resilience/quota.ts';
import { readResilience } from '../../../platform/resilience/settings.ts';

test('whatever is asked and when, no window of time holds more requests than the vendor grants', async () => {
  const asked = fc.array(fc.record({ afterMs: fc.nat(400), work: fc.constantFrom(...WORK) }), { maxLength: 200 });
  const rates = fc.record({ requests: fc.integer({ min: 2, max: 40 }), windowMs: fc.constantFrom(1_000, 5_000) });
  await fc.assert(
    fc.asyncProperty(rates, asked, async (rate, all) => {
      const clock = fixedClock(0);
      const quota = createLocalQuota(rate, clock);
      const granted: number[] = [];
      for (const { afterMs, work } of all) {
        clock.advance(afterMs);
        if ((await quota.take(work)) === 0) granted.push(clock.now());
      }
      for (const from of granted) {
        const inWindow = granted.filter((at) => at >= from && at < from + rate.windowMs).length;
        assert.ok(inWindow <= rate.requests, `${inWindow} of ${rate.requests}`);
      }
    }),
  );
});

test('who waits as long as it is told gets its request', async () => {
  const clock = fixedClock(0);
  const quota = createLocalQuota({ requests: 10, windowMs: 1_000 }, clock);
  for (let i = 0; i < 50; i += 1) {
    const waitMs = await quota.take('BACKGROUND');
    if (waitMs === 0) continue;
    clock.advance(waitMs);
    assert.equal(await quota.take('BACKGROUND'), 0);
  }
});

test('when the background has used up its part, there is still room for those who wait', async () => {
  const quota = createLocalQuota({ requests: 100, windowMs: 1_000 }, fixedClock(0));
  let background = 0;
  while ((await quota.take('BACKGROUND')) === 0) background += 1;
  let process = 0;
  while ((await quota.take('PROCESS')) === 0) process += 1;
  let interactive = 0;
  while ((await quota.take('INTERACTIVE')) === 0) interactive += 1;
  assert.deepEqual([background, process, interactive], [10, 8, 2]);
});

test('the environment says for each system how it is protected, and every mistake is named', () => {
  assert.deepEqual(readResilience({ ERP_QUOTA: '700/min', ERP_IN_FLIGHT: '16', CRM_QUOTA: '1/s' }, 'ERP_'), {
    maxInFlight: 16,
    quota: { requests: 700, windowMs: 60_000 },
  });
  assert.throws(
    () => readResilience({ ERP_QUOTA: '1/s', ERP_IN_FLIGHT: '0', ERP_RETRY_PERCENT: '101' }, 'ERP_'),
    (error: ConfigError) => {
      assert.deepEqual(error.problems.map((problem) => problem.split(':')[0]).sort(), [
        'ERP_IN_FLIGHT',
        'ERP_QUOTA',
        'ERP_RETRY_PERCENT',
      ]);
      return error instanceof ConfigError;
    },
  );
});
