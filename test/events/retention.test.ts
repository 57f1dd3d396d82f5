import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { type Kysely, sql } from 'kysely';
import { connectConflicts } from '../../events/conflicts/conflict-store.ts';
import type { ConflictTables } from '../../events/conflicts/tables.ts';
import type { IngestTables } from '../../events/ingest/tables.ts';
import { connectParked } from '../../events/parked/parked-store.ts';
import { removeEnded } from '../../events/retention.ts';
import type { Db } from '../../platform/db/db.ts';
import { testDatabase } from '../support/database.ts';

const NOW = Date.parse('2027-01-31T08:15:00.000Z');
const daysAgo = (days: number) => new Date(NOW - days * 86_400_000).toISOString();
const BEFORE = new Date(daysAgo(400));

let pool: Db;
let db: Kysely<ConflictTables & IngestTables>;
before(async () => {
  ({ db: pool } = await testDatabase());
  db = pool.withTables<ConflictTables & IngestTables>();
  await connectParked(pool); // lays the tables of changes, too
});

test('conflicts that ended go after their time, and those that are open, or dismissed and still seen, stay', async () => {
  const conflicts = await connectConflicts(pool);
  const place = (customerId: string) => ({ customerId, field: 'Customer.legalName', system: 'CRM' });
  const see = (customerId: string, days: number, eventId = 'first') =>
    conflicts.see(
      { ...place(customerId), externalId: '1', owner: 'ERP', held: 'a', owned: 'b', eventId },
      daysAgo(days),
    );
  const dismiss = async (customerId: string, days: number) => {
    const [open] = await conflicts.open(customerId);
    await conflicts.dismiss(open?.id ?? '', { id: 'key_1', reason: 'it may stay', at: daysAgo(days) }, null);
  };
  await see('C-open', 900);
  await see('C-resolved-long-ago', 900);
  await conflicts.resolve(place('C-resolved-long-ago'), 'OWNER_TOOK_OVER', daysAgo(401));
  await see('C-resolved-lately', 900);
  await conflicts.resolve(place('C-resolved-lately'), 'OWNER_TOOK_OVER', daysAgo(399));
  await see('C-dismissed-long-ago', 900);
  await dismiss('C-dismissed-long-ago', 890);
  await see('C-dismissed-and-seen', 900);
  await dismiss('C-dismissed-and-seen', 890);
  await see('C-dismissed-and-seen', 10, 'second');
  assert.equal((await removeEnded(pool, BEFORE)).conflicts, 2);
  const { entries } = await conflicts.page(
    { state: null, system: null, field: null, customerId: null },
    { first: 100, after: null },
    null,
  );
  assert.deepEqual(entries.map(({ customerId }) => customerId).sort(), [
    'C-dismissed-and-seen',
    'C-open',
    'C-resolved-lately',
  ]);
  assert.equal((await removeEnded(pool, BEFORE)).conflicts, 0);
});

test('changes that were dealt with go after their time, and none that waits, however many there are', async () => {
  const insert = (state: string, days: number, nr: number) =>
    sql`
    insert into ingest.inbox (source, event_id, type, occurred_at, entity, inbound, state, received_at, parked_at)
    select 'stripe', ${`${state}-${days}-`} || nr, 'x', ${daysAgo(days)}, 'invoice:1', '{}', ${state}, ${daysAgo(days)},
      case when ${state} in ('PARKED', 'DISMISSED') then ${daysAgo(days)}::timestamptz end
    from generate_series(1, ${nr}) as nr`.execute(db);
  await insert('APPLIED', 401, 2_500);
  for (const state of ['SUPERSEDED', 'ECHO', 'DISMISSED', 'RECEIVED', 'PARKED']) await insert(state, 401, 1);
  await insert('APPLIED', 399, 1);
  const both = await Promise.all([removeEnded(pool, BEFORE), removeEnded(pool, BEFORE)]);
  assert.equal(
    both.reduce((sum, { changes = 0 }) => sum + changes, 0),
    2_503,
    'each once, however many processes look',
  );
  const rows = await db.selectFrom('ingest.inbox').select('event_id').orderBy('event_id').execute();
  assert.deepEqual(
    rows.map(({ event_id }) => event_id),
    ['APPLIED-399-1', 'PARKED-401-1', 'RECEIVED-401-1'],
  );
});
