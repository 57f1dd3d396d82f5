import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { migrate } from '../../../platform/db/migrate.ts';
import { outboxTail } from '../../../platform/outbox/changes.ts';
import type { EventToPublish } from '../../../platform/outbox/cloud-event.ts';
import { endOfOutbox } from '../../../platform/outbox/end.ts';
import { publish, readOutbox } from '../../../platform/outbox/outbox.ts';
import { OUTBOX_SCHEMA, type OutboxTables, outboxMigrations } from '../../../platform/outbox/tables.ts';
import { testDatabase } from '../../support/database.ts';

let db: Kysely<OutboxTables>;
before(async () => {
  const { db: pool } = await testDatabase();
  await migrate(pool, OUTBOX_SCHEMA, outboxMigrations);
  db = pool.withTables<OutboxTables>();
});

const event = (id: string, orderKey = 'customer:C-1'): EventToPublish => ({
  id,
  name: 'CustomerChanged',
  version: 1,
  subject: 'customer/C-1',
  orderKey,
  occurredAt: '2027-01-31T08:15:00.000Z',
  correlationId: 'cor-1',
  data: { fields: ['legalName'] },
});
const publishAll = (...events: EventToPublish[]) => db.transaction().execute((trx) => publish(trx, events));
const idsAfter = async (after: string, first = 100) =>
  (await readOutbox(db, { after, first })).map(({ event: { id } }) => id);
const last = async () => (await readOutbox(db, { after: '0', first: 1000 })).at(-1)?.position ?? '0';

test('an event is a CloudEvent, and is there once however often it is said', async () => {
  await publishAll(event('a'));
  await publishAll(event('a'));
  const [only, ...others] = await readOutbox(db, { after: '0', first: 10 });
  assert.deepEqual(others, []);
  assert.deepEqual(only?.event, {
    specversion: '1.0',
    id: 'a',
    source: '/concord',
    type: 'concord.CustomerChanged.v1',
    subject: 'customer/C-1',
    time: '2027-01-31T08:15:00.000Z',
    datacontenttype: 'application/json',
    orderkey: 'customer:C-1',
    correlationid: 'cor-1',
    data: { fields: ['legalName'] },
  });
});

test('what was not committed is never told', async () => {
  const from = await last();
  await assert.rejects(
    db.transaction().execute(async (trx) => {
      await publish(trx, [event('rolled back')]);
      throw new Error('the change failed');
    }),
  );
  assert.deepEqual(await idsAfter(from), []);
});

test('a reader that goes on from the last it was given misses nothing that commits late', async () => {
  const from = await last();
  let commit = () => {};
  const late = db.transaction().execute(async (trx) => {
    await publish(trx, [event('slow', 'customer:C-2')]);
    await new Promise<void>((resolve) => {
      commit = resolve;
    });
  });
  while (commit.name === 'commit') await new Promise((resolve) => setImmediate(resolve)); // until it has written
  await publishAll(event('quick', 'customer:C-3'));
  assert.deepEqual(await idsAfter(from), ['quick']);
  const then = await last();
  commit();
  await late;
  assert.deepEqual(await idsAfter(then), ['slow']);
});

test('events of one key are told in the order in which their changes were committed', async () => {
  const from = await last();
  await sql`create table if not exists change (nr integer primary key)`.execute(db);
  // Each change tells how many there were before it: the row is locked by the key of the events alone.
  await Promise.all(
    Array.from({ length: 30 }, () =>
      db.transaction().execute(async (trx) => {
        await sql`select pg_current_xact_id()`.execute(trx); // numbers of transactions are no order either
        await sql`select pg_advisory_xact_lock(hashtextextended('concord.outbox.customer:C-4', 0))`.execute(trx);
        const { rows } = await sql<{ nr: number }>`
          insert into change select count(*) from change returning nr`.execute(trx);
        await publish(trx, [event(`change ${rows[0]?.nr}`, 'customer:C-4')]);
      }),
    ),
  );
  assert.deepEqual(
    await idsAfter(from),
    Array.from({ length: 30 }, (_, nr) => `change ${nr}`),
  );
});

test('pages follow one another', async () => {
  const all = await readOutbox(db, { after: '0', first: 1000 });
  const [first] = await readOutbox(db, { after: '0', first: 1 });
  assert.deepEqual(await readOutbox(db, { after: first?.position ?? '', first: 1000 }), all.slice(1));
});

test('who reads on from the end is given what is told from now on, however much was never read', async () => {
  await publishAll(...Array.from({ length: 1_100 }, (_, nr) => event(`unread-${nr}`)));
  const end = await endOfOutbox(db);
  await publishAll(event('told from now on'));
  assert.deepEqual(await idsAfter(end), ['told from now on']);
});

test('an event wakes who follows its customer, its record, and whatever its data name by id', async () => {
  const pool = db as never;
  const from = await outboxTail.end(pool);
  const data = { customerId: 'C-1', entity: 'sales-order:10042', processId: 'prc_1', lines: 2, otherId: 7 };
  await publishAll({ ...event('followed'), data });
  const [row, ...more] = await outboxTail.after(pool, from, 10);
  assert.deepEqual(more, []);
  assert.deepEqual(row?.topics, ['customer:C-1', 'process:prc_1', 'salesOrder:10042']);
});
