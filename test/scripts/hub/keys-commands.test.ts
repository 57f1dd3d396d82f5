import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Command } from 'commander';
import { systemClock } from '../../../platform/clock.ts';
import type { TermsChange } from '../../../platform/keys/key-changes.ts';
import {
  type ApiKey,
  createKeyStore,
  type KeyStore,
  migrateKeys,
  type ShownKey,
} from '../../../platform/keys/key-store.ts';
import { addKeys } from '../../../scripts/hub/keys.ts';
import { testDatabase } from '../../support/database.ts';

let store: KeyStore;
const folder = mkdtempSync(join(tmpdir(), 'concord-keys-'));
before(async () => {
  const { db } = await testDatabase();
  await migrateKeys(db);
  store = createKeyStore(db, systemClock, { mutations: ['issueCredit', 'submitOrder'] });
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** What `hub keys …` prints, on a store of its own. */
async function keys(...args: readonly string[]): Promise<string> {
  const printed: string[] = [];
  const program = new Command('hub').exitOverride().configureOutput({ writeErr: () => {} });
  addKeys(
    program,
    (work) => work(store),
    (text) => printed.push(text),
  );
  await program.parseAsync(['keys', ...args], { from: 'user' });
  return printed.join('\n');
}
const json = async <T>(...args: readonly string[]): Promise<T> => JSON.parse(await keys(...args, '--json')); // the test names what the command answers

const PARTNER = [
  ...[
    '--name',
    'Acme',
    '--scopes',
    'customer:read,order:write',
    '--rows',
    'partnerOfRecord=P-7, P-8',
    '--rows',
    'regions=',
  ],
  ...[
    '--unmasked',
    'personal',
    '--act',
    'submitOrder',
    '--act',
    'issueCredit:EUR=500.00,USD=600,above=approval',
    '--operations',
  ],
  ...['registered', '--requests-per-minute', '600', '--concurrency', '5', '--networks', '10.0.0.0/8,2001:db8::/32'],
  ...['--not-before', '2027-01-31', '--expires', '2999-01-01T00:00:00+01:00', '--acts-for', 'crm'],
];
const TERMS = {
  name: 'Acme',
  scopes: ['customer:read', 'order:write'],
  actsFor: 'CRM',
  rows: { partnerOfRecord: ['P-7', 'P-8'], regions: [] },
  unmasked: ['PERSONAL'],
  acts: { submitOrder: {}, issueCredit: { upTo: { EUR: '500.00', USD: '600' }, above: 'approval' } },
  operations: 'registered',
  budget: { requestsPerMinute: 600, concurrency: 5 },
  networks: ['10.0.0.0/8', '2001:db8::/32'],
  notBefore: '2027-01-31T00:00:00.000Z',
  expiresAt: '2998-12-31T23:00:00.000Z',
};
const termsOf = (key: ApiKey) =>
  Object.fromEntries(Object.keys(TERMS).map((field) => [field, Reflect.get(key, field)]));

test('flags say all that a key may do, and a file says the same', async () => {
  const made = await json<ShownKey>('create', ...PARTNER);
  assert.deepEqual(termsOf(made), TERMS);
  const path = join(folder, 'partner.yaml');
  writeFileSync(path, JSON.stringify(TERMS));
  const same = await json<ShownKey>('create', '--from', path);
  assert.deepEqual(termsOf(same), TERMS);
  const other = await json<ShownKey>('create', '--from', path, '--name', 'Other', '--rows', 'all', '--act', 'any');
  assert.deepEqual(termsOf(other), { ...TERMS, name: 'Other', rows: null, acts: null });
});

test('what a key may do is shown in words', async () => {
  const { id } = await json<ShownKey>('create', ...PARTNER);
  const shown = await keys('show', id);
  for (const line of [
    /^rows +regions none and partnerOfRecord P-7, P-8$/m,
    /^acts +issueCredit up to 500\.00 EUR or 600 USD, more with approval; submitOrder$/m,
    /^unmasked +PERSONAL$/m,
    /^budget .*requestsPerMinute 600/m,
    /^networks +10\.0\.0\.0\/8, 2001:db8::\/32$/m,
    /^expires +2998-12-31T23:00:00\.000Z/m,
  ]) {
    assert.match(shown, line);
  }
});

test('an update changes what its flags name and nothing else, and says what', async () => {
  const { id, version } = await json<ShownKey>('create', ...PARTNER);
  const said = await keys(
    'update',
    id,
    '--scopes',
    'customer:read,order:read',
    '--concurrency',
    '9',
    '--networks',
    'any',
  );
  assert.equal(
    said,
    `${id} (Acme) is changed:\nscopes: +order:read -order:write\nbudget.concurrency: 5 -> 9\nnetworks: ["10.0.0.0/8","2001:db8::/32"] -> -`,
  );
  const changed = await json<ApiKey>('show', id);
  assert.deepEqual(termsOf(changed), {
    ...TERMS,
    scopes: ['customer:read', 'order:read'],
    budget: { requestsPerMinute: 600, concurrency: 9 },
    networks: null,
  });
  assert.deepEqual([changed.version, changed.changedBy], [version + 1, 'command line']);
  await assert.rejects(keys('update', id, '--name', 'x', '--if-version', String(version)), { code: 'CONFLICT' });
  await keys('update', id, '--requests-per-minute', 'default', '--concurrency', 'default', '--expires', 'never');
  assert.match(await keys('show', id), /^budget +the standard one$/m);
  assert.equal(await keys('update', id, '--acts-for', 'crm'), `${id} (Acme) was so already.`);
  assert.equal(
    (await json<{ key: ApiKey }>('update', id, '--acts-for', 'none', '--unmasked', 'none')).key.actsFor,
    null,
  );
});

test('the difference of two keys is told part by part', async () => {
  const first = await json<ShownKey>('create', ...PARTNER);
  const second = await json<ShownKey>('create', ...PARTNER, '--max-cost', '50', '--rows', 'all', '--unmasked', 'none');
  assert.equal(
    await keys('diff', first.id, second.id),
    [
      'rows: limited -> -',
      'rows.partnerOfRecord: ["P-7","P-8"] -> -',
      'rows.regions: [] -> -',
      'unmasked: -PERSONAL',
      'budget.maxCost: - -> 50',
    ].join('\n'),
  );
  assert.deepEqual(await json<TermsChange[]>('diff', first.id, first.id), []);
  assert.equal(await keys('diff', second.id, second.id), 'They are the same.');
});

test('a rotated key has two secrets until the overlap ends', async () => {
  const made = await json<ShownKey>('create', '--name', 'x', '--scopes', 'customer:read');
  const said = await keys('rotate', made.id, '--overlap', '7d');
  const next = /^ {2}(cnc_live_\w+)$/m.exec(said)?.[1] ?? '';
  assert.match(said, /^rotated +the earlier secret holds until \d{4}-/m);
  assert.deepEqual([(await store.verify(made.key))?.id, (await store.verify(next))?.id], [made.id, made.id]);
  const last = await json<ShownKey>('rotate', made.id, '--overlap', '0');
  assert.deepEqual([await store.verify(made.key), await store.verify(next)], [null, null]);
  assert.ok(await store.verify(last.key));
  assert.ok((await json<ApiKey>('revoke', made.id)).revokedAt);
});

const WRONG: readonly [string, string[], RegExp][] = [
  [
    'an unknown scope',
    ['--scopes', 'customer:raed'],
    /^scopes: unknown scope customer:raed; the scopes are customer:read, /,
  ],
  [
    'an unknown mutation in acts',
    ['--act', 'submitOdrer'],
    /^acts: unknown mutation submitOdrer; there are .*submitOrder/,
  ],
  [
    'rows without ids',
    ['--rows', 'P-7'],
    /^rows: P-7: write a part and its ids, like partnerOfRecord=P-7,P-8, or all$/,
  ],
  ['a limit that is none', ['--act', 'submitOrder:500'], /^acts: submitOrder:500: write a mutation and its limits/],
  ['a number that is none', ['--concurrency', 'many'], /^budget\.concurrency: must be a whole number from 1 to 1000$/],
  ['a file that is not there', ['--from', '/nowhere.yaml'], /^from: \/nowhere\.yaml cannot be read \(ENOENT\)$/],
];
for (const [what, flags, message] of WRONG) {
  test(`${what} is told by field`, async () => {
    await assert.rejects(keys('create', '--name', 'x', '--scopes', 'customer:read', ...flags), { message });
  });
}

test('no scopes, an overlap that is none and ids that no key has are told with what would be right', async () => {
  const wrong: readonly [args: string[], message: RegExp][] = [
    [['create', '--name', 'x'], /^scopes: must be a list of scopes; the scopes are /],
    [['rotate', 'nope', '--overlap', 'soon'], /^overlap: write a span like 24h/],
    [['rotate', 'nope'], /^There is no key with the id nope/],
    [['show', 'nope'], /^There is no key with the id nope\. `hub keys list`/],
    [['revoke', 'nope'], /^There is no key with the id nope/],
  ];
  for (const [args, message] of wrong) await assert.rejects(keys(...args), { message }, args.join(' '));
});

test('a file that is no object, or no YAML, is told with its line', async () => {
  const path = join(folder, 'wrong.yaml');
  writeFileSync(path, 'name: x\nscopes: [customer:read\n');
  await assert.rejects(keys('create', '--from', path), { message: /^from: .*wrong\.yaml: line \d+: / });
  writeFileSync(path, '- name: x\n');
  await assert.rejects(keys('create', '--from', path), {
    message: /must hold the fields of a key, like name: and scopes:$/,
  });
});
