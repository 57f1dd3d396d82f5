import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { execute, parse, validate } from 'graphql';
import { systemClock } from '../../../platform/clock.ts';
import { ConfigError } from '../../../platform/config.ts';
import { id } from '../../../platform/ids.ts';
import { silentLog } from '../../../platform/log.ts';
import { principalOf } from '../../../platform/principal.ts';
import { graphqlError } from '../../../platform/subgraph/errors.ts';
import type { Subgraph } from '../../../platform/subgraph/subgraph.ts';
import { connectBilling } from '../../../subgraphs/billing/connect.ts';
import { createBillingSubgraph } from '../../../subgraphs/billing/subgraph.ts';
import { call } from '../../contract/billing.ts';
import { idOf, type StripeUnderTest, stripeUnderTest } from './stripe-world.ts';

const SERVICES = { clock: systemClock, log: silentLog, cache: null };

interface Answer {
  readonly data: Readonly<Record<string, unknown>>;
  readonly errors: readonly { readonly path: string; readonly code: unknown; readonly message: string }[];
}

describe('the billing subgraph', () => {
  let stripe: StripeUnderTest;
  let subgraph: Subgraph;
  before(async () => {
    stripe = await stripeUnderTest();
    subgraph = createBillingSubgraph(connectBilling(stripe.sandbox.environment, SERVICES));
  });
  after(() => stripe.sandbox.close());

  async function ask(text: string, variables: Record<string, unknown> = {}): Promise<Answer> {
    const document = parse(text);
    assert.deepEqual(validate(subgraph.schema, document), []);
    const principal = principalOf({ id: 'test', name: 'test', scopes: [] });
    const contextValue = subgraph.contextFor({ call: call(), principal });
    const { data, errors } = await execute({
      schema: subgraph.schema,
      document,
      variableValues: variables,
      contextValue,
    });
    return {
      data: JSON.parse(JSON.stringify(data ?? {})),
      errors: (errors ?? []).map((error) => ({
        path: error.path?.join('.') ?? '',
        code: graphqlError(error).extensions.code,
        message: graphqlError(error).message,
      })),
    };
  }
  const known = (at: number) => {
    const customer = stripe.known[at];
    assert.ok(customer);
    return customer;
  };
  const customers = (of: readonly (string | null)[]) => ({
    of: of.map((billingCustomerId) => ({ __typename: 'Customer', billingCustomerId })),
  });

  test('answers a customer in full, each part from the call that it needs', async () => {
    const customer = known(0);
    stripe.sandbox.clearCalls();
    const { data, errors } = await ask(
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Customer {
        billingCustomerId billingEmail
        observedByBilling { field system value }
        subscriptions(first: 5) { nodes { id status currency monthlyCharge { amount currency } items { sku quantity unitPrice { amount } product { sku } }
          renewsOn schedule { dueOn amount { amount } } contractId customer { billingCustomerId } } pageInfo { hasNextPage } }
        payments(first: 2) { nodes { status amount { currency } instrument } pageInfo { hasNextPage endCursor } }
        collections { state overdue { amount } failedPayments nextAttemptAt }
      } } }`,
      customers([idOf(customer)]),
    );
    assert.deepEqual(errors, []);
    const [answer] = data._entities as [
      { subscriptions: { nodes: Record<string, unknown>[] } } & Record<string, unknown>,
    ]; // the query above says so
    assert.deepEqual(answer.observedByBilling, [
      { field: 'Customer.legalName', system: 'BILLING', value: customer.legalName },
    ]);
    const expected = customer.subscriptions.map((held) => held.contractId).sort();
    assert.deepEqual(answer.subscriptions.nodes.map((node) => String(node.contractId)).sort(), expected);
    const running = answer.subscriptions.nodes.find((node) => node.status === 'ACTIVE');
    assert.ok(running);
    const schedule = running.schedule as { dueOn: string; amount: { amount: string } }[];
    assert.equal(schedule.length, 12);
    assert.equal(schedule[0]?.dueOn, running.renewsOn);
    assert.deepEqual(schedule[0]?.amount.amount, (running.monthlyCharge as { amount: string }).amount);
    const paths = stripe.sandbox
      .calls()
      .map((one) => one.path)
      .sort();
    assert.deepEqual(paths, [
      '/v1/charges',
      `/v1/customers/${idOf(customer)}`,
      `/v1/customers/${idOf(customer)}`,
      '/v1/invoices',
      '/v1/invoices',
      '/v1/subscriptions',
    ]);
  });

  test('asks for the subscriptions of 50 customers with one list each, at most 20 at a time', async () => {
    const fifty = stripe.known.slice(0, 50).map(idOf);
    stripe.sandbox.setLatency({ minMs: 15, maxMs: 15 });
    stripe.sandbox.clearCalls();
    const startedAt = performance.now();
    const { data, errors } = await ask(
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Customer {
        few: subscriptions { nodes { id } } again: subscriptions(first: 10) { nodes { status } } } } }`,
      customers([...fifty, ...fifty]),
    );
    const ms = performance.now() - startedAt;
    stripe.sandbox.setLatency({ minMs: 0, maxMs: 0 });
    assert.deepEqual(errors, []);
    assert.equal((data._entities as unknown[]).length, 100);
    const lists = stripe.sandbox.calls().filter((one) => one.vendor === 'stripe');
    assert.equal(lists.length, 50);
    assert.equal(new Set(lists.map((one) => one.query)).size, 50);
    assert.ok(lists.every((one) => one.correlationId === 'contract'));
    assert.ok(ms >= 3 * 15 - 1, `50 lists took ${ms} ms: more than 20 were in flight`);
  });

  test('a customer whom billing does not know is null everywhere, and nothing is asked', async () => {
    stripe.sandbox.clearCalls();
    const { data, errors } = await ask(
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Customer {
        billingEmail subscriptions { nodes { id } } payments { nodes { id } } collections { state } observedByBilling { field } } } }`,
      customers([null]),
    );
    assert.deepEqual(errors, []);
    assert.deepEqual(data._entities, [
      { billingEmail: null, subscriptions: null, payments: null, collections: null, observedByBilling: null },
    ]);
    assert.deepEqual(stripe.sandbox.calls(), []);
  });

  test('a subscription is read by id, and null where there is none', async () => {
    const [held] =
      (
        await stripe.port.subscriptionsOf(
          [{ of: id<'BillingCustomer'>(idOf(known(0))), first: 1, after: null }],
          call(),
        )
      )[0]?.entries ?? [];
    assert.ok(held);
    const query = `query ($id: ID!, $of: [_Any!]!) { subscription(id: $id) { id } _entities(representations: $of) { ... on CustomerSubscription { id status } } }`;
    const of = [
      { __typename: 'CustomerSubscription', id: held.id },
      { __typename: 'CustomerSubscription', id: 'sub_none' },
    ];
    const { data, errors } = await ask(query, { id: held.id, of });
    assert.deepEqual(errors, []);
    assert.deepEqual(data, { subscription: { id: held.id }, _entities: [{ id: held.id, status: held.status }, null] });
    assert.equal((await ask('{ subscription(id: "../../v1/balance") { id } }')).data.subscription, null);
  });

  for (const first of [0, -1, 101, 2_147_483_647]) {
    test(`first: ${first} is refused before anything is asked`, async () => {
      stripe.sandbox.clearCalls();
      const { errors } = await ask(
        `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Customer { subscriptions(first: ${first}) { nodes { id } } } } }`,
        customers([idOf(known(0))]),
      );
      assert.deepEqual(errors, [
        {
          path: '_entities.0.subscriptions',
          code: 'BAD_USER_INPUT',
          message: `first must be from 1 to 100; it is ${first}`,
        },
      ]);
      assert.deepEqual(stripe.sandbox.calls(), []);
    });
  }

  test('when Stripe does not answer, each part is null with an error that names the system', async () => {
    stripe.sandbox.addFault({ vendor: 'stripe', kind: 'status', status: 503, match: '/v1/charges' });
    const { data, errors } = await ask(
      `query ($of: [_Any!]!) { _entities(representations: $of) { ... on Customer { billingEmail payments { nodes { id } } } } }`,
      customers([idOf(known(1))]),
    );
    stripe.sandbox.removeFaults();
    const [customer] = data._entities as [{ billingEmail: string | null; payments: unknown }]; // the query above says so
    assert.ok(customer.billingEmail);
    assert.equal(customer.payments, null);
    assert.deepEqual(
      errors.map(({ path, code }) => [path, code]),
      [['_entities.0.payments', 'SOURCE_UNAVAILABLE']],
    );
  });

  test('a wrong configuration is told in full', () => {
    const problemsOf = (env: Record<string, string>): readonly string[] => {
      try {
        connectBilling(env, SERVICES);
        return [];
      } catch (error) {
        assert.ok(error instanceof ConfigError);
        return error.problems;
      }
    };
    assert.match(problemsOf({ BILLING: 'abacus' }).join(), /BILLING: must be one of stripe/);
    const problems = problemsOf({ STRIPE_API_KEY: 'pk_public_key', STRIPE_BASE_URL: 'here', STRIPE_CONCURRENCY: '0' });
    assert.deepEqual(
      problems.map((problem) => problem.split(':')[0]),
      ['STRIPE_API_KEY', 'STRIPE_BASE_URL', 'STRIPE_CONCURRENCY'],
    );
    assert.doesNotMatch(problems.join(), /pk_public_key/);
    assert.match(problemsOf({}).join(), /STRIPE_API_KEY: is required/);
  });
});
