import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { salesforce } from '../../sandbox/data/keys.ts';
import type { WorldCustomer } from '../../sandbox/data/world.ts';
import type { GraphAnswer } from '../support/hub.ts';
import { type Caller, type HubOfCallers, openHubOfCallers } from './hub-of-callers.ts';

const PARTNER: Caller = { name: 'partner', rows: { partnerOfRecord: [salesforce.account(20)] } };
const OTHER: Caller = { name: 'other', rows: { partnerOfRecord: [salesforce.account(21)] } };
const EVERYBODY: Caller = { name: 'everybody', rows: null };

/** What a client can tell two answers by; the correlation id is different in any two. */
const told = ({ status, data, errors }: GraphAnswer<unknown>) => ({
  status,
  data,
  errors: errors.map(({ message, path, extensions: { correlationId: _, ...extensions } }) => ({
    message,
    path,
    extensions,
  })),
});

/** Everything that the graph tells of one customer; `$id` names it. */
const EVERYTHING = /* GraphQL */ `
  fragment Everything on Customer {
    id displayName erpCustomerId billingCustomerId crmAccountId supportOrgId mergedIds externalIds { system externalId }
    legalName taxId billingAddress { line1 city } paymentTerms legalEntity { id } credit { status } receivables { balance { amount } }
    salesOrders(first: 20) { nodes { id number purchaseOrderNumber customer { id } process { id } } }
    invoices(first: 20) { nodes { id number lines(first: 5) { nodes { sku } } customer { id } } }
    billingEmail subscriptions(first: 20) { nodes { id contractId customer { id } pendingProcess { id } } }
    payments(first: 20) { nodes { id } } collections { state } observedByBilling { value }
    segment industry region website accountOwner { name } observedByCrm { value }
    contacts(first: 20) { nodes { id name email phone } }
    opportunities(first: 20) { nodes { id name customer { id } } }
    quotes(first: 20) { nodes { id number opportunity { id } } }
    supportTier cases(first: 20) { nodes { id number subject customer { id } } } entitlements(first: 20) { nodes { id } }
    processes(first: 20) { nodes { id } } pendingProcess { id }
    children(first: 20) { nodes { id } pageInfo { hasNextPage } }
  }`;

describe('customers of others', () => {
  let hub: HubOfCallers;
  let customers: readonly WorldCustomer[];
  const own = (partnerIndex: number) => customers.filter((one) => one.partnerIndex === partnerIndex);
  const at = (index: number): WorldCustomer => customers[index] as WorldCustomer; // the world has 60
  before(async () => {
    hub = await openHubOfCallers();
    customers = [...hub.world.customers()];
  });

  /** Requests to vendors while it runs, as text. */
  async function callsOf(work: () => Promise<unknown>): Promise<string> {
    hub.sandbox.clearCalls();
    await work();
    return hub.sandbox
      .calls()
      .map(
        ({ path, query, body }) =>
          `${path}?${decodeURIComponent(query)} ${decodeURIComponent(body.replaceAll('%', '%25'))}`,
      )
      .join('\n');
  }

  test('B21: a customer of another partner is answered as one there is not, by hub id and by every external id, and nobody is asked', async () => {
    const foreign = at(1); // buys through the other partner
    const { data } = await hub.ask<{ customer: Record<string, string> }>(
      EVERYBODY,
      `query ($id: ID!) { customer(id: $id) { ...Everything } } ${EVERYTHING}`,
      { id: foreign.hubId },
    );
    const ids = data.customer;
    const byId = `query ($id: ID!) { customer(id: $id) { ...Everything } } ${EVERYTHING}`;
    const byExternalId = `query ($system: System!, $id: ID!) { customerByExternalId(system: $system, externalId: $id) { ...Everything } } ${EVERYTHING}`;
    const asks: [string, object, object][] = [
      [byId, { id: foreign.hubId }, { id: 'C-99999' }],
      [byExternalId, { system: 'HUB', id: foreign.hubId }, { system: 'HUB', id: 'C-99999' }],
      [byExternalId, { system: 'ERP', id: ids.erpCustomerId }, { system: 'ERP', id: '1999999' }],
      [byExternalId, { system: 'BILLING', id: ids.billingCustomerId }, { system: 'BILLING', id: 'cus_unknown' }],
      [byExternalId, { system: 'CRM', id: ids.crmAccountId }, { system: 'CRM', id: salesforce.account(999) }],
      [byExternalId, { system: 'SUPPORT', id: ids.supportOrgId }, { system: 'SUPPORT', id: '999' }],
    ];
    const calls = await callsOf(async () => {
      for (const [query, named, unknown] of asks) {
        const answer = told(await hub.ask(PARTNER, query, named));
        assert.deepEqual(answer, told(await hub.ask(PARTNER, query, unknown)), JSON.stringify(named));
        assert.deepEqual(Object.values(answer.data as object), [null]);
        assert.deepEqual(answer.errors, []);
      }
    });
    assert.equal(calls, '');
  });

  test('B21: a merged customer is seen under its old id by whoever sees the survivor, and by nobody else', async () => {
    const query = 'query ($id: ID!) { customer(id: $id) { id mergedIds legalName } }';
    const [survivor, gone] = [at(14), at(15)];
    const sees: Caller = { name: 'survivor', rows: { customers: [survivor.hubId] } };
    const { data } = await hub.ask<{ customer: { id: string } }>(sees, query, { id: gone.hubId });
    assert.equal(data.customer.id, survivor.hubId);
    assert.deepEqual(told(await hub.ask(PARTNER, query, { id: gone.hubId })).data, { customer: null });
  });

  test('B22: lists and searches hold own customers alone, in every page, count and page info', async () => {
    const query = `query ($search: String, $after: String) {
      customers(search: $search, first: 3, after: $after) { nodes { id } edges { cursor } pageInfo { hasNextPage endCursor } } }`;
    type Listed = {
      customers: { nodes: { id: string }[]; pageInfo: { hasNextPage: boolean; endCursor: string | null } };
    };
    const all = async (caller: Caller, search: string | null): Promise<string[]> => {
      const found: string[] = [];
      for (let after: string | null = null, more = true; more; ) {
        const answer: GraphAnswer<Listed> = await hub.ask<Listed>(caller, query, { search, after });
        assert.deepEqual(answer.errors, []);
        const { nodes, pageInfo }: Listed['customers'] = answer.data.customers;
        assert.ok(nodes.length > 0 || !pageInfo.hasNextPage, 'a page before the last is never empty');
        found.push(...nodes.map(({ id }) => id));
        more = pageInfo.hasNextPage;
        after = pageInfo.endCursor;
      }
      return found;
    };
    const ids = (partnerIndex: number) => own(partnerIndex).map(({ hubId }) => hubId);
    assert.ok(ids(20).length > 10);
    assert.deepEqual(await all(PARTNER, null), ids(20));
    assert.deepEqual(await all(OTHER, null), ids(21));
    const everybody = await all(EVERYBODY, 'a');
    assert.deepEqual(
      await all(PARTNER, 'a'),
      everybody.filter((id) => ids(20).includes(id)),
    );
    const foreign = at(1);
    for (const search of [foreign.hubId, foreign.legalName, foreign.email, salesforce.account(1), '1002']) {
      assert.deepEqual(await all(PARTNER, search), [], search);
      assert.deepEqual(await all(OTHER, search), [foreign.hubId], search);
    }
    assert.deepEqual(await all({ name: 'nobody', rows: { partnerOfRecord: [] } }, null), []);
    const exact: [string, Caller['rows']][] = [
      ['region', { regions: ['EMEA'] }],
      ['entity', { legalEntities: ['2'] }],
    ];
    for (const [name, rows] of exact) {
      const expected = customers.filter(
        ({ mergedIntoIndex, region, legalEntityId, known }) =>
          mergedIntoIndex === null && (name === 'region' ? region === 'EMEA' : known.erp && legalEntityId === '2'),
      );
      const got = await all({ name, rows }, null);
      for (const { hubId } of expected) assert.ok(got.includes(hubId), `${name} ${hubId}`);
      if (name === 'region') assert.equal(got.length, expected.length);
    }
  });

  test('B22: likely duplicates are looked for among own customers alone', async () => {
    const query = '{ duplicateCustomers(first: 100) { first { id } second { id } } }';
    type Pairs = { duplicateCustomers: { first: { id: string }; second: { id: string } }[] };
    const found = await hub.ask<Pairs>(PARTNER, query);
    assert.deepEqual(found.errors, []);
    const ids = new Set(own(20).map(({ hubId }) => hubId));
    for (const { first, second } of found.data.duplicateCustomers) assert.ok(ids.has(first.id) && ids.has(second.id));
  });

  test('B23: an own customer that refers to another’s gets null and one error there, and nothing of it is fetched', async () => {
    const [child, parent] = [at(3), at(2)]; // below it in the legal hierarchy, and as sales sees it; no partner of record
    assert.equal(child.partnerIndex, 20);
    assert.equal(child.parentIndex, 2);
    const query = `query ($id: ID!) { customer(id: $id) { id legalName
      parent { id displayName legalName segment } salesParent { id displayName legalName segment } } }`;
    let answer = told(await hub.ask(EVERYBODY, query, { id: child.hubId }));
    assert.equal(
      (answer.data as { customer: { salesParent: { legalName: string } } }).customer.salesParent.legalName,
      parent.legalName,
    );
    const calls = await callsOf(async () => {
      answer = told(await hub.ask(PARTNER, query, { id: child.hubId }));
    });
    assert.deepEqual(answer.data, {
      customer: { id: child.hubId, legalName: child.legalName, parent: null, salesParent: null },
    });
    assert.deepEqual(answer.errors.map(({ path, extensions }) => `${path?.join('.')} ${extensions.code}`).sort(), [
      'customer.parent NOT_FOUND',
      'customer.salesParent NOT_FOUND',
    ]);
    assert.ok(!calls.includes(salesforce.account(2)) && !/\b1003\b/.test(calls), calls);
    const above = await hub.ask<{ customer: { children: { nodes: { id: string }[] } } }>(
      { name: 'above', rows: { customers: [at(1).hubId, at(4).hubId] } },
      'query ($id: ID!) { customer(id: $id) { children { nodes { id } pageInfo { hasNextPage } } } }',
      { id: at(1).hubId },
    );
    assert.deepEqual(above.data.customer.children.nodes, [{ id: at(4).hubId }], 'of two below it the one that is seen');
  });

  test('B24: two hundred interleaved reads of the same records by two callers: each sees its own', async () => {
    type Keys = { customer: Record<string, { nodes: { id: string }[] }> };
    const query = `query ($id: ID!) { customer(id: $id) { salesOrders { nodes { id number } } invoices { nodes { id } }
      subscriptions { nodes { id } } cases { nodes { id } } opportunities { nodes { id } } contacts { nodes { id } } } }`;
    const of = async (index: number) => {
      const { data } = await hub.ask<Keys>(EVERYBODY, query, { id: at(index).hubId });
      const first = (list: string) => data.customer[list]?.nodes[0]?.id ?? 'none';
      return {
        order: first('salesOrders'),
        invoice: first('invoices'),
        subscription: first('subscriptions'),
        case: first('cases'),
        opportunity: first('opportunities'),
        contact: first('contacts'),
      };
    };
    const [mine, theirs] = [await of(0), await of(1)];
    const read = `query ($order: ID!, $invoice: ID!, $subscription: ID!, $case: ID!, $opportunity: ID!, $contact: ID!) {
      order: salesOrder(id: $order) { id customer { legalName } } invoice(id: $invoice) { id customer { legalName } }
      subscription(id: $subscription) { id customer { legalName } } case(id: $case) { id customer { legalName } }
      opportunity(id: $opportunity) { id customer { legalName } } contact(id: $contact) { id email } }`;
    const ids = (data: unknown) =>
      Object.fromEntries(
        Object.entries(data as Record<string, { id: string } | null>).map(([name, one]) => [name, one?.id ?? null]),
      );
    const nothing = Object.fromEntries(Object.keys(mine).map((name) => [name, null]));
    const some = Object.fromEntries(Object.entries(theirs).map(([name, id]) => [name, id === 'none' ? null : id]));
    await Promise.all(
      Array.from({ length: 200 }, async (_, nr) => {
        const [caller, asked] = [nr % 2 === 0 ? PARTNER : OTHER, nr % 4 < 2 ? mine : theirs];
        const { data, errors } = await hub.ask(caller, read, asked);
        assert.deepEqual(errors, []);
        const expected = (caller === PARTNER) === (asked === mine) ? (asked === mine ? mine : some) : nothing;
        assert.deepEqual(ids(data), expected, `${caller.name} ${nr}`);
      }),
    );
  });

  test('B24: whether a record of another’s was read just now is not told by where the answer came from', async () => {
    const { data } = await hub.ask<{ customer: { invoices: { nodes: { id: string }[] } } }>(
      EVERYBODY,
      'query ($id: ID!) { customer(id: $id) { invoices { nodes { id } } } }',
      { id: at(5).hubId },
    );
    const query = 'query ($id: ID!) { invoice(id: $id) { number } }';
    const id = data.customer.invoices.nodes[0]?.id ?? assert.fail('no invoice');
    await hub.ask(EVERYBODY, query, { id });
    const foreign = await hub.ask(PARTNER, query, { id });
    const unknown = await hub.ask(PARTNER, query, { id: '99999999' });
    assert.deepEqual(told(foreign), told(unknown));
    assert.deepEqual(foreign.extensions.sources, unknown.extensions.sources);
  });

  test('I12: nothing of another’s customers is in any answer, whichever way it is asked for', async () => {
    const answers: string[] = [];
    const ask = async (query: string, variables?: object) => {
      const { data, errors, extensions } = await hub.ask(PARTNER, query, variables);
      answers.push(JSON.stringify({ data, errors, extensions }));
    };
    for (const { hubId } of customers) {
      const query = `query ($id: ID!) { customer(id: $id) { ...Everything parent { ...Everything } salesParent { id displayName } } } ${EVERYTHING}`;
      await ask(query, { id: hubId });
    }
    await ask(
      '{ processes(first: 100) { nodes { id outcome customer { id } } } exceptions(first: 100) { nodes { customerName } } }',
    );
    await ask('{ duplicateCustomers(first: 100) { first { displayName } second { displayName } reason } }');
    const text = answers.join('\n');
    assert.ok(text.includes(at(0).legalName) && text.includes('C-10001'));
    for (const foreign of customers.filter(({ partnerIndex }) => partnerIndex !== 20)) {
      const { hubId, legalName, email, index, orders, contacts } = foreign;
      const canaries = [hubId, email, salesforce.account(index), legalName];
      canaries.push(...contacts.map((contact) => contact.email));
      canaries.push(...orders.flatMap(({ purchaseOrderNumber }) => purchaseOrderNumber ?? []));
      for (const canary of canaries) assert.ok(!text.includes(`"${canary}"`), `${canary} of ${hubId}`);
    }
  });
});
