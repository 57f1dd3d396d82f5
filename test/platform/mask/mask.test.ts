import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMasked, readDataClasses } from '../../../platform/mask/data-classes.ts';
import { maskText } from '../../../platform/mask/mask.ts';

test('a masked e-mail address shows its first letter and its domain', () => {
  const forms = {
    'john.doe@example.com': 'j***@example.com',
    'émile@example.com': 'é***@example.com',
    '😀lucky@example.com': '😀***@example.com',
    'j@example.com': '***@example.com',
    'jo@example.com': '***@example.com',
    'not an address': '***',
    '@example.com': '***',
    '': '***',
    'Jo Doe <jo.doe@example.com>': '***',
    'a@example.com, boss@example.com': '***',
    '"a@b"@example.com': '***',
  };
  for (const [full, shown] of Object.entries(forms)) assert.equal(maskText('EMAIL', full), shown, full);
});

test('LAST4 shows four letters or digits, of values that have at least eight', () => {
  const forms = {
    'DE 811 569 869': '***9869',
    '4242-4242-4242-4242': '***4242',
    '+49 30 901820': '***1820',
    GB12345678: '***5678',
    '1234567': '***',
    '12-34-56': '***',
    '4242': '***',
    '': '***',
  };
  for (const [full, shown] of Object.entries(forms)) assert.equal(maskText('LAST4', full), shown, full);
});

test('HIDE shows nothing, not even the length', () => {
  for (const full of ['x', 'a long value', '']) assert.equal(maskText('HIDE', full), '***');
});

test('the class and mask of a type hold for its fields that say nothing; of two opinions the stricter counts', () => {
  const classes = readDataClasses(`
    interface Reachable { mail: String }
    type Person implements Reachable @data(class: PERSONAL, mask: HIDE) {
      name: String!
      mail: String @data(class: PERSONAL, mask: EMAIL)
      town: String @data(class: INTERNAL)
      key: String @data(class: SECRET)
      odd: String @data(class: NUCLEAR)
    }
    type Robot implements Reachable { mail: String }
    type Account @data(class: INTERNAL) { iban: String @data(class: FINANCIAL, mask: LAST4), limit: Int }
    type Account @data(class: FINANCIAL) { iban: String @data(class: PERSONAL), limit: Int }`);
  const said = Object.fromEntries([...classes].map(([at, data]) => [at, `${data.class} ${data.mask}`]));
  assert.deepEqual(said, {
    'Person.name': 'PERSONAL HIDE',
    'Person.mail': 'PERSONAL EMAIL',
    'Person.town': 'INTERNAL null',
    'Person.key': 'SECRET HIDE',
    'Person.odd': 'SECRET HIDE',
    'Reachable.mail': 'PERSONAL EMAIL',
    'Account.iban': 'FINANCIAL LAST4',
    'Account.limit': 'FINANCIAL null',
  });
  const masked = (at: string, unmasked: Parameters<typeof isMasked>[1]) => isMasked(classes.get(at), unmasked);
  assert.equal(masked('Person.mail', []), true);
  assert.equal(masked('Person.mail', ['FINANCIAL', 'SECRET']), true);
  assert.equal(masked('Person.mail', ['PERSONAL']), false);
  assert.equal(masked('Person.town', []), false);
  assert.equal(masked('Account.limit', []), false, 'without a mask the scopes alone decide');
  assert.equal(masked('Person.key', ['PERSONAL', 'FINANCIAL']), true);
});
