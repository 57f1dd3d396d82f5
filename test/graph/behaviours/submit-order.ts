import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventually, type TestHub } from '../../support/hub.ts';
import { type ActResult, CUSTOMER_360, GIVE_UP, PROCESS_BY_ID, RETRY, type Run, SUBMIT_ORDER } from './queries.ts';
import { customerWith, freshCustomer, orderLines, sellable, world } from './world.ts';

type Input = Readonly<Record<string, unknown>>;
const ENDED = new Set(['COMPLETED', 'COMPENSATED', 'EXCEPTION']);

async function submit(hub: TestHub, input: Input): Promise<ActResult> {
  const answer = await hub.ask(SUBMIT_ORDER, { input }, 'portal');
  assert.deepEqual(answer.errors, [], JSON.stringify(input));
  return answer.data.submitOrder as ActResult;
}

async function processOf(hub: TestHub, id: string): Promise<Run> {
  return (await hub.ask(PROCESS_BY_ID, { id })).data.process as Run;
}

const ended = (hub: TestHub, id: string, withinMs = 60_000): Promise<Run> =>
  eventually(
    `process ${id} ends`,
    async () => {
      const run = await processOf(hub, id);
      return ENDED.has(run.state) && run;
    },
    withinMs,
  );

/** Effective writes under the keys of a process, per vendor: opened less taken back. */
function effects(hub: TestHub, processId: string) {
  const of = (vendor: 'netsuite' | 'stripe' | 'zendesk' | 'salesforce') =>
    hub.sandbox
      .ledger(vendor)
      .filter((entry) => `${entry.businessKey} ${entry.idempotencyKey}`.includes(processId))
      .map(({ effect }) => effect)
      .filter((effect) => !effect.startsWith('invoice.')); // Stripe makes and takes back the first invoice by itself
  return { netsuite: of('netsuite'), stripe: of('stripe'), zendesk: of('zendesk'), salesforce: of('salesforce') };
}

/** Submitting an order that ends up in all systems. */
export function submitOrder(hub: () => TestHub): void {
  test('an order ends up in ERP, billing, support and CRM, and the answer names it', async () => {
    const customer = freshCustomer();
    const before = (await hub().ask(CUSTOMER_360, { id: customer.hubId })).data.customer as {
      opportunities: { nodes: { id: string; stage: string }[] };
    };
    const opportunity = before.opportunities.nodes.find(({ stage }) => !stage.startsWith('CLOSED'));
    const result = await submit(hub(), {
      idempotencyKey: 'order-1',
      customerId: customer.hubId,
      currency: customer.currency,
      purchaseOrderNumber: 'PO-4711',
      opportunityId: opportunity?.id,
      lines: orderLines(customer),
      waitSeconds: 30,
    });
    assert.equal(result.__typename, 'OrderAccepted', JSON.stringify(result));
    assert.equal(result.process.state, 'COMPLETED', JSON.stringify(result.process));
    assert.match(String(result.salesOrder?.number), /^SO/);
    assert.ok(result.subscription);
    const done = effects(hub(), result.process.id);
    assert.deepEqual(done.netsuite, ['sales-order.opened']);
    assert.deepEqual(done.stripe, ['subscription.opened']);
    assert.deepEqual(done.zendesk, ['entitlement.granted']);
    const after = (await hub().ask(CUSTOMER_360, { id: customer.hubId })).data.customer as {
      salesOrders: { nodes: { number: string }[] };
      subscriptions: { nodes: { id: string }[] };
      entitlements: { nodes: { subscriptionId: string; seats: number }[] };
      opportunities: { nodes: { id: string; stage: string }[] };
    };
    assert.equal(after.salesOrders.nodes[0]?.number, result.salesOrder?.number, 'what was written is read at once');
    assert.ok(after.subscriptions.nodes.some(({ id }) => id === result.subscription?.id));
    assert.equal(
      after.entitlements.nodes.find(({ subscriptionId }) => subscriptionId === result.subscription?.id)?.seats,
      3,
    );
    if (opportunity)
      assert.equal(after.opportunities.nodes.find(({ id }) => id === opportunity.id)?.stage, 'CLOSED_WON');
  });

  test('fifty times at once with one key is one process, one order, one subscription, one entitlement', async () => {
    const customer = freshCustomer();
    const input = {
      idempotencyKey: 'order-50',
      customerId: customer.hubId,
      currency: customer.currency,
      lines: orderLines(customer),
      waitSeconds: 30,
    };
    const results: ActResult[] = [];
    // a caller may have 20 requests in flight; fifty callers of one key are what this is about
    await Promise.all(Array.from({ length: 50 }, async () => results.push(await submit(hub(), input))));
    assert.deepEqual([...new Set(results.map(({ __typename }) => __typename))], ['OrderAccepted']);
    assert.equal(new Set(results.map(({ process }) => process.id)).size, 1);
    assert.equal(results.filter(({ replayed }) => !replayed).length, 1);
    const id = results[0]?.process.id ?? '';
    assert.equal((await ended(hub(), id)).state, 'COMPLETED');
    const done = effects(hub(), id);
    assert.deepEqual(
      [done.netsuite, done.stripe, done.zendesk],
      [['sales-order.opened'], ['subscription.opened'], ['entitlement.granted']],
    );
  });

  test('the same key with other input is refused, and nothing runs', async () => {
    const customer = freshCustomer();
    const input = {
      idempotencyKey: 'order-reused',
      customerId: customer.hubId,
      currency: customer.currency,
      lines: orderLines(customer),
      waitSeconds: 30,
    };
    const first = await submit(hub(), input);
    const writes = hub().sandbox.ledger('netsuite').length;
    const { data, errors } = await hub().ask(
      SUBMIT_ORDER,
      { input: { ...input, lines: orderLines(customer, 4) } },
      'portal',
    );
    assert.equal(data.submitOrder ?? null, null);
    assert.equal(errors[0]?.extensions.code, 'IDEMPOTENCY_KEY_REUSED');
    assert.equal(hub().sandbox.ledger('netsuite').length, writes);
    assert.equal((await processOf(hub(), first.process.id)).state, 'COMPLETED');
  });

  test('every reason for a rejection is in one answer, and nothing is written', async () => {
    const customer = freshCustomer();
    const counts = () =>
      (['netsuite', 'stripe', 'zendesk', 'salesforce'] as const).map((vendor) => hub().sandbox.ledger(vendor).length);
    const before = counts();
    const result = await submit(hub(), {
      idempotencyKey: 'order-bad',
      customerId: customer.hubId,
      currency: customer.currency,
      lines: [
        { sku: 'NO-SUCH-SKU', quantity: 1 },
        { sku: sellable('SERVICE', customer.currency), quantity: -2 },
        { sku: sellable('SERVICE', customer.currency), quantity: 1, expectedUnitPrice: '0.01' },
      ],
    });
    assert.equal(result.__typename, 'OrderRejected');
    const found = result.reasons.map(({ code, field }) => `${code} ${field}`);
    for (const expected of [
      'UNKNOWN_SKU lines.0.sku',
      'BAD_QUANTITY lines.1.quantity',
      'PRICE_CHANGED lines.2.expectedUnitPrice',
    ]) {
      assert.ok(found.includes(expected), `${expected} in ${found}`);
    }
    for (const { message } of result.reasons) assert.ok(message.length > 20, message);
    assert.deepEqual(counts(), before);
  });

  const rejections: { name: string; input: (good: Input) => Input; code: string }[] = [
    { name: 'an unknown customer', input: (good) => ({ ...good, customerId: 'C-99999999' }), code: 'UNKNOWN_CUSTOMER' },
    {
      name: "a currency that is not the customer's",
      input: (good) => ({ ...good, currency: 'CHF' }),
      code: 'WRONG_CURRENCY',
    },
    {
      name: 'an unknown legal entity',
      input: (good) => ({ ...good, legalEntityId: '999' }),
      code: 'UNKNOWN_LEGAL_ENTITY',
    },
    {
      name: 'an unknown opportunity',
      input: (good) => ({ ...good, opportunityId: '006000000000000AAA' }),
      code: 'UNKNOWN_OPPORTUNITY',
    },
    { name: 'no lines', input: (good) => ({ ...good, lines: [] }), code: 'BAD_VALUE' },
    {
      name: 'a quantity of zero',
      input: (good) => ({ ...good, lines: [{ ...(good.lines as { sku: string }[])[0], quantity: 0 }] }),
      code: 'BAD_QUANTITY',
    },
    {
      name: 'a customer on credit hold',
      input: (good) => ({
        ...good,
        customerId: customerWith('credit-hold').hubId,
        currency: customerWith('credit-hold').currency,
      }),
      code: 'CREDIT_HOLD',
    },
  ];
  for (const { name, input, code } of rejections) {
    test(`${name} is rejected with what would be right`, async () => {
      const customer = world.customer(0);
      const good = {
        idempotencyKey: `rejected-${code}-${name.length}`,
        customerId: customer.hubId,
        currency: customer.currency,
        lines: orderLines(customer),
      };
      const result = await submit(hub(), input(good));
      assert.equal(result.__typename, 'OrderRejected');
      assert.ok(
        result.reasons.some((reason) => reason.code === code),
        JSON.stringify(result.reasons),
      );
    });
  }

  test('a missing key is told as such before anything is read', async () => {
    const { status, errors } = await hub().ask(
      SUBMIT_ORDER,
      { input: { customerId: 'C-10001', currency: 'EUR', lines: [] } },
      'portal',
    );
    assert.equal(status, 400);
    assert.match(errors[0]?.message ?? '', /idempotencyKey/);
  });

  test('a refusal by the ERP is compensated to net zero, and its reason can be read in the graph', async () => {
    const customer = customerWith('tax-refused');
    const result = await submit(hub(), {
      idempotencyKey: 'order-tax',
      customerId: customer.hubId,
      currency: customer.currency,
      lines: orderLines(customer),
      waitSeconds: 30,
    });
    assert.equal(result.__typename, 'OrderAccepted', JSON.stringify(result));
    const run = await ended(hub(), result.process.id);
    assert.equal(run.state, 'COMPENSATED');
    assert.match(run.reason ?? '', /tax/i);
    assert.deepEqual(effects(hub(), run.id), { netsuite: [], stripe: [], zendesk: [], salesforce: [] });
  });

  test('a refusal late in the order takes back what was done before, last first', async () => {
    const customer = freshCustomer();
    const refusal = {
      status: 422,
      body: JSON.stringify({ error: 'RecordInvalid', description: 'Record validation errors', details: {} }),
      contentType: 'application/json',
    };
    hub().sandbox.addFault({
      vendor: 'zendesk',
      kind: 'status',
      match: '^(PUT|PATCH) .*(records|jobs)', // a search is a POST, and no write
      ...refusal,
    });
    try {
      const result = await submit(hub(), {
        idempotencyKey: 'order-late',
        customerId: customer.hubId,
        currency: customer.currency,
        lines: orderLines(customer),
        waitSeconds: 30,
      });
      const run = await ended(hub(), result.process.id);
      assert.equal(run.state, 'COMPENSATED', JSON.stringify(run));
      const done = effects(hub(), run.id);
      assert.deepEqual(done.netsuite, ['sales-order.opened', 'sales-order.cancelled']);
      assert.deepEqual(done.stripe, ['subscription.opened', 'subscription.cancelled']);
      assert.deepEqual(done.zendesk, []);
    } finally {
      hub().sandbox.removeFaults();
    }
  });

  /** Two orders that met a billing that was down for longer than the retries, some 15 s: they wait side by side. */
  const strand = async () => {
    hub().sandbox.addFault({
      vendor: 'stripe',
      kind: 'status',
      match: '^POST /v1/subscriptions',
      status: 503,
      body: '{"error":{"type":"api_error","message":"down"}}',
      contentType: 'application/json',
    });
    try {
      const runs = ['order-503', 'order-give-up'].map(async (idempotencyKey) => {
        const customer = freshCustomer();
        const { currency, hubId: customerId } = customer;
        const result = await submit(hub(), { idempotencyKey, customerId, currency, lines: orderLines(customer) });
        return { customer, run: await ended(hub(), result.process.id) };
      });
      const [retried, givenUp] = await Promise.all(runs);
      return { retried: retried ?? assert.fail(), givenUp: givenUp ?? assert.fail() };
    } finally {
      hub().sandbox.removeFaults();
    }
  };
  let stranding: ReturnType<typeof strand> | undefined;
  const stranded = () => {
    stranding ??= strand();
    return stranding;
  };

  test('an ERP that is down for longer than the retries makes an exception with its context; retry completes it without repeating steps', async () => {
    const { customer, run } = (await stranded()).retried;
    assert.equal(run.state, 'EXCEPTION');
    const exception = run.exception as Record<string, unknown>;
    assert.equal(exception.system, 'BILLING');
    assert.equal(exception.customerName !== null && (exception.customer as { id: string }).id, customer.hubId);
    assert.ok(exception.contractId, 'the contract is named');
    assert.match((exception.amountAtRisk as { amount: string }).amount, /^[1-9]/);
    assert.ok(String(exception.runbook).includes('runbooks'));
    // the breaker may still be open for a moment: an operator would press again, too
    const completed = await eventually(
      'retry completes it',
      async () => {
        const { data, errors } = await hub().ask(RETRY, { id: run.id });
        assert.deepEqual(
          errors.filter(({ extensions }) => extensions.code !== 'CONFLICT'),
          [],
        );
        if (data.retryProcess === undefined) return false;
        const after = await ended(hub(), run.id);
        return after.state === 'COMPLETED' && after;
      },
      60_000,
    );
    assert.equal(completed.exception, null);
    assert.deepEqual(effects(hub(), run.id).netsuite, ['sales-order.opened']);
    assert.deepEqual(effects(hub(), run.id).stripe, ['subscription.opened']);
    assert.equal(completed.steps.find(({ name }) => name === 'open-sales-order')?.attempts, 1);
  });

  test('giving up an exception undoes what was done', async () => {
    const { id, state } = (await stranded()).givenUp.run;
    assert.equal(state, 'EXCEPTION');
    await hub().ask(GIVE_UP, { id, reason: 'the customer withdrew' });
    const undone = await eventually(
      'it is undone',
      async () => {
        const now = await processOf(hub(), id);
        if (now.state === 'EXCEPTION') await hub().ask(GIVE_UP, { id: now.id, reason: 'again' });
        return now.state === 'COMPENSATED' && now;
      },
      60_000,
    );
    assert.deepEqual(effects(hub(), undone.id).netsuite, ['sales-order.opened', 'sales-order.cancelled']);
  });

  for (const kind of ['apply-then-time-out', 'time-out-without-applying'] as const) {
    test(`a write to the ERP that ends in doubt (${kind}) is one order in the end`, async () => {
      const customer = freshCustomer();
      hub().sandbox.addFault({ vendor: 'netsuite', kind, match: '^PUT .*salesOrder', count: 1 });
      const result = await submit(hub(), {
        idempotencyKey: `order-${kind}`,
        customerId: customer.hubId,
        currency: customer.currency,
        lines: orderLines(customer),
        waitSeconds: 30,
      });
      assert.equal((await ended(hub(), result.process.id)).state, 'COMPLETED');
      assert.deepEqual(effects(hub(), result.process.id).netsuite, ['sales-order.opened']);
    });
  }
}
