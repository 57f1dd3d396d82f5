import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { graphql, printSchema } from 'graphql';
import { systemClock } from '../../../platform/clock.ts';
import { principalOf } from '../../../platform/principal.ts';
import { graphqlError } from '../../../platform/subgraph/errors.ts';
import type { Subgraph } from '../../../platform/subgraph/subgraph.ts';
import { connectIdentity } from '../../../subgraphs/identity/connect.ts';
import type { IdentityPort } from '../../../subgraphs/identity/port.ts';
import { createIdentitySubgraph } from '../../../subgraphs/identity/subgraph.ts';
import { testDatabase } from '../../support/database.ts';

const call = { correlationId: 'test', signal: new AbortController().signal };
const principal = principalOf({ id: 'k', name: 'test', scopes: ['customer:read'] });

let port: IdentityPort;
let subgraph: Subgraph;
let asked: string[] = [];

before(async () => {
  const { db } = await testDatabase();
  const register = await connectIdentity(db, { clock: systemClock });
  const entry = { email: null, parentExternalId: null, mergedIntoExternalId: null };
  await register.takeIn(
    {
      system: 'ERP',
      entries: [
        { ...entry, externalId: '1', hubId: 'C-1', name: 'Top' },
        { ...entry, externalId: '2', hubId: 'C-2', name: 'Below', parentExternalId: '1' },
        {
          ...entry,
          externalId: '3',
          hubId: 'C-3',
          name: 'Below too',
          email: 'ann@shop.example',
          parentExternalId: '1',
        },
      ],
    },
    call,
  );
  await register.takeIn(
    {
      system: 'CRM',
      entries: [
        { ...entry, externalId: 'a1', hubId: 'C-1', name: 'Top' },
        { ...entry, externalId: 'a4', hubId: 'C-4', name: 'Gone', mergedIntoExternalId: 'a1' },
      ],
    },
    call,
  );
  port = new Proxy(register, {
    get: (target, name: keyof IdentityPort) => {
      const method = target[name] as (...args: unknown[]) => unknown; // every member of the port is a method
      return (...args: unknown[]) => {
        asked.push(name);
        return method(...args);
      };
    },
  });
  subgraph = createIdentitySubgraph(port);
});

async function ask(source: string, variableValues: Record<string, unknown> = {}, caller = principal) {
  asked = [];
  const contextValue = subgraph.contextFor({ call, principal: caller });
  const { data, errors } = await graphql({ schema: subgraph.schema, source, variableValues, contextValue });
  return { data: JSON.parse(JSON.stringify(data ?? null)), errors: errors?.map((error) => graphqlError(error)) };
}

test('the schema serves what the domain promises', () => {
  const printed = printSchema(subgraph.schema);
  for (const line of [
    'customer(id: ID!): Customer',
    'customerByExternalId(system: System!, externalId: ID!): Customer',
    'mergedIds: [ID!]!',
    '_entities(representations: [_Any!]!): [_Entity]!',
  ]) {
    assert.ok(printed.includes(line), line);
  }
});

test('a customer is read with all its ids, by a merged id too', async () => {
  const { data, errors } = await ask(`{
    customer(id: "C-4") { id displayName erpCustomerId billingCustomerId crmAccountId mergedIds externalIds { system externalId endedAt } }
    unknown: customer(id: "C-99") { id }
    byCrm: customerByExternalId(system: CRM, externalId: "a4") { id }
    byHub: customerByExternalId(system: HUB, externalId: "C-2") { id }
  }`);
  assert.equal(errors, undefined);
  const { externalIds, ...customer } = data.customer;
  assert.deepEqual(customer, {
    id: 'C-1',
    displayName: 'Top',
    erpCustomerId: '1',
    billingCustomerId: null,
    crmAccountId: 'a1',
    mergedIds: ['C-4'],
  });
  assert.deepEqual(externalIds.map((link: { externalId: string }) => link.externalId).sort(), ['1', 'a1', 'a4']);
  assert.deepEqual([data.unknown, data.byCrm.id, data.byHub.id], [null, 'C-1', 'C-2']);
});

test('entities resolve by every key, in two questions; a null key is nobody and no error', async () => {
  const { data, errors } = await ask(
    `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Customer { id } } }`,
    {
      of: [
        { __typename: 'Customer', id: 'C-2' },
        { __typename: 'Customer', erpCustomerId: '3' },
        { __typename: 'Customer', crmAccountId: 'a1' },
        { __typename: 'Customer', billingCustomerId: null },
        { __typename: 'Customer', supportOrgId: 'nope' },
        { __typename: 'Customer', successAccountId: null },
        { __typename: 'Customer', id: null },
        { __typename: 'Customer' },
        { __typename: 'Customer', erpCustomerId: '3' },
      ],
    },
  );
  assert.equal(errors, undefined);
  assert.deepEqual(
    data._entities.map((found: { id: string } | null) => found?.id ?? null),
    ['C-2', 'C-3', 'C-1', null, null, null, null, null, 'C-3'],
  );
  assert.deepEqual(asked.sort(), ['byExternalId', 'customers']);
});

test('a hierarchy is walked level by level, one question for each', async () => {
  const { data } = await ask(
    `{ customers(first: 10) { nodes { id parent { id } children(first: 1) { nodes { id } pageInfo { hasNextPage endCursor } } } } }`,
  );
  assert.deepEqual(data.customers.nodes, [
    {
      id: 'C-1',
      parent: null,
      children: { nodes: [{ id: 'C-2' }], pageInfo: { hasNextPage: true, endCursor: 'C-2' } },
    },
    { id: 'C-2', parent: { id: 'C-1' }, children: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } } },
    { id: 'C-3', parent: { id: 'C-1' }, children: { nodes: [], pageInfo: { hasNextPage: false, endCursor: null } } },
  ]);
  assert.deepEqual(asked.sort(), ['childrenOf', 'customers', 'search']);
});

test('customers are paged by cursor', async () => {
  const first = await ask(
    `{ customers(first: 2) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }`,
  );
  assert.deepEqual(first.data.customers.pageInfo, { hasNextPage: true, endCursor: 'C-2' });
  assert.equal(first.data.customers.edges[1].cursor, 'C-2');
  const second = await ask(
    `{ customers(first: 2, after: "C-2", search: "below") { nodes { id } pageInfo { hasNextPage } } }`,
  );
  assert.deepEqual(second.data.customers, { nodes: [{ id: 'C-3' }], pageInfo: { hasNextPage: false } });
});

test('B13 who sees e-mail addresses masked does not find by them, whatever part is tried', async () => {
  const found = async (search: string, caller = principal) => {
    const query = 'query ($search: String) { customers(search: $search) { nodes { id } } }';
    const { data } = await ask(query, { search }, caller);
    return data.customers.nodes.map(({ id }: { id: string }) => id);
  };
  const full = { ...principal, unmasked: ['PERSONAL' as const] };
  for (const part of ['ann@shop.example', 'ann@', 'shop.ex', '@']) {
    assert.deepEqual(await found(part), [], part);
    assert.deepEqual(await found(part, full), ['C-3'], part);
  }
  for (const caller of [principal, full]) assert.deepEqual(await found('below t', caller), ['C-3']);
});

const WRONG: readonly [string, RegExp][] = [
  ['{ customers(first: 0) { nodes { id } } }', /first must be from 1 to 100; it is 0/],
  ['{ customers(first: 101) { nodes { id } } }', /first must be from 1 to 100; it is 101/],
  ['{ duplicateCustomers(first: -1) { likelihood } }', /first must be from 1 to 100/],
  ['{ customer(id: "C-1") { children(first: 1000) { nodes { id } } } }', /first must be from 1 to 100/],
  [`{ customers(search: "${'x'.repeat(201)}") { nodes { id } } }`, /search must have at most 200 characters/],
];
for (const [source, message] of WRONG) {
  test(`${source.slice(0, 60)} is refused with what would be right`, async () => {
    const { errors } = await ask(source);
    assert.equal(errors?.[0]?.extensions.code, 'BAD_USER_INPUT');
    assert.match(String(errors?.[0]?.message), message);
  });
}
