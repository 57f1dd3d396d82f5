import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Planted, plant, told } from '../../bench/reconcile/plant.ts';
import { DEFAULT_RECONCILE } from '../../events/reconcile/config.ts';
import { newFindingId, openReconciliationDesk } from '../../events/reconcile/desk.ts';
import { ANY, type Finding } from '../../events/reconcile/finding-store.ts';
import { KINDS } from '../../events/reconcile/kinds.ts';
import type { Reconciled } from '../../events/reconcile/read.ts';
import { reconcile } from '../../events/reconcile/reconcile.ts';
import type { Reconciliation } from '../../events/reconcile/runs.ts';
import { takeInDirectories } from '../../events/register/take-in.ts';
import { withLegalEntities } from '../../events/register/with-legal-entities.ts';
import type { Call } from '../../platform/call.ts';
import { systemClock } from '../../platform/clock.ts';
import { readAll } from '../../platform/config.ts';
import { migrate } from '../../platform/db/migrate.ts';
import { silentLog } from '../../platform/log.ts';
import { OUTBOX_SCHEMA, outboxMigrations } from '../../platform/outbox/tables.ts';
import { SAGA_SCHEMA } from '../../platform/saga/tables.ts';
import { createWorld } from '../../sandbox/data/generate.ts';
import { type RunningSandbox, startSandbox } from '../../sandbox/start.ts';
import { connectEvents } from '../../subgraphs/events/connect.ts';
import { connectIdentity } from '../../subgraphs/identity/connect.ts';
import { systemConnectors } from '../../subgraphs/process/connect.ts';
import { processMigrations } from '../../subgraphs/process/migrations.ts';
import { testDatabase } from '../support/database.ts';
import { NO_DEADLINE } from '../support/no-deadline.ts';
import { supergraphOwnership } from './support/ownership.ts';

const SIZE = 600;
const PLANTED = 48;
const call: Call = { correlationId: 'drift', signal: NO_DEADLINE, work: 'BACKGROUND' };

const world = createWorld({
  ...{ seed: 1, size: SIZE, agreeing: true },
  today: new Date().toISOString().slice(0, 10),
});
let sandbox: RunningSandbox;
let systems: Reconciled;
let desk: Awaited<ReturnType<typeof openReconciliationDesk>>;
let planted: Planted[];
let services: Parameters<typeof reconcile>[1];

before(async () => {
  sandbox = await startSandbox({ customers: SIZE, agreeing: true, latency: { minMs: 0, maxMs: 0 } });
  planted = plant(sandbox, world, PLANTED, 'BEFORE');
  const { db } = await testDatabase();
  await migrate(db, SAGA_SCHEMA, processMigrations);
  await migrate(db, OUTBOX_SCHEMA, outboxMigrations);
  const about = { clock: systemClock, log: silentLog, cache: null };
  const identity = await connectIdentity(db, about);
  systems = { ...readAll(systemConnectors(sandbox.environment, about)), identity };
  const { erp, billing, crm, support } = systems;
  const directories = {
    ERP: withLegalEntities(erp),
    BILLING: billing.directory,
    CRM: crm.directory,
    SUPPORT: support.directory,
  };
  await takeInDirectories({ identity, directories, log: silentLog, call });
  planted.push(...plant(sandbox, world, PLANTED, 'AFTER'));
  desk = await openReconciliationDesk(db, { clock: systemClock, days: 90 });
  services = {
    ...{
      db,
      runs: desk.runs,
      systems,
      ownership: supergraphOwnership(),
      newFindingId,
      clock: systemClock,
      log: silentLog,
    },
    grace: { invoiceDays: DEFAULT_RECONCILE.invoiceDays, paymentDays: DEFAULT_RECONCILE.paymentDays },
  };
});
after(() => sandbox.close());

async function run(wanted: Partial<{ scope: Reconciliation['scope']; dryRun: boolean }> = {}): Promise<Reconciliation> {
  const asked = await desk.request({ scope: 'ALL', since: null, dryRun: false, by: 'test', ...wanted });
  await reconcile(asked.run, services, call);
  const [ended] = await desk.runs.show([asked.run.id]);
  assert.ok(ended);
  return ended;
}

async function open(): Promise<readonly Finding[]> {
  const all: Finding[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const page = await desk.findingsFor(null).page({ ...ANY, states: ['OPEN'] }, { first: 50, after, order: 'MONEY' });
    all.push(...page.entries);
    more = page.hasMore;
    after = page.endCursor;
  }
  return all;
}

test('a dry run counts what it would find, and keeps nothing of it', async () => {
  const { state, totals } = await run({ dryRun: true });
  assert.equal(state, 'COMPLETED');
  assert.equal(
    Object.values(totals?.found ?? {}).reduce((all, count) => all + count, 0),
    planted.length,
  );
  assert.deepEqual(await open(), []);
});

test('every planted difference is found, in every kind, and none is invented', async () => {
  await run();
  const found = await open();
  assert.deepEqual(found.map(told).toSorted(), planted.map(told).toSorted());
  assert.deepEqual(new Set(found.map(({ kind }) => kind)), new Set(Object.keys(KINDS)));
});

test('findings come by the money at stake, and know who owns what they are about', async () => {
  const found = await open();
  const euros = found.map(({ atStake }) => (atStake?.currency === 'EUR' ? Number(atStake.amount) : null));
  const inEuros = euros.filter((amount) => amount !== null);
  assert.deepEqual(
    inEuros,
    inEuros.toSorted((a, b) => b - a),
  );
  const name = found.find(({ kind, system }) => kind === 'FIELD_DIFFERS' && system === 'CRM');
  assert.equal(name?.owner, 'ERP');
  assert.equal(name?.field, 'Customer.legalName');
  assert.equal(name?.observedValue, `${name?.ownerValue} (old)`);
});

test('who sees some customers finds and dismisses nothing of others, and has no runs', async () => {
  const [first, ...others] = await open();
  assert.ok(first);
  const rows = { customers: [first.customerId] };
  const store = desk.findingsFor(rows);
  const seen = await store.page({ ...ANY, states: null }, { first: 50, after: null, order: 'MONEY' });
  assert.deepEqual(new Set(seen.entries.map(({ customerId }) => customerId)), new Set([first.customerId]));
  const ids = others.map(({ id }) => id).slice(0, 5);
  assert.deepEqual(await store.find(ids), []);
  assert.deepEqual(await store.dismiss(ids, 'somebody', 'not mine'), []);
  const { findings } = connectEvents({ reconciliation: desk } as never); // nothing else of it is asked
  const port = findings({ id: 'key', rows } as never); // as a caller with rows comes
  assert.deepEqual([await port.newest(10), await port.show(['rec_1'])], [[], [null]]);
  await assert.rejects(port.request({ scope: 'ALL', since: null, dryRun: true }), /some customers only/);
});

test('control totals tell by how much billing and the ERP differ in each month', async () => {
  const { totals } = await run();
  const differing = (totals?.payments ?? []).filter(({ difference }) => Number(difference) !== 0);
  assert.ok(differing.length > 0);
  const twice = planted.filter(({ kind }) => kind === 'DUPLICATE_RECORD').length;
  const { records = 0, linked = 0 } = totals?.systems.BILLING ?? {};
  assert.equal(records, linked + twice);
});

test('what is gone is closed by the next run, what was dismissed stays so', async () => {
  const [first, second] = (await open()).filter(({ kind }) => kind === 'OVER_LICENSED');
  assert.ok(first && second);
  await desk.findingsFor(null).dismiss([second.id], 'somebody', 'agreed with the customer');
  const [, sku = ''] = first.ownerValue?.match(/^(\S+): (\d+)$/) ?? [];
  assert.ok(sku);
  sandbox.edit('zendesk', {
    ...{ record: 'entitlement', id: first.subject },
    set: { seats: Number(first.ownerValue?.split(': ')[1]) },
  });
  const { totals } = await run({ scope: 'ENTITLEMENTS' });
  assert.equal(totals?.closed, 1);
  const [closed] = await desk.findingsFor(null).find([first.id]);
  const [dismissed] = await desk.findingsFor(null).find([second.id]);
  assert.equal(closed?.state, 'CLOSED');
  assert.equal(dismissed?.state, 'DISMISSED');
});
