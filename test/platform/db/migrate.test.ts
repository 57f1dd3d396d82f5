import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { createDb } from '../../../platform/db/db.ts';
import { type Migration, migrate } from '../../../platform/db/migrate.ts';
import { testDatabase } from '../../support/database.ts';

const FIRST: Migration = {
  name: '0001-tables',
  sql: `CREATE TABLE thing (id int PRIMARY KEY, word text); INSERT INTO thing VALUES (1, 'one');`,
};
const SECOND: Migration = { name: '0002-more', sql: `INSERT INTO thing VALUES (2, 'two')` };

test('migrations run once each, in order, inside their own schema', async () => {
  const { db } = await testDatabase();
  await migrate(db, 'shop', [FIRST]);
  await migrate(db, 'shop', [FIRST, SECOND]);
  await migrate(db, 'shop', [FIRST, SECOND]);
  const { rows } = await sql<{ id: number }>`SELECT id FROM shop.thing ORDER BY id`.execute(db);
  assert.deepEqual(rows, [{ id: 1 }, { id: 2 }]);
  const path = await sql<{ path: string }>`SELECT current_setting('search_path') AS path`.execute(db);
  assert.doesNotMatch(String(path.rows[0]?.path), /shop/, 'the search path of the pool is left as it was');
});

test('many processes that start at once migrate once', async () => {
  const { db, url } = await testDatabase();
  const pools = Array.from({ length: 8 }, () => createDb(url, { max: 1 }));
  try {
    await Promise.all(pools.map((pool) => migrate(pool, 'shop', [FIRST, SECOND])));
  } finally {
    await Promise.all(pools.map((pool) => pool.destroy()));
  }
  const { rows } = await sql`SELECT id FROM shop.thing`.execute(db);
  assert.equal(rows.length, 2);
});

test('a migration that fails leaves nothing behind, and can be mended', async () => {
  const { db } = await testDatabase();
  const broken = { name: '0002-broken', sql: `CREATE TABLE half (id int); SELECT no_such_function()` };
  await assert.rejects(migrate(db, 'shop', [FIRST, broken]), /no_such_function/);
  const { rows } = await sql<{ found: string | null }>`SELECT to_regclass('shop.thing')::text AS found`.execute(db);
  assert.equal(rows[0]?.found, null);
  await migrate(db, 'shop', [FIRST, SECOND]);
});

test('a hub that is older than its database refuses to touch it', async () => {
  const { db } = await testDatabase();
  await migrate(db, 'shop', [FIRST, SECOND]);
  await assert.rejects(migrate(db, 'shop', [FIRST]), /newer hub \(schema shop has 0002-more\)/);
});
