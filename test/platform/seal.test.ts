import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSeal } from '../../platform/seal.ts';

const seal = createSeal('a secret of at least thirty-two letters', 'SEAL_KEY');

test('what is sealed is read again by the same key, for the same owner, and by nobody else', () => {
  const sealed = seal.close('whsec_éé', 'evs_1');
  assert.equal(seal.open(sealed, 'evs_1'), 'whsec_éé');
  assert.notEqual(seal.close('whsec_éé', 'evs_1'), sealed);
  const other = createSeal('another secret of thirty-two letters', 'SEAL_KEY');
  const changed = Buffer.from(sealed, 'base64');
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1;
  for (const open of [
    () => seal.open(sealed, 'evs_2'),
    () => other.open(sealed, 'evs_1'),
    () => seal.open(changed.toString('base64'), 'evs_1'),
    () => seal.open('', 'evs_1'),
  ]) {
    assert.throws(open, /SEAL_KEY is not the one/);
  }
});
