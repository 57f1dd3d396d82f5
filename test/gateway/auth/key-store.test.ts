import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sql } from 'kysely';
import { createKeyStore, type KeyStore, migrateKeys } from '../../../gateway/auth/key-store.ts';
import { fixedClock } from '../../../platform/clock.ts';
import { createDb, type Db } from '../../../platform/db/db.ts';
import { testDatabase } from '../../support/database.ts';

const START = '2027-01-31T08:00:00.000Z';
const READER = { name: 'reader', scopes: ['customer:read'], actsFor: null };

let db: Db;
before(async () => {
  ({ db } = await testDatabase());
  await migrateKeys(db);
});

function world() {
  const clock = fixedClock(START);
  return { clock, store: createKeyStore(db, clock) };
}

test('a key tells who bears it and what the bearer may do', async () => {
  const { store } = world();
  const made = await store.create({ name: ' Night job ', scopes: ['order:read', 'customer:read'], actsFor: 'ERP' });
  assert.match(made.key, /^cnc_live_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/);
  assert.deepEqual(await store.verify(made.key), {
    id: made.id,
    name: 'Night job',
    scopes: ['order:read', 'customer:read'],
    actsFor: 'ERP',
  });
});

test('the database holds the hash of a key and no part of its secret', async () => {
  const { store } = world();
  const { key, id } = await store.create(READER);
  const secret = key.slice(-38);
  const { rows } = await sql<{ row: string }>`SELECT to_jsonb(k)::text AS row FROM gateway.api_key k`.execute(db);
  assert.ok(rows.some(({ row }) => row.includes(id)));
  for (const { row } of rows) assert.ok(!row.includes(secret) && !row.includes(key));
  assert.ok(!JSON.stringify(await store.list()).includes(secret));
  assert.ok(!JSON.stringify(await store.show(id)).includes(secret));
});

test('what is not exactly a key that was made is refused', async () => {
  const { store } = world();
  const { key } = await store.create(READER);
  const other = await store.create(READER);
  const swapped = key.slice(0, 9) + other.id + key.slice(21); // another key's id on this secret
  const wrong = [
    '',
    key.slice(0, -1),
    `${key} `,
    ` ${key}`,
    `${key}\n`,
    key.toLowerCase(),
    key.replace('live', 'demo'),
    swapped,
    'Bearer',
  ];
  for (const presented of wrong) assert.equal(await store.verify(presented), null, JSON.stringify(presented));
});

test('a mistyped key is refused without asking the store', async () => {
  const { store } = world();
  const { key } = await store.create(READER);
  const closed = createDb('postgres://nobody:x@127.0.0.1:1/none');
  await closed.destroy();
  const unreachable = createKeyStore(closed, fixedClock(START));
  const typo = key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a');
  assert.equal(await unreachable.verify(typo), null);
  await assert.rejects(unreachable.verify(key), { code: 'UNAVAILABLE' }, 'a whole key is asked for');
});

test('a key holds from its first instant until just before its last', async () => {
  const { clock, store } = world();
  const { key } = await store.create({
    ...READER,
    notBefore: '2027-01-31T08:00:10.000Z',
    expiresAt: '2027-01-31T08:00:20.000Z',
  });
  const at = async (ms: number) => {
    clock.advance(Date.parse(START) + ms - clock.now());
    return (await store.verify(key)) !== null;
  };
  assert.equal(await at(9_999), false);
  assert.equal(await at(10_000), true);
  assert.equal(await at(19_999), true, 'also when it was believed before');
  assert.equal(await at(20_000), false);
});

test('a revoked key is refused at once here, and within five seconds in every other process', async () => {
  const { clock, store } = world();
  const elsewhere = createKeyStore(db, clock);
  const { key, id } = await store.create(READER);
  assert.ok((await store.verify(key)) && (await elsewhere.verify(key)));
  const revoked = await elsewhere.revoke(id);
  assert.equal(revoked?.revokedAt, START);
  assert.equal(await elsewhere.verify(key), null);
  clock.advance(3_000);
  assert.equal(await store.verify(key), null);
  clock.advance(1_000);
  assert.equal((await store.revoke(id))?.revokedAt, START, 'revoking again changes nothing');
  assert.equal(await store.revoke('no-such-key'), null);
});

test('old and new key both hold while one is rotated', async () => {
  const { clock, store } = world();
  const old = await store.create(READER);
  const next = await store.create(READER);
  assert.ok((await store.verify(old.key)) && (await store.verify(next.key)));
  await store.revoke(old.id);
  clock.advance(5_000);
  assert.equal(await store.verify(old.key), null);
  assert.ok(await store.verify(next.key));
});

test('a key that is believed costs no query', async () => {
  const { store, clock } = world();
  const pool = await testDatabase();
  await migrateKeys(pool.db);
  const own = createKeyStore(pool.db, clock);
  const { key } = await own.create(READER);
  await Promise.all(Array.from({ length: 20 }, () => own.verify(key)));
  await pool.db.destroy(); // nothing can be asked any more
  assert.ok(await own.verify(key));
  clock.advance(3_000);
  await assert.rejects(own.verify(key), { code: 'UNAVAILABLE' });
  assert.ok(store);
});

test('the last use of a key is known to the minute', async () => {
  const { clock, store } = world();
  const { key, id } = await store.create(READER);
  assert.equal((await store.show(id))?.lastUsedAt, null);
  await store.verify(key);
  clock.advance(30_000);
  await store.verify(key);
  assert.equal((await store.show(id))?.lastUsedAt, START);
  clock.advance(30_000);
  await store.verify(key);
  assert.equal((await store.show(id))?.lastUsedAt, '2027-01-31T08:01:00.000Z');
});

const WRONG: readonly [string, Parameters<KeyStore['create']>[0], RegExp][] = [
  [
    'an unknown scope',
    { ...READER, scopes: ['customer:raed'] },
    /unknown scope customer:raed; the scopes are customer:read, /,
  ],
  ['no scope', { ...READER, scopes: [] }, /at least one scope; the scopes are /],
  ['an unknown system', { ...READER, actsFor: 'SAP' }, /one of HUB, ERP, /],
  ['no name', { ...READER, name: '  ' }, /name/],
  ['an end in the past', { ...READER, expiresAt: '2020-01-01T00:00:00Z' }, /in the future/],
  [
    'an end before the beginning',
    { ...READER, notBefore: '2028-01-01T00:00:00Z', expiresAt: '2027-06-01T00:00:00Z' },
    /after it begins/,
  ],
  ['an end that is no instant', { ...READER, expiresAt: 'soon' }, /write an instant like/],
];
for (const [what, wanted, message] of WRONG) {
  test(`a key with ${what} is not made`, async () => {
    await assert.rejects(world().store.create(wanted), { code: 'INVALID', message });
  });
}
