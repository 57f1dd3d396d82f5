import assert from 'node:assert/strict';
import { test } from 'node:test';
import { told } from '../invariants/check.ts';
import { runChaos } from './run.ts';
import { SET_UPS } from './victims.ts';

/** A short run for every change; the long ones are `npm run chaos`. */
for (const setUp of SET_UPS) {
  test(`C40 random kills over mixed mutations, ${setUp} database: the invariants hold`, {
    timeout: 280_000,
  }, async () => {
    const { breaches, accepted } = await runChaos({ seed: 1, kills: 3, mutations: 24, setUp });
    assert.deepEqual(breaches.map(told), []);
    assert.ok(accepted > 10, `only ${accepted} acts were accepted`);
  });
}
