import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sql } from 'kysely';
import { fixedClock } from '../../../platform/clock.ts';
import { createDb, type Db } from '../../../platform/db/db.ts';
import { migrate } from '../../../platform/db/migrate.ts';
import { newKey } from '../../../platform/keys/key-format.ts';
import { createKeyStore, migrateKeys } from '../../../platform/keys/key-store.ts';
import { KEY_MIGRATIONS } from '../../../platform/keys/key-tables.ts';
import { principalOf } from '../../../platform/principal.ts';
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
  assert.deepEqual(
    await store.verify(made.key),
    principalOf({ id: made.id, name: 'Night job', scopes: ['order:read', 'customer:read'], actsFor: 'ERP' }),
  );
});

test('a key carries rows, classes, acts, operations and its own part of the budget', async () => {
  const { clock } = world();
  const store = createKeyStore(db, clock, {
    budget: { costPerMinute: 1, requestsPerMinute: 2, concurrency: 3, maxCost: 4 },
    mutations: ['issueCredit', 'submitOrder'],
  });
  const terms = {
    ...READER,
    rows: { partnerOfRecord: ['P-7'], regions: [] },
    unmasked: ['PERSONAL'],
    acts: { submitOrder: {}, issueCredit: { upTo: { EUR: '500.00', USD: '600' } } },
    operations: 'registered',
    budget: { concurrency: 30 },
  } as const;
  const { key, id } = await store.create(terms);
  const bearer = await store.verify(key);
  assert.deepEqual(
    bearer,
    principalOf({
      ...terms,
      id,
      budget: { costPerMinute: 1, requestsPerMinute: 2, concurrency: 30, maxCost: 4 },
    }),
  );
  assert.equal(await store.verify(key), bearer, 'one object while it is believed');
});

test('B31: the database holds the hash of a key and no part of its secret', async () => {
  const { store } = world();
  const { key, id } = await store.create(READER);
  const secret = key.slice(-38);
  const { rows } = await sql<{ row: string }>`
    SELECT to_jsonb(k)::text AS row FROM gateway.api_key k
    UNION ALL SELECT to_jsonb(s)::text FROM gateway.api_key_secret s`.execute(db);
  assert.ok(rows.some(({ row }) => row.includes(id)));
  for (const { row } of rows) assert.ok(!row.includes(secret) && !row.includes(key));
  assert.ok(!JSON.stringify(await store.list()).includes(secret));
  assert.ok(!JSON.stringify(await store.show(id)).includes(secret));
});

test('B27: what is not exactly a key that was made is refused', async () => {
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

test('B27: a mistyped key is refused without asking the store', async () => {
  const { store } = world();
  const { key } = await store.create(READER);
  const closed = createDb('postgres://nobody:x@127.0.0.1:1/none');
  await closed.destroy();
  const unreachable = createKeyStore(closed, fixedClock(START));
  const typo = key.slice(0, -1) + (key.endsWith('a') ? 'b' : 'a');
  assert.equal(await unreachable.verify(typo), null);
  await assert.rejects(unreachable.verify(key), { code: 'UNAVAILABLE' }, 'a whole key is asked for');
});

test('B29: a key holds from its first instant until just before its last', async () => {
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

test('B28: a revoked key is refused at once here, and within five seconds in every other process', async () => {
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

test('B33: a key that is bound to networks holds from there and from nowhere else', async () => {
  const { store } = world();
  const { key, id } = await store.create({ ...READER, networks: ['10.0.0.0/8', '2001:db8::/32', '203.0.113.7'] });
  for (const inside of ['10.0.0.1', '::ffff:10.0.0.1', '::ffff:a00:1', '2001:db8::5', '203.0.113.7']) {
    assert.equal((await store.verify(key, inside))?.id, id, inside);
  }
  for (const outside of ['11.0.0.1', '::ffff:11.0.0.1', '::1', '203.0.113.8', '10.0.0.1, 8.8.8.8', '', undefined]) {
    await assert.rejects(store.verify(key, outside), { name: 'ForbiddenCaller', reason: 'NETWORK' }, outside);
  }
  assert.equal(
    await store.verify(newKey('live', id).key, '11.0.0.1'),
    null,
    'who has no key learns nothing of networks',
  );
});

const HOUR = 3_600_000;

test('B30: both secrets hold while a key is rotated, and the old one is refused from its end on', async () => {
  const { clock, store } = world();
  const elsewhere = createKeyStore(db, clock);
  const old = await store.create({ ...READER, env: 'demo' });
  assert.ok(await elsewhere.verify(old.key), 'believed elsewhere before it is rotated');
  const next = await store.rotate(old.id, { overlapMs: 24 * HOUR });
  assert.ok(next !== null && next.id === old.id && next.key !== old.key && next.key.startsWith('cnc_demo_'));
  assert.deepEqual(next.secrets, [
    { madeAt: START, endsAt: '2027-02-01T08:00:00.000Z' },
    { madeAt: START, endsAt: null },
  ]);
  for (const one of [store, elsewhere]) {
    assert.deepEqual(await one.verify(old.key), await one.verify(next.key), 'one bearer, at once, in every process');
  }
  clock.advance(24 * HOUR - 1);
  assert.ok(await elsewhere.verify(old.key));
  clock.advance(1);
  assert.equal(await elsewhere.verify(old.key), null);
  assert.ok(await elsewhere.verify(next.key));
});

test('B30: no request fails in the overlap while both secrets are presented at three processes', async () => {
  const { clock, store } = world();
  const processes = [store, createKeyStore(db, clock), createKeyStore(db, clock)];
  const old = await store.create(READER);
  let newest = old.key;
  const verified: boolean[] = [];
  let rotated = false;
  const load = processes.flatMap((one) =>
    Array.from({ length: 5 }, async () => {
      for (let turn = 0; turn < 40 || !rotated; turn++) {
        verified.push((await one.verify(turn % 2 === 0 ? old.key : newest)) !== null);
        clock.advance(10);
        await new Promise(setImmediate);
      }
    }),
  );
  newest = (await store.rotate(old.id, { overlapMs: 90 * 24 * HOUR }))?.key ?? '';
  rotated = true;
  await Promise.all(load);
  assert.ok(verified.length >= 600 && verified.every(Boolean));
});

test('a second rotation waits for the first, unless it ends all earlier secrets at once', async () => {
  const { clock, store } = world();
  const first = await store.create(READER);
  const second = await store.rotate(first.id, { overlapMs: HOUR });
  await assert.rejects(store.rotate(first.id, { overlapMs: HOUR }), {
    code: 'CONFLICT',
    message: /being rotated until 2027-01-31T09:00:00.000Z: wait, or rotate without overlap/,
  });
  const third = await store.rotate(first.id, { overlapMs: 0 });
  assert.deepEqual(
    [await store.verify(first.key), await store.verify(second?.key ?? ''), (await store.verify(third?.key ?? ''))?.id],
    [null, null, first.id],
  );
  clock.advance(1);
  const fourth = await store.rotate(first.id, { overlapMs: HOUR });
  assert.equal(fourth?.secrets.length, 2, 'what has ended is not kept');
  await store.revoke(first.id);
  assert.deepEqual([await store.verify(third?.key ?? ''), await store.verify(fourth?.key ?? '')], [null, null]);
  await assert.rejects(store.rotate(first.id, { overlapMs: HOUR }), { code: 'REFUSED', message: /revoked/ });
  await assert.rejects(store.rotate(first.id, { overlapMs: -1 }), { code: 'INVALID', field: 'overlap' });
  assert.equal(await store.rotate('no-such-key', { overlapMs: HOUR }), null);
});

test('B27: a wrong secret costs the store one question, and as many as an id that nobody has', async () => {
  const { clock } = world();
  const { db: own } = await testDatabase();
  await migrateKeys(own);
  let asked = 0;
  const counted = createKeyStore(
    Object.assign(Object.create(own) as typeof own, {
      // `withTables` is what the store takes of the pool
      withTables: () =>
        own.withPlugin({
          transformQuery: ({ node }) => {
            asked += 1;
            return node;
          },
          transformResult: async ({ result }) => result,
        }),
    }),
    clock,
  );
  const real = await counted.create(READER);
  await counted.verify(real.key);
  const cost = async (key: string) => {
    asked = 0;
    for (let turn = 0; turn < 20; turn++) assert.equal(await counted.verify(key), null);
    return asked;
  };
  assert.equal(await cost(newKey('live', real.id).key), 1, 'the right id with another secret');
  assert.equal(await cost(newKey('live').key), 1, 'an id that nobody has');
});

test('terms can be changed, the changes are told, and of two who looked at the same version one is refused', async () => {
  const { clock, store } = world();
  const { key, id, version } = await store.create({ ...READER, budget: { concurrency: 5 } });
  assert.ok(await store.verify(key));
  const updated = await store.update(
    id,
    { scopes: ['order:read'], rows: { regions: ['EMEA'] }, budget: { maxCost: 10 } },
    { by: 'ada', version },
  );
  assert.deepEqual(updated?.changes, [
    { field: 'scopes', from: ['customer:read'], to: ['order:read'] },
    { field: 'rows', from: null, to: 'limited' },
    { field: 'rows.regions', from: undefined, to: ['EMEA'] },
    { field: 'budget.concurrency', from: 5, to: undefined },
    { field: 'budget.maxCost', from: undefined, to: 10 },
  ]);
  assert.deepEqual([updated?.key.version, updated?.key.changedBy], [version + 1, 'ada']);
  assert.deepEqual((await store.verify(key))?.scopes, ['order:read'], 'at once here');
  await assert.rejects(store.update(id, { name: 'x' }, { by: 'bob', version }), { code: 'CONFLICT', field: 'version' });
  assert.deepEqual((await store.update(id, { scopes: ['order:read'] }, { by: 'bob' }))?.changes, []);
  assert.equal((await store.show(id))?.changedBy, 'ada', 'nothing changed, nobody changed it');
  await assert.rejects(store.update(id, { scopes: [] }, { by: 'bob' }), { code: 'INVALID', field: 'scopes' });
  assert.equal(await store.update('no-such-key', { name: 'x' }, { by: 'bob' }), null);
  await store.update(id, { expiresAt: '2027-01-31T08:00:01Z' }, { by: 'ada' });
  clock.advance(HOUR);
  assert.equal(
    (await store.update(id, { name: 'late' }, { by: 'ada' }))?.key.name,
    'late',
    'an expired key has a name too',
  );
  await store.revoke(id);
  await assert.rejects(store.update(id, { name: 'x' }, { by: 'bob' }), { code: 'REFUSED', message: /revoked/ });
});

test('keys of an earlier hub hold after their tables were moved on', async () => {
  const { db: old } = await testDatabase();
  await migrate(old, 'gateway', KEY_MIGRATIONS.slice(0, 1));
  const { key, id, hash } = newKey('live');
  await sql`INSERT INTO gateway.api_key (id, name, hash, scopes, created_at, not_before)
    VALUES (${id}, 'old', ${hash}, '{customer:read}', ${START}, ${START})`.execute(old);
  await migrateKeys(old);
  const store = createKeyStore(old, fixedClock(START));
  assert.deepEqual(await store.verify(key), principalOf({ id, name: 'old', scopes: ['customer:read'] }));
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

const WRONG: readonly [string, object, RegExp][] = [
  [
    'an unknown scope',
    { scopes: ['customer:raed'] },
    /^scopes: unknown scope customer:raed; the scopes are customer:read, /,
  ],
  ['no scope', { scopes: [] }, /^scopes: a key needs at least one scope; the scopes are /],
  ['an unknown system', { actsFor: 'SAP' }, /^actsFor: must be one of HUB, ERP, .* or null for none$/],
  ['no name', { name: '  ' }, /^name: must be a name of 1 to 100/],
  ['an end in the past', { expiresAt: '2020-01-01T00:00:00Z' }, /^expiresAt: must be after .* in the future/],
  [
    'an end before the beginning',
    { notBefore: '2028-01-01T00:00:00Z', expiresAt: '2027-06-01T00:00:00Z' },
    /^expiresAt: must be after the key begins/,
  ],
  ['an end that is no instant', { expiresAt: 'soon' }, /^expiresAt: must be an instant like/],
  [
    'an unknown part of rows',
    { rows: { tenants: ['a'] } },
    /^rows: unknown part tenants; there are customers, partner/,
  ],
  ['rows without a part', { rows: {} }, /^rows: name one of customers, .* or null for every customer$/],
  [
    'rows that are numbers',
    { rows: { customers: [7] } },
    /^rows\.customers\.0: must be a list of ids as text; put numb/,
  ],
  ['rows with too many ids', { rows: { customers: Array.from({ length: 501 }, (_, n) => `c${n}`) } }, /at most 500/],
  ['an unknown class', { unmasked: ['PERSONEL'] }, /^unmasked: unknown class PERSONEL; the classes are PUBLIC, /],
  ['an unknown mutation', { acts: { submitOdrer: {} } }, /^acts: unknown mutation submitOdrer; there are submitOrder$/],
  [
    'a negative limit',
    { acts: { submitOrder: { upTo: { EUR: '-5' } } } },
    /^acts\.submitOrder\.upTo\.EUR: must be an amo/,
  ],
  ['a limit in no currency', { acts: { submitOrder: { upTo: { euro: '5' } } } }, /amounts by ISO 4217 code, like /],
  [
    'a limit of another kind',
    { acts: { submitOrder: { max: 5 } } },
    /^acts\.submitOrder: unknown limit max; there are upTo, above$/,
  ],
  [
    'approval above no amount',
    { acts: { submitOrder: { above: 'approval' } } },
    /^acts\.submitOrder: above: approval needs upTo/,
  ],
  [
    'another word for approval',
    { acts: { submitOrder: { upTo: { EUR: '5' }, above: 'ask' } } },
    /^acts\.submitOrder\.above: must be refuse or approval$/,
  ],
  ['an unknown mode', { operations: 'any' }, /^operations: must be free or registered$/],
  [
    'no requests at all',
    { budget: { requestsPerMinute: 0 } },
    /^budget\.requestsPerMinute: must be a whole number from 1/,
  ],
  ['an unknown limit', { budget: { rpm: 5 } }, /^budget: unknown limit rpm; there are costPerMinute, /],
  [
    'a range that is none',
    { networks: ['10.0.0.0/33'] },
    /^networks: "10\.0\.0\.0\/33" is no address or range; write /,
  ],
  ['no networks', { networks: [] }, /^networks: an empty list would shut the key out; use null/],
  ['a field that is none', { scope: 'x' }, /^key: unknown field scope; there are name, scopes, /],
];
for (const [what, wrong, message] of WRONG) {
  test(`a key with ${what} is not made`, async () => {
    const store = createKeyStore(db, fixedClock(START), { mutations: ['submitOrder'] });
    await assert.rejects(store.create({ ...READER, ...wrong }), { code: 'INVALID', message });
  });
}

test('all that is wrong with a key is told at once', async () => {
  await assert.rejects(world().store.create({ name: '', scopes: ['x'], networks: ['y'] }), (error: Error) => {
    assert.deepEqual(
      error.message.split('\n').map((line) => line.split(':')[0]),
      ['name', 'scopes', 'networks'],
    );
    return true;
  });
});
