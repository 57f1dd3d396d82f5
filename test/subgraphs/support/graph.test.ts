import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { fixedClock, systemClock } from '../../../platform/clock.ts';
import { silentLog } from '../../../platform/log.ts';
import { principalOf } from '../../../platform/principal.ts';
import { graphqlError } from '../../../platform/subgraph/errors.ts';
import { createOperations } from '../../../platform/subgraph/operations.ts';
import type { Subgraph } from '../../../platform/subgraph/subgraph.ts';
import { createWorld } from '../../../sandbox/data/generate.ts';
import * as keys from '../../../sandbox/data/keys.ts';
import { type RunningSandbox, startSandbox } from '../../../sandbox/start.ts';
import { connectSupport } from '../../../subgraphs/support/connect.ts';
import { createSupportSubgraph } from '../../../subgraphs/support/subgraph.ts';

const principal = principalOf({ id: 'test', name: 'Test', scopes: ['support:read'] });
const world = createWorld({ seed: 1, size: 120, today: '2026-10-05' });
const known = [...world.customers()].filter((customer) => customer.known.support);
const orgOf = (index: number): string => String(keys.zendesk.organization(index));

const CUSTOMERS = `query ($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on Customer {
      supportTier
      cases(first: 5) { nodes { id subject status sla { nextBreachAt } } pageInfo { hasNextPage } }
      entitlements(first: 5) { nodes { id sku overLicensed product { sku } customer { supportOrgId } } }
      observedBySupport { field system value asOf }
    }
  }
}`;

describe('the support subgraph', () => {
  let sandbox: RunningSandbox;
  let subgraph: Subgraph;
  let operations: ReturnType<typeof createOperations>;
  before(async () => {
    sandbox = await startSandbox({
      seed: 1,
      customers: 120,
      clock: fixedClock('2026-10-05T08:00:00Z'),
      latency: { minMs: 0, maxMs: 0 },
    });
    subgraph = createSupportSubgraph(
      connectSupport(sandbox.environment, { clock: systemClock, log: silentLog, cache: null }),
    );
    operations = createOperations(subgraph.schema);
  });
  beforeEach(() => {
    sandbox.removeFaults();
    sandbox.clearCalls();
  });
  after(() => sandbox.close());

  /** Data and errors as a caller sees them, parsed anew from JSON. */
  async function ask(query: string, variables: Record<string, unknown> = {}) {
    const call = { correlationId: 'graph', signal: AbortSignal.timeout(10_000) };
    const result = await operations.run({ query, variables }, subgraph.contextFor({ call, principal }), principal);
    const errors = (result.errors ?? []).map((error) => graphqlError(error).toJSON());
    return { data: JSON.parse(JSON.stringify(result.data ?? null)), errors };
  }
  const customers = (indexes: readonly number[]) =>
    ask(CUSTOMERS, {
      representations: indexes.map((index) => ({ __typename: 'Customer', supportOrgId: orgOf(index) })),
    });
  const wire = () => sandbox.calls().map(({ method, path }) => `${method} ${path.replace(/\d{6,}/, ':id')}`);

  test('is the schema that was agreed on', () => {
    const printed = printSchema(lexicographicSortSchema(subgraph.schema));
    for (const line of ['case(id: ID!): Case', 'entitlement(id: ID!): Entitlement', 'overLicensed: Boolean!']) {
      assert.ok(printed.includes(line), line);
    }
  });

  test('answers a customer as the world has it, one call for each kind', async () => {
    const customer = world.customer(0);
    const { data, errors } = await customers([0]);
    assert.deepEqual(errors, []);
    const [answer] = data._entities;
    assert.equal(answer.supportTier, customer.supportTier);
    assert.deepEqual(
      answer.cases.nodes.map((one: { subject: string; status: string }) => [one.subject, one.status]),
      [...customer.cases]
        .sort((a, b) => Date.parse(b.openedAt) - Date.parse(a.openedAt))
        .slice(0, 5)
        .map(({ subject, status }) => [subject, status]),
    );
    const skus: string[] = answer.entitlements.nodes.map(({ sku }: { sku: string }) => sku);
    assert.deepEqual(skus.toSorted(), customer.entitlements.map(({ sku }) => sku).toSorted());
    assert.deepEqual(answer.entitlements.nodes[0].customer, { supportOrgId: orgOf(0) });
    const [observed] = answer.observedBySupport;
    assert.deepEqual(
      [observed.field, observed.system, observed.value],
      ['Customer.legalName', 'SUPPORT', customer.crmName],
    );
    assert.deepEqual(wire().sort(), [
      'GET /api/v2/organizations/:id/tickets',
      'GET /api/v2/organizations/show_many',
      'POST /api/v2/custom_objects/entitlement/records/search',
    ]);
  });

  test('answers fifty customers with one call for each kind and hop, and the pages that their number needs', async () => {
    const fifty = known.slice(0, 50).map(({ index }) => index);
    const { data, errors } = await customers(fifty);
    assert.deepEqual(errors, []);
    assert.equal(data._entities.length, 50);
    for (const [at, index] of fifty.entries()) {
      assert.equal(data._entities[at].supportTier, world.customer(index).supportTier);
      assert.equal(
        data._entities[at].cases.nodes.length,
        Math.min(5, world.customer(index).cases.length),
        `cases of ${index}`,
      );
    }
    const counts = Object.fromEntries(
      Map.groupBy(wire(), (line) => line)
        .entries()
        .map(([line, all]) => [line, all.length]),
    );
    const cases = fifty.reduce((sum, index) => sum + world.customer(index).cases.length, 0);
    const rights = fifty.reduce((sum, index) => sum + world.customer(index).entitlements.length, 0);
    assert.deepEqual(counts, {
      'GET /api/v2/organizations/show_many': 1,
      'GET /api/v2/search': Math.ceil(cases / 100),
      'GET /api/v2/tickets/show_many': Math.ceil(cases / 100),
      'POST /api/v2/custom_objects/entitlement/records/search': Math.ceil(rights / 100),
    });
  });

  test('knows over-licensed customers', async () => {
    const over = known.find(({ traits }) => traits.includes('over-licensed'));
    assert.ok(over);
    const { data } = await customers([over.index]);
    const { nodes } = data._entities[0].entitlements;
    assert.ok(nodes.some(({ overLicensed }: { overLicensed: boolean }) => overLicensed));
  });

  test('resolves cases and entitlements by key, and pages with the cursors it gave', async () => {
    const { index } = known.find(({ cases }) => cases.length >= 3) ?? { index: 0 };
    const page = (args: string) =>
      ask(
        `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Customer {
          cases(${args}) { edges { cursor node { id number } } pageInfo { hasNextPage endCursor } } } } }`,
        { representations: [{ __typename: 'Customer', supportOrgId: orgOf(index) }] },
      );
    const first = (await page('first: 1')).data._entities[0].cases;
    assert.deepEqual([first.edges.length, first.pageInfo.hasNextPage], [1, true]);
    assert.equal(first.edges[0].cursor, first.pageInfo.endCursor);
    const second = (await page(`first: 1, after: "${first.pageInfo.endCursor}"`)).data._entities[0].cases;
    assert.notEqual(second.edges[0].node.id, first.edges[0].node.id);

    const byKey = await ask(
      'query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Case { number customer { supportOrgId } } } }',
      {
        representations: [
          { __typename: 'Case', id: first.edges[0].node.id },
          { __typename: 'Case', id: 'none' },
        ],
      },
    );
    assert.deepEqual(byKey.data._entities, [
      { number: first.edges[0].node.number, customer: { supportOrgId: orgOf(index) } },
      null,
    ]);
    const none = await ask('{ case(id: "999999999") { id } entitlement(id: "none") { id } }');
    assert.deepEqual(none, { data: { case: null, entitlement: null }, errors: [] });
  });

  test('asks nothing about a customer whom support does not know', async () => {
    const { data, errors } = await ask(CUSTOMERS, {
      representations: [{ __typename: 'Customer', supportOrgId: null }],
    });
    const nothing = { supportTier: null, cases: null, entitlements: null, observedBySupport: null };
    assert.deepEqual([data._entities, errors, wire()], [[nothing], [], []]);
  });

  test('refuses a page that is too large or a cursor that it never gave, with a code', async () => {
    const asked = async (args: string) => {
      const { data, errors } = await ask(
        `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on Customer { supportTier cases(${args}) { nodes { id } } } } }`,
        { representations: [{ __typename: 'Customer', supportOrgId: orgOf(0) }] },
      );
      assert.equal(data._entities[0].cases, null);
      assert.equal(data._entities[0].supportTier, world.customer(0).supportTier, 'the rest is answered');
      return errors[0]?.extensions?.code;
    };
    for (const args of ['first: 0', 'first: 101', 'first: -1', 'after: "nowhere"']) {
      assert.equal(await asked(args), 'BAD_USER_INPUT', args);
    }
  });

  test('answers the rest when one kind cannot be had, and says which system it is', async () => {
    sandbox.addFault({ vendor: 'zendesk', match: 'records/search', kind: 'status', status: 503 });
    const { data, errors } = await customers([0]);
    assert.equal(data._entities[0].entitlements, null);
    assert.ok(data._entities[0].cases.nodes.length > 0);
    assert.deepEqual(
      errors.map(({ extensions }) => [extensions?.code, extensions?.system, extensions?.retryable]),
      [['SOURCE_UNAVAILABLE', 'SUPPORT', true]],
    );
  });
});
