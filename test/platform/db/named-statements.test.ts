import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { sql } from 'kysely';
import { createDb, type Db } from '../../../platform/db/db.ts';
import { closeBeforeDatabase, testDatabase } from '../../support/database.ts';

let db: Db;
before(async () => {
  const { url } = await testDatabase();
  db = createDb(url, { max: 1 }); // what has a name has it on one connection
  closeBeforeDatabase(() => db.destroy());
  await sql`create table tool (id int primary key, title text)`.execute(db);
  await sql`insert into tool values (1, 'saw')`.execute(db);
});

const named = async (): Promise<string[]> => {
  const { rows } = await sql<{ statement: string }>`select statement from pg_prepared_statements`.execute(db);
  return rows.map(({ statement }) => statement);
};

test('a statement that comes again and again is planned once, and answers by its parameters', async () => {
  const titleOf = (id: number) => sql<{ title: string }>`select title from tool where id = ${id}`.execute(db);
  for (let nr = 0; nr < 3; nr += 1) await titleOf(1);
  assert.deepEqual(await named(), []);
  assert.deepEqual([(await titleOf(1)).rows, (await titleOf(2)).rows], [[{ title: 'saw' }], []]);
  assert.deepEqual(await named(), ['select title from tool where id = $1']);
});

test('one that failed is asked anew', async () => {
  const halved = (by: number) => sql<{ half: number }>`select id / ${by}::int as half from tool`.execute(db);
  for (let nr = 0; nr < 5; nr += 1) await assert.rejects(halved(0), { code: '22012' });
  assert.deepEqual((await halved(1)).rows, [{ half: 1 }]);
});

test('while a later version adds a column, what this one asks goes on', async () => {
  const all = () => sql`select * from tool where id = ${1}`.execute(db);
  const titles = () => sql`select title, id from tool where id = ${1}`.execute(db);
  for (let nr = 0; nr < 5; nr += 1) await Promise.all([all(), titles()]);
  await sql`alter table tool add column weight int`.execute(db);
  assert.deepEqual((await all()).rows, [{ id: 1, title: 'saw', weight: null }]);
  assert.deepEqual((await titles()).rows, [{ title: 'saw', id: 1 }]);
});

test('texts without end get no names without end', async () => {
  for (let nr = 0; nr < 600; nr += 1) {
    const text = sql.raw(`select ${nr} as nr where 1 = `);
    for (let again = 0; again < 4; again += 1) await sql`${text}${1}::int`.execute(db);
  }
  assert.ok((await named()).length <= 500);
});
