import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryAfterMs } from '../../../platform/http/retry-after.ts';

const NOW = Date.parse('2027-01-01T00:00:00Z');
const CASES: readonly (readonly [string | string[] | undefined, number | undefined])[] = [
  ['3', 3_000],
  ['0', 0],
  [['7', '9'], 7_000],
  ['Fri, 01 Jan 2027 00:00:03 GMT', 3_000],
  ['Thu, 31 Dec 2026 23:00:00 GMT', 0],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
];

for (const [header, ms] of CASES) {
  test(`C03 retry-after ${JSON.stringify(header)} asks for ${ms} ms`, () => {
    assert.equal(retryAfterMs(header, NOW), ms);
  });
}
