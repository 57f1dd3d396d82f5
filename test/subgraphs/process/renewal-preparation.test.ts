import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { sql } from 'kysely';
import { createDb, type Db } from '../../../platform/db/db.ts';
import { amountText, money } from '../../../platform/money.ts';
import type { VendorName } from '../../../sandbox/core/vendor.ts';
import { meteredOf } from '../../../sandbox/data/metered.ts';
import type { WorldCustomer } from '../../../sandbox/data/world.ts';
import type { Subscription } from '../../../subgraphs/billing/model.ts';
import { closeBeforeDatabase } from '../../support/database.ts';
import { type ActAnswer, AMEND } from './support/operations.ts';
import { correlated, type Hub, startHubOfProcesses } from './support/systems.ts';

const PREPARATION = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on CustomerSubscription {
  renewalPreparation {
    renewsOn agreedTerm { startsOn endsOn runsOn }
    usage { sku meter used included overage asOf }
    seats { sku licensed billed standing }
    openCases { count hasMore highestSeverity newest { id } }
    openInvoices { count hasMore totalDue { amount currency } oldestDueOn }
    acts { id kind state }
    completeness { complete sources { system state asOf missing } }
  } } } }`;

interface Preparation {
  readonly renewsOn: string | null;
  readonly agreedTerm: object | null;
  readonly usage: readonly { sku: string; meter: string; used: string; included: string; overage: string }[] | null;
  readonly seats: readonly { sku: string; licensed: number; billed: number; standing: string }[] | null;
  readonly openCases: { count: number; highestSeverity: string | null; newest: readonly { id: string }[] } | null;
  readonly openInvoices: { count: number; totalDue: readonly object[]; oldestDueOn: string | null } | null;
  readonly acts: readonly { id: string; kind: string }[] | null;
  readonly completeness: {
    readonly complete: boolean;
    readonly sources: readonly { system: string; state: string; asOf: string | null; missing: readonly string[] }[];
  };
}

let hub: Hub;
let db: Db;
let customer: WorldCustomer;
let subscription: Subscription;
let amendment: string;

before(async () => {
  hub = await startHubOfProcesses();
  db = createDb(hub.databaseUrl);
  closeBeforeDatabase(() => db.destroy());
  const found = [...hub.world.customers()].find(
    (one) =>
      one.traits.length === 0 &&
      Object.values(one.known).every(Boolean) &&
      one.subscriptions[0]?.status === 'ACTIVE' &&
      meteredOf(one.index, 0).length > 0 &&
      openCasesOf(one).length > 0 &&
      openInvoicesOf(one).length > 1,
  );
  customer = found ?? assert.fail('no customer has something of everything');
  const of = (await externalIds()).BILLING as never;
  const [page] = await hub.ports.billing.subscriptionsOf([{ of, first: 20, after: null }], correlated);
  const metered = page?.entries.find((one) => one.metered.length > 0 && one.status === 'ACTIVE');
  subscription = metered ?? assert.fail('no subscription is charged by use');
  const [item] = subscription.items;
  const { amendSubscription: answer } = await hub.ask<{ amendSubscription: ActAnswer }>(AMEND, {
    input: {
      idempotencyKey: 'before-renewal',
      subscriptionId: subscription.id,
      items: [{ sku: item?.sku, quantity: (item?.quantity ?? 0) + 1 }],
      waitSeconds: 30,
    },
  });
  assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
  amendment = answer.process.id;
  const [amended] = await hub.ports.billing.subscriptions([subscription.id], correlated);
  subscription = amended ?? assert.fail('billing lost it');
});
beforeEach(() => hub.sandbox.removeFaults());
after(() => hub.close());

const openCasesOf = ({ cases }: WorldCustomer) =>
  cases.filter(({ status }) => status !== 'SOLVED' && status !== 'CLOSED');
const openInvoicesOf = ({ invoices }: WorldCustomer) => invoices.filter(({ status }) => status === 'OPEN');

async function externalIds() {
  const [known] = await hub.ports.identity.customers([customer.hubId as never], correlated);
  return known?.externalIdBySystem ?? assert.fail('the register lost the customer');
}

async function prepared(id: string = subscription.id, as: object = {}): Promise<Preparation | null> {
  const of = [{ __typename: 'CustomerSubscription', id }];
  type Answer = { _entities: readonly { renewalPreparation: Preparation | null }[] };
  const { _entities } = await hub.ask<Answer>(PREPARATION, { of }, as);
  return _entities[0]?.renewalPreparation ?? null;
}

async function told(): Promise<Preparation> {
  return (await prepared()) ?? assert.fail('there is no preparation');
}

const states = ({ completeness: { sources } }: Preparation) =>
  Object.fromEntries(sources.map(({ system, state, missing }) => [system, [state, ...missing].join(' ')]));
const down = (vendor: VendorName, match?: string) =>
  hub.sandbox.addFault({ vendor, kind: 'status', status: 503, ...(match === undefined ? {} : { match }) });

const ALL_READ = { BILLING: 'READ', SUPPORT: 'READ', ERP: 'READ', HUB: 'READ' };

describe('what a renewal is prepared from', () => {
  test('everything that the systems hold, and that nothing is missing', async () => {
    const all = await told();
    assert.equal(all.renewsOn, subscription.renewsOn);
    assert.equal(all.agreedTerm, null);
    assert.deepEqual(all.usage?.map(({ sku }) => sku).sort(), subscription.metered.map(({ sku }) => sku).sort());
    for (const { used, included, overage } of all.usage ?? []) {
      assert.equal(Number(overage), Math.max(0, Number(used) - Number(included)));
    }
    assert.deepEqual(
      all.seats?.map(({ sku, billed }) => [sku, billed]),
      subscription.items.map(({ sku, quantity }) => [sku, quantity]),
    );
    const severities = openCasesOf(customer).map(({ severity }) => severity);
    assert.equal(all.openCases?.count, severities.length);
    const ranked = ['URGENT', 'HIGH', 'NORMAL', 'LOW'] as const;
    assert.equal(
      all.openCases?.highestSeverity,
      ranked.find((one) => severities.includes(one)),
    );
    assert.equal(all.openCases?.newest.length, Math.min(5, severities.length));
    const open = openInvoicesOf(customer);
    const sum = open.reduce((total, { balance }) => total + balance, 0);
    const { currency } = customer;
    assert.equal(all.openInvoices?.count, open.length);
    assert.deepEqual(all.openInvoices?.totalDue, [{ amount: amountText(money(sum, currency)), currency }]);
    assert.equal(all.openInvoices?.oldestDueOn, open.map(({ dueOn }) => dueOn).sort()[0]);
    assert.deepEqual(
      all.acts?.map(({ id, kind }) => [id, kind]),
      [[amendment, 'amend-subscription']],
    );
    assert.deepEqual(states(all), ALL_READ);
    assert.equal(all.completeness.complete, true);
    for (const { system, asOf } of all.completeness.sources)
      assert.ok(asOf !== null, `${system} tells when it was read`);
  });

  test('seats that support grants beyond what is billed are OVER, fewer are UNDER', async () => {
    const call = { ...correlated, key: 'seats', actingFor: 'SUPPORT' };
    const about = { orgId: (await externalIds()).SUPPORT as never, subscriptionId: subscription.id };
    const before = await hub.ports.support.rightsOf(about, correlated);
    const standing = async (more: number) => {
      const rights = subscription.items.map(({ sku, quantity }) => ({ sku, seats: quantity + more }));
      const startsOn = subscription.startedOn;
      await hub.ports.support.grant({ ...about, startsOn, endsOn: null, rights }, { ...call, key: `seats-${more}` });
      return [...new Set((await told()).seats?.map((one) => one.standing))];
    };
    assert.deepEqual([await standing(3), await standing(-1), await standing(0)], [['OVER'], ['UNDER'], ['EVEN']]);
    assert.equal(before.length, subscription.items.length);
  });

  test('support that is down: seats and cases are null and told, the rest is there', async () => {
    const whole = await told();
    down('zendesk');
    const part = await told();
    assert.deepEqual([part.seats, part.openCases], [null, null]);
    assert.deepEqual(states(part), { ...ALL_READ, SUPPORT: 'UNAVAILABLE seats openCases' });
    assert.equal(part.completeness.complete, false);
    assert.deepEqual([part.renewsOn, part.openInvoices, part.acts], [whole.renewsOn, whole.openInvoices, whole.acts]);
  });

  test('an ERP that is down: what is owed is null, not zero', async () => {
    down('netsuite');
    const part = await told();
    assert.equal(part.openInvoices, null);
    assert.deepEqual(states(part), { ...ALL_READ, ERP: 'UNAVAILABLE openInvoices' });
    assert.ok(part.usage && part.seats && part.openCases && part.acts);
  });

  test('billing that is down: the journal says whose subscription it is, and cases, invoices and acts are there', async () => {
    down('stripe');
    const part = await told();
    assert.deepEqual([part.renewsOn, part.agreedTerm, part.usage, part.seats], [null, null, null, null]);
    assert.deepEqual(states(part), { ...ALL_READ, BILLING: 'UNAVAILABLE renewsOn agreedTerm usage seats' });
    assert.ok(part.openCases && part.openInvoices);
    assert.deepEqual(
      part.acts?.map(({ id }) => id),
      [amendment],
    );
  });

  test('only the part is missing whose own question was not answered', async () => {
    down('stripe', 'meter');
    const part = await told();
    assert.equal(part.usage, null);
    assert.deepEqual(states(part), { ...ALL_READ, BILLING: 'UNAVAILABLE usage' });
    assert.ok(part.renewsOn && part.seats);
  });

  test('another’s subscription is answered as one there is not, also while billing is down', async () => {
    const [elsewhere, unknown] = [{ rows: { customers: ['C-1'] } }, 'sub_000000000000000unknown'];
    assert.equal(await prepared(subscription.id, elsewhere), null);
    assert.equal(await prepared(unknown, elsewhere), null);
    down('stripe');
    const answers = await Promise.all([prepared(subscription.id, elsewhere), prepared(unknown, elsewhere)]);
    const [foreign, none] = answers.map((one) => JSON.stringify({ ...one, completeness: one && states(one) }));
    assert.equal(foreign, none);
    assert.match(foreign ?? '', /"acts":\[\].*"ERP":"NOT_ASKED openInvoices"/);
  });

  test('within the caller’s rows everything is told', async () => {
    const mine = await prepared(subscription.id, { rows: { customers: [customer.hubId] } });
    assert.ok(mine?.usage && mine.seats && mine.openCases && mine.openInvoices);
    assert.equal(mine.completeness.complete, true);
  });

  test('a system that asks to be left alone is told as THROTTLED', async () => {
    hub.sandbox.addFault({ vendor: 'zendesk', kind: 'status', status: 429, retryAfter: '1' });
    const part = await told();
    assert.deepEqual([part.seats, part.openCases], [null, null]);
    assert.deepEqual(states(part), { ...ALL_READ, SUPPORT: 'THROTTLED seats openCases' });
  });

  test('a customer that support does not know has no cases to count: ABSENT', async () => {
    await sql`DELETE FROM identity.external_id WHERE system = 'SUPPORT' AND customer_id = ${customer.hubId}`.execute(
      db,
    );
    const part = await told();
    assert.deepEqual([part.seats, part.openCases], [null, null]);
    assert.deepEqual(states(part), { ...ALL_READ, SUPPORT: 'ABSENT seats openCases' });
    assert.equal(part.completeness.complete, false);
  });
});
