import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dueEvents, keep, settle } from '../../../events/ingest/inbox.ts';
import { INGEST_SCHEMA, type IngestTables, ingestMigrations } from '../../../events/ingest/tables.ts';
import { migrate } from '../../../platform/db/migrate.ts';
import { testDatabase } from '../../support/database.ts';

const AT = '2027-01-31T12:00:00.000Z';

test('a webhook does not wait for what a feed has told of a whole day, and each source keeps its order', async () => {
  const { db: pool } = await testDatabase();
  await migrate(pool, INGEST_SCHEMA, ingestMigrations);
  const db = pool.withTables<IngestTables>();
  const told = (source: string, nr: number) => ({
    source,
    inbound: {
      ...{ eventId: `${source}-${nr}`, type: 'changed', occurredAt: AT, entity: `record-${nr}` },
      ...{ tells: null, customerId: null, subjects: [], causedByKey: null },
    },
  });
  await keep(
    db,
    Array.from({ length: 200 }, (_, nr) => told('salesforce', nr)),
  );
  await keep(db, [told('stripe', 0), told('stripe', 1)]);
  const taken: string[] = [];
  for (let look = 0; look < 3; look += 1) {
    const due = await dueEvents(db, AT, 4);
    taken.push(...due.map(({ inbound }) => inbound?.eventId ?? ''));
    for (const { id } of due) await settle(db, { id, state: 'APPLIED' });
  }
  const first = (source: string) => taken.filter((eventId) => eventId.startsWith(source));
  assert.deepEqual(taken.slice(0, 4).sort(), ['salesforce-0', 'salesforce-1', 'stripe-0', 'stripe-1']);
  assert.deepEqual(
    first('salesforce'),
    Array.from({ length: 10 }, (_, nr) => `salesforce-${nr}`),
  );
  assert.deepEqual(first('stripe'), ['stripe-0', 'stripe-1']);
  assert.deepEqual(await dueEvents(db, AT, 0), []);
});
