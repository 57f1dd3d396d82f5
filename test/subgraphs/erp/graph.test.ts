import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { composeServices } from '@apollo/composition';
import { graphql, parse } from 'graphql';
import type { Call, SourceNote } from '../../../platform/call.ts';
import { principalOf } from '../../../platform/principal.ts';
import { subgraphSdl } from '../../../platform/subgraph/schema.ts';
import { createErpSubgraph } from '../../../subgraphs/erp/subgraph.ts';
import { erpId, type SandboxGround, sandboxGround } from './ground.ts';

test('the schema composes into a supergraph', () => {
  const sdl = subgraphSdl(new URL('../../../subgraphs/erp/schema.graphql', import.meta.url));
  const { errors, supergraphSdl } = composeServices([{ name: 'erp', typeDefs: parse(sdl) }]);
  assert.deepEqual(errors ?? [], []);
  assert.match(supergraphSdl ?? '', /erpCustomerId/);
});

describe('the ERP subgraph', () => {
  let ground: SandboxGround;
  before(async () => {
    ground = await sandboxGround({ customers: 120 });
  });
  after(() => ground.close());

  async function ask(source: string, variableValues: Record<string, unknown> = {}) {
    const subgraph = createErpSubgraph(ground.port);
    const notes: SourceNote[] = [];
    const call: Call = {
      correlationId: 'graph-test',
      signal: AbortSignal.timeout(20_000),
      note: (note) => void notes.push(note),
    };
    const principal = principalOf({ id: 'test', name: 'test', scopes: [] });
    ground.sandbox.clearCalls();
    const result = await graphql({
      schema: subgraph.schema,
      source,
      variableValues,
      contextValue: subgraph.contextFor({ call, principal }),
    });
    // Through JSON as over the wire: GraphQL's objects have no prototype.
    const { data, errors } = JSON.parse(JSON.stringify(result));
    return { data, errors, requests: ground.sandbox.calls().filter(({ path }) => path.includes('/query/')).length };
  }

  const ENTITIES = (fields: string) =>
    `query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on Customer { ${fields} } } }`;
  const refs = (ids: readonly (string | null)[]) => ({
    refs: ids.map((erpCustomerId) => ({ __typename: 'Customer', erpCustomerId })),
  });
  const known = () => [...ground.world.customers()].filter((customer) => customer.known.erp);

  const WHOLE = `legalName taxId taxCode paymentTerms billingAddress { line1 city postalCode country }
    legalEntity { id name country currency } legalEntities { id name }
    credit { status limit { amount currency } exposure { amount } available { amount } asOf }
    receivables { balance { amount } overdue { amount } }
    salesOrders(first: 5) { nodes { id number status total { amount currency } lines { sku quantity netAmount { amount } } } }
    invoices(first: 5) { nodes { id number status balance { amount } } pageInfo { hasNextPage endCursor } }`;

  test('a customer’s whole ERP record with company, orders and invoices is one request', async () => {
    const [customer] = known();
    assert.ok(customer);
    const { data, errors, requests } = await ask(ENTITIES(WHOLE), refs([erpId(customer)]));
    assert.equal(errors, undefined);
    const [found] = data._entities;
    assert.equal(found.legalName, customer.legalName);
    assert.equal(found.taxId, customer.taxId);
    assert.equal(found.paymentTerms, customer.paymentTerms);
    assert.equal(found.billingAddress.city, customer.address.city);
    assert.equal(found.legalEntity.id, customer.legalEntityId);
    assert.deepEqual(found.legalEntities, [{ id: found.legalEntity.id, name: found.legalEntity.name }]);
    assert.equal(found.salesOrders.nodes.length, Math.min(5, customer.orders.length));
    assert.equal(found.invoices.nodes.length, Math.min(5, customer.invoices.length));
    assert.equal(requests, 1);
  });

  test('the e-mail address that the ERP holds is observed, masked as billing’s own is, with its time', async () => {
    const customer = known().find(({ email }) => email !== null);
    assert.ok(customer);
    const { data, errors } = await ask(ENTITIES('observedByErp { field system value asOf }'), refs([erpId(customer)]));
    assert.equal(errors, undefined);
    const [observed, ...more] = data._entities[0].observedByErp;
    assert.deepEqual([observed.field, observed.system, more.length], ['Customer.billingEmail', 'ERP', 0]);
    assert.ok(!Number.isNaN(Date.parse(observed.asOf)));
    assert.match(observed.value, /\*/);
    assert.notEqual(observed.value, customer.email);
  });

  test('a status restricts invoices within the same request', async () => {
    const [customer] = known();
    assert.ok(customer);
    const fields =
      'legalName credit { status } salesOrders { nodes { id } } invoices(status: PAID) { nodes { status } }';
    const { data, requests } = await ask(ENTITIES(fields), refs([erpId(customer)]));
    assert.ok(data._entities[0].invoices.nodes.every(({ status }: { status: string }) => status === 'PAID'));
    assert.equal(requests, 1);
  });

  test('more rows than a page of SuiteQL holds come in further pages, none missing and none twice', async () => {
    const customers = known().slice(0, 100);
    const fields = 'salesOrders(first: 100) { nodes { id lines { sku } } } invoices(first: 100) { nodes { id } }';
    const { data, errors, requests } = await ask(ENTITIES(fields), refs(customers.map(erpId)));
    assert.equal(errors, undefined);
    customers.forEach((customer, at) => {
      const { salesOrders, invoices } = data._entities[at];
      assert.equal(new Set(invoices.nodes.map(({ id }: { id: string }) => id)).size, customer.invoices.length);
      const lines = (list: readonly { lines: readonly unknown[] }[]) => list.map((order) => order.lines.length).sort();
      assert.deepEqual(lines(salesOrders.nodes), lines(customer.orders));
    });
    assert.ok(requests >= 2, 'it took more than one page');
  });

  test('fifty customers with their companies, orders and invoices are one request', async () => {
    const customers = known().slice(0, 50);
    const { data, errors, requests } = await ask(ENTITIES(WHOLE), refs(customers.map(erpId)));
    assert.equal(errors, undefined);
    assert.deepEqual(
      data._entities.map((found: { legalName: string }) => found.legalName),
      customers.map(({ legalName }) => legalName),
    );
    assert.equal(requests, 1);
  });

  test('what the world says of each customer is what the graph says', async () => {
    const fields = `legalName taxId credit { status } receivables { balance { amount } }
      salesOrders(first: 20) { nodes { status orderedOn netTotal { amount } } } invoices(first: 40) { nodes { issuedOn } }`;
    const customers = known().slice(0, 60);
    const { data } = await ask(ENTITIES(fields), refs(customers.map(erpId)));
    customers.forEach((customer, at) => {
      const found = data._entities[at];
      assert.equal(found.legalName, customer.legalName);
      const statuses = (list: readonly { status: string }[]) => list.map(({ status }) => status).sort();
      assert.deepEqual(statuses(found.salesOrders.nodes), statuses(customer.orders), customer.hubId);
      assert.equal(found.invoices.nodes.length, customer.invoices.length);
      assert.equal(found.credit.status === 'HOLD', customer.creditHold);
    });
  });

  test('a customer that the ERP does not know is null in every field, without a request', async () => {
    const { data, errors, requests } = await ask(ENTITIES(WHOLE), refs([null]));
    assert.equal(errors, undefined);
    assert.ok(Object.values(data._entities[0]).every((value) => value === null));
    assert.equal(requests, 0);
  });

  test('an id that the ERP has no more is null in every record field, and its lists are empty', async () => {
    const { data, errors } = await ask(ENTITIES(WHOLE), refs(['987654321']));
    assert.equal(errors, undefined);
    assert.equal(data._entities[0].legalName, null);
    assert.deepEqual(data._entities[0].salesOrders.nodes, []);
  });

  test('first outside of 1 to 100 is the caller’s mistake, told for that field only', async () => {
    const [customer] = known();
    assert.ok(customer);
    for (const first of [0, -1, 101, 1_000_000]) {
      const fields = `legalName salesOrders(first: ${first}) { nodes { id } }`;
      const { data, errors } = await ask(ENTITIES(fields), refs([erpId(customer)]));
      assert.equal(data._entities[0].legalName, customer.legalName);
      assert.equal(data._entities[0].salesOrders, null);
      assert.match(errors[0].message, /1 to 100/);
    }
  });

  test('the catalogue is walked by cursor, one kind at a time', async () => {
    const query = `query ($after: String) { products(kind: SUBSCRIPTION, first: 5, after: $after) {
      nodes { sku kind listPrice(currency: "EUR") { amount currency } } edges { cursor } pageInfo { hasNextPage endCursor } } }`;
    const first = (await ask(query)).data.products;
    const second = (await ask(query, { after: first.pageInfo.endCursor })).data.products;
    assert.equal(first.edges.at(-1).cursor, first.pageInfo.endCursor);
    assert.ok(first.nodes.at(-1).sku < second.nodes[0].sku);
    assert.match(first.nodes[0].listPrice.amount, /^\d+\.\d{2}$/);
  });

  test('an order leads to its customer by key, to its products and its company', async () => {
    const [customer] = known();
    assert.ok(customer);
    const listed = await ask(ENTITIES('salesOrders(first: 1) { nodes { id number } }'), refs([erpId(customer)]));
    const [{ id, number }] = listed.data._entities[0].salesOrders.nodes;
    const query = `query ($id: ID!, $number: String!) {
      salesOrder(id: $id) { number purchaseOrderNumber customer { erpCustomerId legalName } legalEntity { name }
        fulfilment { status milestones { name reachedAt } }
        lines { position product { sku name } unitPrice { amount } } }
      salesOrderByNumber(number: $number) { id } }`;
    const { data, errors } = await ask(query, { id, number });
    assert.equal(errors, undefined);
    assert.equal(data.salesOrder.number, number);
    assert.equal(data.salesOrderByNumber.id, id);
    assert.deepEqual(data.salesOrder.customer, { erpCustomerId: erpId(customer), legalName: customer.legalName });
    assert.ok(data.salesOrder.lines.every((line: { product: { sku: string } | null }) => line.product?.sku));
  });

  test('entities of the ERP are found by their keys', async () => {
    const query = `query ($refs: [_Any!]!) { _entities(representations: $refs) { __typename
      ... on Product { name } ... on LegalEntity { name } ... on SalesOrder { number } ... on Invoice { number } } }`;
    const representations = [
      { __typename: 'Product', sku: 'GDS-SENSOR-25' },
      { __typename: 'LegalEntity', id: '2' },
      { __typename: 'SalesOrder', id: '10000000' },
      { __typename: 'Invoice', id: '50000000' },
      { __typename: 'Product', sku: "x' OR '1'='1" },
      { __typename: 'LegalEntity', id: 'none' },
    ];
    const { data, errors } = await ask(query, { refs: representations });
    assert.equal(errors, undefined);
    assert.deepEqual(
      data._entities.map((entity: object | null) => entity && Object.values(entity)[0]),
      ['Product', 'LegalEntity', 'SalesOrder', 'Invoice', null, null],
    );
  });

  test('with the ERP down, each part that needs it is null with an error that names the system', async () => {
    ground.sandbox.addFault({ vendor: 'netsuite', kind: 'status', status: 503 });
    const [customer] = known();
    assert.ok(customer);
    const { data, errors } = await ask(
      ENTITIES('erpCustomerId legalName invoices { nodes { id } }'),
      refs([erpId(customer)]),
    );
    ground.sandbox.removeFaults();
    assert.deepEqual(data._entities, [{ erpCustomerId: erpId(customer), legalName: null, invoices: null }]);
    assert.equal(errors.length, 2);
    assert.doesNotMatch(JSON.stringify(errors), /suiteql|SELECT|http/i);
  });
});
