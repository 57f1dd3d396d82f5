import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, beforeEach, test } from 'node:test';
import { type ConflictStore, connectConflicts } from '../../../events/conflicts/conflict-store.ts';
import { HOLDINGS } from '../../../events/conflicts/holdings.ts';
import { conflictJudge } from '../../../events/conflicts/judge.ts';
import { fixedClock } from '../../../platform/clock.ts';
import { errorCode, HubError } from '../../../platform/errors.ts';
import { readOwnership } from '../../../platform/ownership/ownership.ts';
import { connectIdentity } from '../../../subgraphs/identity/connect.ts';
import type { CustomerId } from '../../../subgraphs/identity/model.ts';
import type { IdentityPort } from '../../../subgraphs/identity/port.ts';
import { testDatabase } from '../../support/database.ts';
import { NO_DEADLINE } from '../../support/no-deadline.ts';

const SDL = readFileSync(new URL('../../../schema/supergraph.graphql', import.meta.url), 'utf8');
const ownership = readOwnership(SDL);
const clock = fixedClock('2027-01-31T08:15:00.000Z');
const BERLIN = {
  line1: 'Invalidenstr. 117',
  line2: null,
  city: 'Berlin',
  region: null,
  postalCode: '10115',
  country: 'DE',
};

/** What the four systems hold of the customer; a test changes it as people at the systems would. */
const fresh = () => ({
  erp: { legalName: 'Iris Robotics GmbH', email: 'billing@iris.example', billingAddress: BERLIN, hasOrders: true },
  billing: { name: 'Iris Robotics GmbH' as string | null, email: 'billing@iris.example' },
  crm: { name: 'Iris Robotics GmbH', billingAddress: BERLIN as typeof BERLIN | null },
  support: { name: 'Iris Robotics GmbH' },
});
let world = fresh();
let away: string | null = null;
let read: string[] = [];

const answer = (system: 'erp' | 'billing' | 'crm' | 'support') => async (_ids: unknown, call: { fresh?: boolean }) => {
  if (away === system) throw new HubError('UNAVAILABLE', `${system} is away`);
  assert.equal(call.fresh, true, 'past the cache');
  read.push(system);
  return [world[system]] as never;
};
const ports = {
  identity: {
    customers: async ([id]: readonly string[]) =>
      [
        {
          id,
          externalIdBySystem: { ERP: `e-${id}`, BILLING: `b-${id}`, CRM: `c-${id}`, SUPPORT: `s-${id}`, SUCCESS: null },
        },
      ] as never,
  },
  erp: { customers: answer('erp') },
  billing: { customers: answer('billing') },
  crm: { accounts: answer('crm') },
  support: { orgs: answer('support') },
};

let conflicts: ConflictStore;
let identity: IdentityPort;
const WRITE = { correlationId: 'test', signal: NO_DEADLINE, key: 'test', actingFor: 'HUB' };
let judge: ReturnType<typeof conflictJudge>;
let count = 0;
let customerId = '';
before(async () => {
  const { db } = await testDatabase();
  conflicts = await connectConflicts(db);
  identity = await connectIdentity(db, { clock });
  judge = conflictJudge({ ports, ownership, conflicts, clock });
});
beforeEach(() => {
  world = fresh();
  away = null;
  read = [];
  count += 1;
  customerId = `C-${count}`;
});

const newEventId = () => {
  count += 1;
  return `evt-${count}`;
};
const told = (system: string, eventId = newEventId()) =>
  judge({ eventId, customerId, system }, { correlationId: 'test', signal: AbortSignal.timeout(10_000) });
const all = async () => {
  const filter = { state: null, system: null, field: null, customerId };
  const { entries } = await conflicts.page(filter, { first: 100, after: null }, null);
  return entries;
};
const only = async () => {
  const [conflict, ...more] = await all();
  assert.deepEqual(more, []);
  assert.ok(conflict);
  return conflict;
};

test('a legal name that the CRM changes becomes a conflict with what both hold, under the name of the owner', async () => {
  world.crm.name = 'Iris Robots AG';
  await told('CRM');
  const { id: _id, ...conflict } = await only();
  assert.deepEqual(conflict, {
    customerId,
    field: 'Customer.legalName',
    system: 'CRM',
    externalId: `c-${customerId}`,
    owner: 'ERP',
    held: 'Iris Robots AG',
    owned: 'Iris Robotics GmbH',
    state: 'OPEN',
    seen: 1,
    firstSeenAt: '2027-01-31T08:15:00.000Z',
    lastSeenAt: '2027-01-31T08:15:00.000Z',
    endedAt: null,
    resolution: null,
    dismissedBy: null,
    reason: null,
  });
});

test('each system that holds a field is judged by the same declarations, none by a rule of its own', async () => {
  for (const [system, change, field] of [
    ['BILLING', () => Object.assign(world.billing, { name: 'Other' }), 'Customer.legalName'],
    ['SUPPORT', () => Object.assign(world.support, { name: 'Other' }), 'Customer.legalName'],
    ['ERP', () => Object.assign(world.erp, { email: 'other@iris.example' }), 'Customer.billingEmail'],
    ['CRM', () => Object.assign(world.crm, { billingAddress: { ...BERLIN, city: 'Bonn' } }), 'Customer.billingAddress'],
  ] as const) {
    world = fresh();
    customerId = `C-${system}-${count}`;
    change();
    await told(system);
    const conflict = await only();
    assert.deepEqual([conflict.system, conflict.field], [system, field]);
  }
});

test('what an owner changes of its own field is no conflict, nor is the same said in other letters', async () => {
  world.erp.legalName = 'Iris Robotics SE'; // others hold the old name until they tell of a change
  await told('ERP');
  world = fresh();
  world.billing.name = '  Iris  Robotics GmbH ';
  world.erp.email = 'Billing@Iris.example';
  await told('BILLING');
  await told('ERP');
  assert.deepEqual(await all(), []);
});

test('who owns the address depends on whether the customer has ordered', async () => {
  world.erp.hasOrders = false;
  world.crm.billingAddress = { ...BERLIN, city: 'Bonn' };
  await told('CRM');
  assert.deepEqual(await all(), [], "the address is the CRM's until then");
  await told('ERP');
  assert.equal((await only()).owner, 'CRM');
  world.erp.hasOrders = true;
  await told('CRM');
  assert.deepEqual(
    (await all()).map(({ system, owner, state, resolution }) => [system, owner, state, resolution]),
    [
      ['CRM', 'ERP', 'OPEN', null],
      ['ERP', 'CRM', 'RESOLVED', 'OWNERSHIP_MOVED'],
    ],
  );
});

test('it is counted by event, the same one said again is not, and it ends when either side gives way', async () => {
  world.crm.name = 'Iris Robots AG';
  await told('CRM', 'evt-a');
  await told('CRM', 'evt-a');
  clock.advance(60_000);
  await told('CRM', 'evt-b');
  const twice = await only();
  assert.equal(twice.seen, 2);
  assert.ok(twice.lastSeenAt > twice.firstSeenAt);
  world.erp.legalName = 'Iris Robots AG';
  await told('ERP');
  assert.deepEqual([(await only()).state, (await only()).resolution], ['RESOLVED', 'OWNER_TOOK_OVER']);
  world.crm.name = 'Iris Robots Inc';
  await told('CRM');
  assert.deepEqual(
    (await all()).map(({ state }) => state),
    ['OPEN', 'RESOLVED'],
    'the next one is another conflict',
  );
  world.crm.name = 'Iris Robots AG';
  await told('CRM');
  assert.deepEqual(
    (await all()).map(({ resolution }) => resolution),
    ['HOLDER_CORRECTED', 'OWNER_TOOK_OVER'],
  );
});

test('one that is dismissed stays so until a value changes; only an open one can be dismissed', async () => {
  world.crm.name = 'IRIS';
  await told('CRM');
  const by = { id: 'key_1', reason: 'a short name for lists', at: '2027-01-31T09:00:00.000Z' };
  const { id } = await only();
  const dismissed = await conflicts.dismiss(id, by, null);
  assert.deepEqual(
    [dismissed.state, dismissed.dismissedBy, dismissed.reason],
    ['DISMISSED', 'key_1', 'a short name for lists'],
  );
  assert.equal((await conflicts.dismiss(id, by, null)).state, 'DISMISSED', 'said again it is the same');
  await assert.rejects(conflicts.dismiss(id, { ...by, id: 'key_2' }, null), (error) => errorCode(error) === 'CONFLICT');
  await assert.rejects(conflicts.dismiss('0', by, null), (error) => errorCode(error) === 'NOT_FOUND');
  await told('CRM');
  assert.deepEqual([(await only()).state, (await only()).seen], ['DISMISSED', 2]);
  world.crm.name = 'IRIS 2';
  await told('CRM');
  assert.deepEqual(
    (await all()).map(({ state }) => state),
    ['OPEN', 'DISMISSED'],
  );
});

test('B18: who sees some customers only is shown no conflict of the others, and cannot dismiss one', async () => {
  world.crm.name = 'IRIS';
  await told('CRM');
  const { id } = await only();
  const filter = { state: null, system: null, field: null, customerId };
  const shownTo = async (hubId: string) => {
    const { entries } = await conflicts.page(filter, { first: 100, after: null }, { customers: [hubId] });
    return entries.map((conflict) => conflict.id);
  };
  for (const hubId of [customerId, 'C-other']) {
    await identity.register({ id: hubId as CustomerId, name: hubId, email: null }, WRITE);
  }
  assert.deepEqual(await shownTo(customerId), [id]);
  assert.deepEqual(await shownTo('C-other'), []);
  const by = { id: 'key_1', reason: 'because', at: '2027-01-31T09:00:00.000Z' };
  await assert.rejects(
    conflicts.dismiss(id, by, { customers: ['C-other'] }),
    (error) => errorCode(error) === 'NOT_FOUND',
  );
  assert.equal((await only()).state, 'OPEN');
});

test('nothing is made of a system that does not answer, and who holds nothing contradicts nobody', async () => {
  world.crm.name = 'Other';
  away = 'erp';
  await assert.rejects(told('CRM'), (error) => errorCode(error) === 'UNAVAILABLE');
  assert.deepEqual(await all(), []);
  away = null;
  world.crm.name = 'Iris Robotics GmbH';
  world.crm.billingAddress = null;
  world.billing.name = null;
  await told('CRM');
  await told('BILLING');
  assert.deepEqual(await all(), []);
});

test('each record is read once for an event, and none that it does not come to', async () => {
  await told('SUPPORT');
  assert.deepEqual(read.sort(), ['erp', 'support']);
});

test('every value that the graph shows as observed is compared', () => {
  const sources = ['billing/resolvers.ts', 'crm/observed.ts', 'erp/observed.ts', 'support/resolvers.ts'];
  for (const source of sources) {
    const text = readFileSync(new URL(`../../../subgraphs/${source}`, import.meta.url), 'utf8');
    const system = source.split('/')[0]?.toUpperCase() as keyof typeof HOLDINGS;
    const observed = new Set([...text.matchAll(/'(Customer\.\w+)'/g)].map(([, field]) => field ?? ''));
    assert.ok(observed.size > 0, source);
    for (const field of observed) assert.ok(Object.hasOwn(HOLDINGS[system], field), `${system} ${field}`);
  }
});
