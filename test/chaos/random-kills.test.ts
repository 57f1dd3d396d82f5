import assert from 'node:assert/strict';
import { test } from 'node:test';
import { told } from '../invariants/check.ts';
import { runChaos } from './run.ts';

/** A short run for every change; the long ones, on another database too, are `npm run chaos`. */
test('C40 random kills over mixed mutations: the invariants hold', { timeout: 280_000 }, async () => {
  const { breaches, accepted } = await runChaos({ seed: 1, kills: 3, mutations: 24, setUp: 'embedded' });
  assert.deepEqual(breaches.map(told), []);
  assert.ok(accepted > 10, `only ${accepted} acts were accepted`);
});
