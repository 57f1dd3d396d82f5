import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { systemClock } from '../../../platform/clock.ts';
import { ConfigError } from '../../../platform/config.ts';
import { silentLog } from '../../../platform/log.ts';
import { principalOf } from '../../../platform/principal.ts';
import { graphqlError } from '../../../platform/subgraph/errors.ts';
import { createOperations } from '../../../platform/subgraph/operations.ts';
import { subgraphSdl } from '../../../platform/subgraph/schema.ts';
import { connectCrm } from '../../../subgraphs/crm/connect.ts';
import { createCrmSubgraph } from '../../../subgraphs/crm/subgraph.ts';
import { apiCalls, openOrg } from './org.ts';

const principal = principalOf({ id: 'test', name: 'test', scopes: ['customer:read', 'sales:read'] });

const CUSTOMER = `query ($representations: [_Any!]!, $first: Int, $after: String) {
  _entities(representations: $representations) {
    ... on Customer {
      crmAccountId segment industry region website
      accountOwner { name email }
      salesParent { crmAccountId }
      observedByCrm { field system value }
      contacts(first: $first, after: $after) { nodes { id name emailConsent } edges { cursor } pageInfo { hasNextPage endCursor } }
      opportunities { nodes { id stage amount { amount currency } closesOn customer { crmAccountId } } }
      quotes { nodes { number status total { amount } opportunity { id name } } }
    }
  }
}`;

describe('the crm subgraph', () => {
  let org: Awaited<ReturnType<typeof openOrg>>;
  let ask: (query: string, variables?: Record<string, unknown>) => Promise<{ data: Customers; errors: Problem[] }>;

  before(async () => {
    org = await openOrg();
    const port = connectCrm(org.sandbox.environment, { clock: systemClock, log: silentLog, cache: null });
    const subgraph = createCrmSubgraph(port);
    const operations = createOperations(subgraph.schema);
    let asked = 0;
    ask = async (query, variables = {}) => {
      asked += 1;
      const context = subgraph.contextFor({
        call: { correlationId: `graph-${asked}`, signal: AbortSignal.timeout(10_000) },
        principal,
      });
      const { data, errors = [] } = await operations.run({ query, variables }, context, principal);
      return {
        // plain objects: GraphQL's have no prototype, which a strict comparison minds
        data: JSON.parse(JSON.stringify(data ?? null)),
        errors: errors
          .map(graphqlError)
          .map(({ message, path, extensions }) => ({ message, path, code: extensions.code })),
      };
    };
  });
  after(() => org.close());
  beforeEach(() => {
    org.sandbox.removeFaults();
    org.sandbox.clearCalls();
  });

  const customers = (from: number, to: number) =>
    org.accounts.slice(from, to).map((account) => ({ __typename: 'Customer', crmAccountId: account.id }));

  test('one customer: two calls, the second for the opportunities of its quotes', async () => {
    const { data, errors } = await ask(CUSTOMER, { representations: customers(0, 1), first: 2 });
    assert.deepEqual(errors, []);
    const [customer] = data._entities;
    assert.ok(customer?.segment && customer.region && customer.accountOwner);
    assert.equal(customer.contacts?.nodes.length, 2);
    assert.deepEqual(customer.contacts?.edges.at(-1)?.cursor, customer.contacts?.pageInfo.endCursor);
    assert.equal(apiCalls(org.sandbox).length, 2);
  });

  test('one customer without that hop: one call', async () => {
    const query = CUSTOMER.replace(' opportunity { id name }', '');
    await ask(query, { representations: customers(0, 1), first: 2 });
    assert.equal(apiCalls(org.sandbox).length, 1);
  });

  test('fifty customers: no more calls than one', async () => {
    const { data, errors } = await ask(CUSTOMER, { representations: customers(0, 50), first: 2 });
    assert.deepEqual(errors, []);
    assert.equal(data._entities.length, 50);
    assert.ok(data._entities.every((customer) => customer?.contacts && customer.opportunities && customer.quotes));
    assert.equal(apiCalls(org.sandbox).length, 2);
  });

  test('a customer the CRM does not know is null in every field, and nothing is asked', async () => {
    const representations = [{ __typename: 'Customer', crmAccountId: null }];
    const { data, errors } = await ask(CUSTOMER, { representations, first: 2 });
    assert.deepEqual(errors, []);
    assert.ok(Object.values(data._entities[0] ?? { none: 1 }).every((value) => value === null));
    assert.equal(apiCalls(org.sandbox).length, 0);
  });

  test('an account that is gone is null in every field but its lists, without an error', async () => {
    const representations = [{ __typename: 'Customer', crmAccountId: org.unknown.account }];
    const { data, errors } = await ask(CUSTOMER, { representations, first: 2 });
    assert.deepEqual(errors, []);
    assert.equal(data._entities[0]?.segment, null);
    assert.deepEqual(data._entities[0]?.contacts?.nodes, []);
  });

  test('what the CRM holds of a name that the ERP owns is observed, not given as the name', async () => {
    const index = [...org.world.customers()].find(({ traits }) => traits.includes('name-disagrees'))?.index;
    assert.ok(index !== undefined);
    const { crmName, hubId } = org.world.customer(index);
    const account = org.accounts.find((each) => each.hubId === hubId);
    const representations = [{ __typename: 'Customer', crmAccountId: account?.id }];
    const { data } = await ask(CUSTOMER, { representations, first: 1 });
    const observed = data._entities[0]?.observedByCrm ?? [];
    assert.deepEqual(observed[0], { field: 'Customer.legalName', system: 'CRM', value: crmName });
    assert.equal(observed[1]?.field, 'Customer.billingAddress');
  });

  test('contacts, opportunities and quotes are entities by their ids', async () => {
    const { data } = await ask(CUSTOMER, { representations: customers(0, 1), first: 1 });
    const contact = data._entities[0]?.contacts?.nodes[0];
    const opportunity = data._entities[0]?.opportunities?.nodes[0];
    assert.ok(contact && opportunity);
    const query = `query ($r: [_Any!]!, $opportunity: ID!, $contact: ID!) {
      _entities(representations: $r) { __typename ... on Contact { id name emailConsent } ... on Opportunity { id stage } }
      opportunity(id: $opportunity) { customer { crmAccountId } }
      contact(id: $contact) { name }
      nobody: contact(id: "003000000000000") { name }
    }`;
    const r = [
      { __typename: 'Contact', id: contact.id },
      { __typename: 'Opportunity', id: opportunity.id },
      { __typename: 'Quote', id: 'nothing' },
    ];
    const answer = await ask(query, { r, opportunity: opportunity.id, contact: contact.id });
    assert.deepEqual(answer.errors, []);
    assert.deepEqual(answer.data, {
      _entities: [
        { __typename: 'Contact', ...contact },
        { __typename: 'Opportunity', id: opportunity.id, stage: opportunity.stage },
        null,
      ],
      opportunity: { customer: { crmAccountId: org.accounts[0]?.id } },
      contact: { name: contact.name },
      nobody: null,
    });
  });

  test('first and after are judged field by field, before anything is asked', async () => {
    for (const [first, after] of [
      [0, null],
      [101, null],
      [-1, null],
      [5, 'nonsense'],
      [5, ''],
    ] as const) {
      const { data, errors } = await ask(CUSTOMER, { representations: customers(0, 1), first, after });
      assert.deepEqual(
        errors.map(({ code, path }) => [code, path?.at(-1)]),
        [['BAD_USER_INPUT', 'contacts']],
        `${first} ${after}`,
      );
      assert.ok(data._entities[0]?.opportunities, 'the rest is there');
    }
  });

  test('a CRM that is down is one error for each field, naming the system', async () => {
    org.sandbox.addFault({ vendor: 'salesforce', kind: 'status', status: 503, match: '/services/data/' });
    const { data, errors } = await ask(CUSTOMER, { representations: customers(0, 1), first: 1 });
    assert.equal(data._entities[0]?.contacts, null);
    assert.ok(errors.length > 0 && errors.every(({ code }) => code === 'SOURCE_UNAVAILABLE'));
  });

  test('an unknown connector and missing settings are named together with what is right', () => {
    const services = { clock: systemClock, log: silentLog, cache: null };
    assert.throws(
      () => connectCrm({ CRM: 'acme' }, services),
      (error) => error instanceof ConfigError && /CRM: must be one of salesforce/.test(error.message),
    );
    assert.throws(
      () => connectCrm({ SALESFORCE_LOGIN_URL: 'ftp://x', SALESFORCE_API_VERSION: 'v66' }, services),
      (error) => error instanceof ConfigError && error.problems.length === 4,
    );
  });

  test('the schema is what was agreed: each canonical field of the customer is the CRM’s', () => {
    const sdl = subgraphSdl(new URL('../../../subgraphs/crm/schema.graphql', import.meta.url));
    for (const field of [
      'segment',
      'industry',
      'region',
      'website',
      'accountOwner',
      'contacts',
      'opportunities',
      'quotes',
    ]) {
      assert.match(sdl, new RegExp(`\\n  ${field}(\\(.*\\))?: \\w+\\s+@owner\\(system: CRM[,)]`), field);
    }
  });
});

interface Problem {
  readonly message: string;
  readonly path: readonly (string | number)[] | undefined;
  readonly code: unknown;
}

interface Customers {
  readonly _entities: readonly (Customer | null)[];
}

interface Customer {
  readonly segment: string | null;
  readonly region: string | null;
  readonly accountOwner: { name: string } | null;
  readonly observedByCrm: { field: string; system: string; value: string }[] | null;
  readonly contacts: {
    nodes: { id: string; name: string; emailConsent: boolean | null }[];
    edges: { cursor: string }[];
    pageInfo: { hasNextPage: boolean; endCursor: string | null };
  } | null;
  readonly opportunities: { nodes: { id: string; stage: string }[] } | null;
  readonly quotes: { nodes: object[] } | null;
}
