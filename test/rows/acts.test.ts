import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { salesforce } from '../../sandbox/data/keys.ts';
import type { WorldCustomer } from '../../sandbox/data/world.ts';
import type { GraphAnswer } from '../support/hub.ts';
import { type Caller, type HubOfCallers, openHubOfCallers } from './hub-of-callers.ts';

const partnerOf = (index: number, name: string): Caller => ({
  name,
  rows: { partnerOfRecord: [salesforce.account(index)] },
});
const PARTNER = partnerOf(20, 'partner');
const OTHER = partnerOf(21, 'other');
const EVERYBODY: Caller = { name: 'everybody', rows: null };

const ORDER = `mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) {
  ... on OrderAccepted { replayed process { id state customer { id } } }
  ... on OrderRejected { reasons { code message field system } } } }`;

interface Accepted {
  readonly replayed: boolean;
  readonly process: { readonly id: string; readonly state: string; readonly customer: { readonly id: string } | null };
  readonly reasons?: readonly { readonly code: string }[];
}

/** What a client can tell two answers by, with the id that was asked for left out. */
function told({ status, data, errors }: GraphAnswer<unknown>, asked: string): unknown {
  const clean = errors.map(({ message, path, extensions: { correlationId: _, ...extensions } }) => ({
    message,
    path,
    extensions,
  }));
  return JSON.parse(JSON.stringify({ status, data, errors: clean }).replaceAll(asked, 'what was asked for'));
}

describe('acts and processes of others', () => {
  let hub: HubOfCallers;
  let own: WorldCustomer;
  let foreign: WorldCustomer;
  const orderable = (partnerIndex: number): WorldCustomer =>
    [...hub.world.customers()].find(
      (one) =>
        one.partnerIndex === partnerIndex &&
        one.traits.length === 0 &&
        Object.values(one.known).every(Boolean) &&
        one.subscriptions.some(({ status }) => status === 'ACTIVE'),
    ) ?? assert.fail('no customer can order');
  const orderOf = ({ hubId, currency }: { hubId: string; currency: string }, idempotencyKey: string) => ({
    idempotencyKey,
    customerId: hubId,
    currency,
    waitSeconds: 30,
    lines: [{ sku: hub.world.products.find(({ kind, active }) => kind === 'SERVICE' && active)?.sku, quantity: 1 }],
  });
  const order = async (caller: Caller, input: object): Promise<Accepted> => {
    const { data, errors } = await hub.ask<{ submitOrder: Accepted }>(caller, ORDER, { input });
    assert.deepEqual(errors, []);
    return data.submitOrder;
  };
  const writes = () => hub.sandbox.ledger('netsuite').length + hub.sandbox.ledger('stripe').length;

  before(async () => {
    hub = await openHubOfCallers();
    [own, foreign] = [orderable(20), orderable(21)];
  });

  test('B18: a process of another’s customer is answered as one there is not, in every list and by every act on it', async () => {
    const [mine, theirs] = [await order(PARTNER, orderOf(own, 'b18')), await order(OTHER, orderOf(foreign, 'b18'))];
    assert.equal(mine.process.customer?.id, own.hubId);
    assert.equal(theirs.process.customer?.id, foreign.hubId);
    const [id, unknown] = [theirs.process.id, `${theirs.process.id.slice(0, -4)}zzzz`];
    const byId = [
      'query ($id: ID!) { process(id: $id) { id kind state outcome steps { name } customer { id } exception { message } } }',
      'mutation ($id: ID!) { retryProcess(id: $id) { process { id } } }',
      'mutation ($id: ID!) { giveUpProcess(id: $id, reason: "because") { process { id } } }',
      'mutation ($id: ID!) { withdrawRenewal(processId: $id, reason: "because") { process { id } } }',
      'mutation ($id: ID!) { approveProcess(id: $id) { process { id } } }',
      'mutation ($id: ID!) { rejectProcess(id: $id, reason: "because") { process { id } } }',
      'query ($id: ID!) { exceptions(after: $id) { nodes { step } pageInfo { hasNextPage } } }',
    ];
    for (const query of byId) {
      const answer = told(await hub.ask(PARTNER, query, { id }), id);
      assert.deepEqual(answer, told(await hub.ask(PARTNER, query, { id: unknown }), unknown), query);
    }
    const lists =
      '{ processes(first: 100) { nodes { id } pageInfo { hasNextPage } } approvals { nodes { process { id } } } proposals { nodes { id } } }';
    type Listed = { processes: { nodes: { id: string }[]; pageInfo: object } };
    for (const [caller, only] of [
      [PARTNER, mine],
      [OTHER, theirs],
    ] as const) {
      const { data, errors } = await hub.ask<Listed>(caller, lists);
      assert.deepEqual(errors, []);
      assert.deepEqual(data.processes, { nodes: [{ id: only.process.id }], pageInfo: { hasNextPage: false } });
    }
    const { data } = await hub.ask<Listed>(EVERYBODY, lists);
    assert.equal(data.processes.nodes.length, 2);
  });

  test('B18: no jump from a customer, an order or a subscription leads to another’s process', async () => {
    const { process } = await order(OTHER, orderOf(foreign, 'jump'));
    const run = await sql<{ salesOrder: string }>`
      SELECT sales_order_id AS "salesOrder" FROM process.run WHERE id = ${process.id}`.execute(hub.db);
    await sql`UPDATE process.run SET attributes = attributes || '{"subscriptionId": "sub_jump"}' WHERE id = ${process.id}`.execute(
      hub.db,
    );
    const jumps: [type: string, key: string, unknown: string, fields: string][] = [
      ['Process', process.id, 'nothing', 'state customer { id } steps { name }'],
      ['Customer', foreign.hubId, 'C-99999', 'processes { nodes { id } pageInfo { hasNextPage } }'],
      ['SalesOrder', run.rows[0]?.salesOrder ?? assert.fail('no order'), '1', 'process { id }'],
      ['CustomerSubscription', 'sub_jump', 'sub_none', 'processes { nodes { id } } pendingProcess { id }'],
    ];
    for (const [type, id, unknown, fields] of jumps) {
      const query = `query ($of: [_Any!]!) { _entities(representations: $of) { ... on ${type} { ${fields} } } }`;
      const jump = (caller: Caller, to: string) =>
        hub.fetch(caller, 'process', query, { of: [{ __typename: type, id: to }] });
      const [theirs, mine] = [await jump(OTHER, id), await jump(PARTNER, id)];
      assert.deepEqual(mine, await jump(PARTNER, unknown), type);
      assert.notDeepEqual(mine, theirs, type);
      assert.deepEqual(theirs, await jump(EVERYBODY, id), type);
    }
  });

  test('B18: an exception of another’s customer is in nobody else’s list or count', async () => {
    const list = '{ exceptions(first: 100) { nodes { customerName process { id } } pageInfo { hasNextPage } } }';
    const runs = await sql<{
      id: string;
    }>`SELECT DISTINCT ON (customer_id) id FROM process.run ORDER BY customer_id, id`.execute(hub.db);
    for (const { id } of runs.rows) {
      await sql`INSERT INTO process.exception (run_id, cause_class, step, system, message, raised_at)
        VALUES (${id}, 'TIMEOUT', 'open-sales-order', 'ERP', 'no answer', now())`.execute(hub.db);
    }
    type Listed = { exceptions: { nodes: { customerName: string; process: { id: string } }[] } };
    const names = async (caller: Caller) => (await hub.ask<Listed>(caller, list)).data.exceptions.nodes.length;
    assert.deepEqual([await names(PARTNER), await names(OTHER), await names(EVERYBODY)], [1, 1, 2]);
    await sql`DELETE FROM process.exception`.execute(hub.db);
  });

  test('B19: a key that another caller used starts a process of one’s own, and tells nothing of theirs', async () => {
    const theirs = await order(OTHER, orderOf(foreign, 'same-key'));
    const mine = await order(PARTNER, orderOf(own, 'same-key'));
    assert.equal(mine.replayed, false);
    assert.notEqual(mine.process.id, theirs.process.id);
    assert.equal(mine.process.customer?.id, own.hubId);
    const again = await order(OTHER, orderOf(foreign, 'same-key'));
    assert.deepEqual([again.replayed, again.process.id], [true, theirs.process.id]);
  });

  test('an act on another’s customer is answered as on one there is not; nothing is asked of a system about it, nothing written', async () => {
    const before = writes();
    const query = {
      preview:
        'query ($input: SubmitOrderInput!) { previewSubmitOrder(input: $input) { ... on Preview { writes { field } } ... on PreviewRejected { reasons { code message field } } } }',
      update: `mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { __typename
      ... on CustomerUpdateRefused { reasons { code message } refusals { field } } } }`,
    };
    const unknown = { hubId: 'C-99999', currency: foreign.currency };
    const pairs: [string, object, object][] = [
      [ORDER, orderOf(foreign, 'foreign'), orderOf(unknown, 'unknown')],
      [query.preview, orderOf(foreign, 'foreign'), orderOf(unknown, 'unknown')],
      [
        query.update,
        { idempotencyKey: 'foreign-update', customerId: foreign.hubId, legalName: 'Taken Over' },
        { idempotencyKey: 'unknown-update', customerId: unknown.hubId, legalName: 'Taken Over' },
      ],
    ];
    hub.sandbox.clearCalls();
    for (const [asked, named, other] of pairs) {
      const answer = told(await hub.ask(PARTNER, asked, { input: named }), foreign.hubId);
      assert.deepEqual(answer, told(await hub.ask(PARTNER, asked, { input: other }), unknown.hubId));
      assert.match(JSON.stringify(answer), /UNKNOWN_CUSTOMER/);
    }
    const calls = hub.sandbox.calls().map(({ path, query: text, body }) => `${path} ${text} ${body}`);
    assert.ok(!calls.some((call) => call.includes(salesforce.account(foreign.index))), 'nothing is asked about it');
    assert.equal(writes(), before);
  });

  test('an amendment of another’s subscription is answered as of one there is not, also while a process is changing it', async () => {
    const amend = `mutation ($input: AmendSubscriptionInput!) { amendSubscription(input: $input) { __typename
      ... on AmendmentRejected { reasons { code message field } } } }`;
    const preview = `query ($input: AmendSubscriptionInput!) { previewAmendSubscription(input: $input) {
      ... on PreviewRejected { reasons { code message field } } } }`;
    const { data } = await hub.ask<{
      customer: { subscriptions: { nodes: { id: string; items: { sku: string }[] }[] } };
    }>(
      EVERYBODY,
      'query ($id: ID!) { customer(id: $id) { subscriptions(status: ACTIVE) { nodes { id items { sku } } } } }',
      { id: foreign.hubId },
    );
    const subscription = data.customer.subscriptions.nodes[0] ?? assert.fail('no subscription');
    const unknown = 'sub_000000000000unknown';
    const input = (subscriptionId: string) => ({
      idempotencyKey: 'amend',
      subscriptionId,
      items: [{ sku: subscription.items[0]?.sku, quantity: 7 }],
    });
    const before = writes();
    await sql`UPDATE process.run SET lock = ${`subscription:${subscription.id}`}, ended_at = NULL
      WHERE id = (SELECT max(id) FROM process.run)`.execute(hub.db);
    const busy = await hub.ask(EVERYBODY, preview, { input: input(subscription.id) });
    assert.match(JSON.stringify(busy.data), /PROCESS_RUNNING/);
    for (const query of [amend, preview]) {
      const answer = told(await hub.ask(PARTNER, query, { input: input(subscription.id) }), subscription.id);
      assert.deepEqual(answer, told(await hub.ask(PARTNER, query, { input: input(unknown) }), unknown));
      assert.match(JSON.stringify(answer), /UNKNOWN_SUBSCRIPTION/);
    }
    assert.equal(writes(), before);
  });
});
