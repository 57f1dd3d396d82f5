import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { moneyOf } from '../../../platform/money.ts';
import type { RowScope } from '../../../platform/principal.ts';
import { salesforce } from '../../../sandbox/data/keys.ts';
import type { WorldCustomer } from '../../../sandbox/data/world.ts';
import { type ActAnswer, GIVE_UP, PREVIEW_ORDER, PROCESS, RETRY, type Run, SUBMIT } from './support/operations.ts';
import { correlated, type Hub, otherEntity, sellable, startHubOfProcesses } from './support/systems.ts';

/** Stripe drafts the first invoice with the subscription, and deletes it with it. */
const OPENED = ['subscription.opened', 'invoice.created'];

let hub: Hub;
before(async () => {
  hub = await startHubOfProcesses();
});
after(() => hub.close());

const orderOf = (customer: WorldCustomer, key: string, more: object = {}) => ({
  idempotencyKey: key,
  customerId: customer.hubId,
  currency: customer.currency,
  lines: [
    { sku: sellable(hub.world, 'SERVICE', customer.currency), quantity: 1 },
    { sku: sellable(hub.world, 'SUBSCRIPTION', customer.currency), quantity: 3 },
  ],
  waitSeconds: 30,
  ...more,
});

const submit = async (input: object): Promise<ActAnswer> =>
  (await hub.ask<{ submitOrder: ActAnswer }>(SUBMIT, { input })).submitOrder;
const processOf = async (id: string): Promise<Run> => (await hub.ask<{ process: Run }>(PROCESS, { id })).process;

async function openOpportunity(customer: WorldCustomer): Promise<string> {
  const [known] = await hub.ports.identity.customers([customer.hubId as never], correlated);
  const [page] = await hub.ports.crm.opportunitiesOf(
    [{ of: known?.externalIdBySystem.CRM as never, first: 50, after: null }],
    correlated,
  );
  const open = page?.entries.find(({ stage }) => !stage.startsWith('CLOSED'));
  assert.ok(open, `${customer.hubId} has an open opportunity`);
  return open.id;
}

test('an order is opened in the ERP, billing and support, and won in the CRM; the process tells each step', async () => {
  const customer = [...hub.world.customers()].find(
    ({ opportunities, known, traits, creditHold }) =>
      Object.values(known).every(Boolean) &&
      traits.length === 0 &&
      !creditHold &&
      opportunities.some(({ stage }) => !stage.startsWith('CLOSED')),
  );
  assert.ok(customer);
  const opportunityId = await openOpportunity(customer);
  const answer = await submit(orderOf(customer, 'whole', { opportunityId, purchaseOrderNumber: 'PO-4711' }));
  assert.equal(answer.__typename, 'OrderAccepted', JSON.stringify(answer));
  assert.equal(answer.process.state, 'COMPLETED', JSON.stringify(answer.process));
  assert.deepEqual(
    answer.process.steps.map(({ name, system, state, attempts }) => `${system} ${name} ${state} ${attempts}`),
    [
      'ERP open-sales-order DONE 1',
      'BILLING open-subscription DONE 1',
      'SUPPORT grant-entitlement DONE 1',
      'CRM close-opportunity DONE 1',
      'CRM note-contract DONE 1',
    ],
  );
  assert.equal(answer.salesOrder?.id, answer.process.outcome?.salesOrderId);
  assert.equal(answer.subscription?.id, answer.process.outcome?.subscriptionId);
  const effects = hub.effectsOf(answer.process.id);
  assert.deepEqual(effects.netsuite, ['sales-order.opened']);
  assert.deepEqual(effects.stripe, OPENED);
  assert.deepEqual(effects.zendesk, ['entitlement.granted']);
  assert.deepEqual(await hub.toldBy(answer.process.id), [
    `OrderAccepted sales-order:${answer.salesOrder?.id}`,
    `SubscriptionActivated subscription:${answer.subscription?.id}`,
    `EntitlementChanged subscription:${answer.subscription?.id}`,
  ]);
  const [opportunity] = await hub.ports.crm.opportunities([opportunityId as never], correlated);
  assert.equal(opportunity?.stage, 'CLOSED_WON');
  assert.equal(opportunity?.salesOrderNumber, answer.process.outcome?.salesOrderNumber);
  const reached = await hub.ask<
    Record<string, { process?: { id: string }; processes?: { nodes: { id: string }[] } }[]>
  >(
    `query ($keys: [_Any!]!) { _entities(representations: $keys) {
      ... on SalesOrder { process { id } } ... on Customer { processes { nodes { id } } pendingProcess { id } }
      ... on CustomerSubscription { processes { nodes { id } } } } }`,
    {
      keys: [
        { __typename: 'SalesOrder', id: answer.salesOrder?.id },
        { __typename: 'Customer', id: customer.hubId },
        { __typename: 'CustomerSubscription', id: answer.subscription?.id },
      ],
    },
  );
  assert.deepEqual(reached._entities, [
    { process: { id: answer.process.id } },
    { processes: { nodes: [{ id: answer.process.id }] }, pendingProcess: null },
    { processes: { nodes: [{ id: answer.process.id }] } },
  ]);
});

test('an order from another of our companies: the ERP keeps the customer there first, and books it there', async () => {
  const customer = hub.freshCustomer('EUR');
  const other = otherEntity(hub.world, customer);
  const input = orderOf(customer, 'other company', { legalEntityId: other });
  const { previewSubmitOrder: preview } = await hub.ask<{ previewSubmitOrder: ActAnswer }>(PREVIEW_ORDER, { input });
  assert.deepEqual(
    preview.writes.find(({ field }) => field === 'Customer.legalEntities'),
    {
      system: 'ERP',
      owner: 'ERP',
      field: 'Customer.legalEntities',
      oldValue: customer.legalEntityId,
      newValue: `${customer.legalEntityId}, ${other}`,
    },
  );
  const answer = await submit(input);
  assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
  assert.equal(answer.process.steps[0]?.name, 'keep-in-legal-entity');
  assert.deepEqual(hub.effectsOf(answer.process.id).netsuite, ['subsidiary-relationship.added', 'sales-order.opened']);
  const [order] = await hub.ports.erp.salesOrders([answer.salesOrder?.id as never], correlated);
  assert.equal(order?.legalEntityId, other);
  const again = await submit(orderOf(customer, 'other company, again', { legalEntityId: other }));
  assert.equal(again.process?.state, 'COMPLETED', JSON.stringify(again));
  assert.deepEqual(hub.effectsOf(again.process.id).netsuite, ['sales-order.opened']);
});

test('an order from another of our companies that the ERP refuses leaves the customer where it was', async () => {
  const customer = hub.freshCustomer('EUR');
  hub.sandbox.addFault({ vendor: 'netsuite', kind: 'status', match: '^PUT .*salesOrder', status: 400 });
  const answer = await submit(
    orderOf(customer, 'other company, refused', { legalEntityId: otherEntity(hub.world, customer) }),
  );
  hub.sandbox.removeFaults();
  assert.equal(answer.process?.state, 'COMPENSATED', JSON.stringify(answer));
  assert.deepEqual(hub.effectsOf(answer.process.id).netsuite, [
    'subsidiary-relationship.added',
    'subsidiary-relationship.removed',
  ]);
});

test('fifty orders at once with one key are one process with each effect once', async () => {
  const input = orderOf(hub.freshCustomer(), 'fifty');
  const answers = await Promise.all(Array.from({ length: 50 }, () => submit(input)));
  assert.equal(new Set(answers.map(({ process }) => process.id)).size, 1);
  assert.equal(answers.filter(({ replayed }) => !replayed).length, 1);
  const effects = hub.effectsOf(answers[0]?.process.id ?? '');
  assert.deepEqual(
    [effects.netsuite, effects.stripe, effects.zendesk],
    [['sales-order.opened'], OPENED, ['entitlement.granted']],
  );
});

test('a key that was used for other input is refused as IDEMPOTENCY_KEY_REUSED; a rejected one stays free', async () => {
  const customer = hub.freshCustomer();
  const good = orderOf(customer, 'reused');
  const bad = await submit({ ...good, lines: [{ sku: 'NOPE', quantity: 1 }] });
  assert.equal(bad.__typename, 'OrderRejected');
  assert.equal((await submit(good)).__typename, 'OrderAccepted');
  const again = await submit({ ...good, waitSeconds: 0 });
  assert.equal(again.replayed, true, 'how long to wait is not part of the order');
  const errors = await hub.errorsOf(SUBMIT, { input: { ...good, purchaseOrderNumber: 'another' } });
  assert.equal(errors[0]?.code, 'IDEMPOTENCY_KEY_REUSED');
});

test('every reason against an order is told in one answer, and nothing is written', async () => {
  const customer = hub.freshCustomer();
  const before = hub.sandbox.ledger('netsuite').length;
  const service = sellable(hub.world, 'SERVICE', customer.currency);
  const answer = await submit(
    orderOf(customer, 'all wrong', {
      legalEntityId: '999',
      opportunityId: '006000000000000AAA',
      purchaseOrderNumber: 'two\nlines',
      waitSeconds: 31,
      lines: [
        { sku: 'NO-SUCH-SKU', quantity: 1 },
        { sku: service, quantity: 0 },
        { sku: service, quantity: 100_001 },
        { sku: service, quantity: 1, expectedUnitPrice: '0.01' },
      ],
    }),
  );
  assert.equal(answer.__typename, 'OrderRejected');
  const told = answer.reasons.map(({ code, field, system }) => `${system} ${code} ${field}`).sort();
  assert.deepEqual(
    told.filter((reason) => !reason.includes('CREDIT_LIMIT')),
    [
      'CRM UNKNOWN_OPPORTUNITY opportunityId',
      'ERP PRICE_CHANGED lines.3.expectedUnitPrice',
      'ERP UNKNOWN_LEGAL_ENTITY legalEntityId',
      'ERP UNKNOWN_SKU lines.0.sku',
      'HUB BAD_QUANTITY lines.1.quantity',
      'HUB BAD_QUANTITY lines.2.quantity',
      'HUB BAD_VALUE purchaseOrderNumber',
      'HUB BAD_VALUE waitSeconds',
    ],
  );
  assert.equal(hub.sandbox.ledger('netsuite').length, before);
});

test('customers, currencies, credit and stock that do not fit are rejected with what would be right', async () => {
  const customer = hub.freshCustomer();
  const held = hub.customerWith('credit-hold');
  const prospect = hub.customerWith('prospect');
  const goods = hub.world.products.find(
    ({ kind, active, onHand, committed }) =>
      kind === 'GOODS' && active && onHand !== null && onHand - committed < 50_000,
  );
  const inactive = hub.world.products.find(({ active }) => !active);
  const cases: [string, object][] = [
    ['UNKNOWN_CUSTOMER', { ...orderOf(customer, 'r1'), customerId: 'C-99999999' }],
    ['UNKNOWN_CUSTOMER', { ...orderOf(customer, 'r2'), customerId: 'C-1\n"; drop table' }],
    ['WRONG_CURRENCY', { ...orderOf(customer, 'r3'), currency: 'CHF' }],
    ['CREDIT_HOLD', orderOf(held, 'r4')],
    ['SYSTEM_LACKS_CUSTOMER', orderOf(prospect, 'r5')],
    ['BAD_VALUE', { ...orderOf(customer, 'r6'), lines: [] }],
    ['BAD_VALUE', { ...orderOf(customer, ''), idempotencyKey: '' }],
    [
      'BAD_VALUE',
      { ...orderOf(customer, 'r8'), lines: Array.from({ length: 101 }, () => ({ sku: 'A', quantity: 1 })) },
    ],
    ['OUT_OF_STOCK', { ...orderOf(customer, 'r9'), lines: [{ sku: goods?.sku, quantity: 99_999 }] }],
    [
      'CREDIT_LIMIT_EXCEEDED',
      {
        ...orderOf(customer, 'r10'),
        lines: [{ sku: sellable(hub.world, 'SERVICE', customer.currency), quantity: 100_000 }],
      },
    ],
    ['INACTIVE_SKU', { ...orderOf(customer, 'r11'), lines: [{ sku: inactive?.sku, quantity: 1 }] }],
  ];
  for (const [code, input] of cases) {
    const answer = await submit(input);
    assert.ok(
      answer.reasons?.some((reason) => reason.code === code && reason.message.length > 20),
      `${code} in ${JSON.stringify(answer)}`,
    );
  }
});

test('a preview names each write and the charges, and writes nothing', async () => {
  const customer = hub.freshCustomer();
  const before = hub.sandbox.ledger('netsuite').length + hub.sandbox.ledger('stripe').length;
  const { previewSubmitOrder: preview } = await hub.ask<{ previewSubmitOrder: ActAnswer }>(PREVIEW_ORDER, {
    input: orderOf(customer, 'preview'),
  });
  assert.equal(preview.__typename, 'Preview', JSON.stringify(preview));
  assert.deepEqual([...new Set(preview.writes.map(({ system }) => system))].sort(), [
    'BILLING',
    'CRM',
    'ERP',
    'SUPPORT',
  ]);
  assert.match(preview.charges.monthly?.amount ?? '', /^[1-9]/);
  assert.equal(hub.sandbox.ledger('netsuite').length + hub.sandbox.ledger('stripe').length, before);
});

test('a refusal by the ERP is compensated to net zero, and its reason can be read', async () => {
  const answer = await submit(orderOf(hub.customerWith('tax-refused'), 'tax'));
  assert.equal(answer.process?.state, 'COMPENSATED', JSON.stringify(answer));
  assert.match(answer.process.reason ?? '', /tax/i);
  assert.deepEqual(hub.effectsOf(answer.process.id), { netsuite: [], stripe: [], zendesk: [], salesforce: [] });
});

test('a system that is down for longer than the retries leaves an exception with its context; retrying goes on from there', async () => {
  const customer = hub.freshCustomer();
  hub.sandbox.addFault({ vendor: 'stripe', kind: 'status', match: '^POST /v1/subscriptions', status: 503, body: '{}' });
  const { process } = await submit(orderOf(customer, 'down'));
  try {
    assert.equal(process.state, 'EXCEPTION', JSON.stringify(process));
    const { exception } = process;
    assert.equal(exception?.system, 'BILLING');
    assert.equal(exception?.step, 'open-subscription');
    assert.deepEqual(exception?.customer, { id: customer.hubId });
    assert.ok(exception?.contractId && exception.customerName && exception.region, JSON.stringify(exception));
    assert.match((exception.amountAtRisk as { amount: string }).amount, /^[1-9]/);
    assert.match(String(exception.runbook), /^docs\/runbooks\/[a-z-]+\.md$/);
    const { exceptions } = await hub.ask<{ exceptions: { nodes: { process: { id: string } }[] } }>(
      '{ exceptions { nodes { process { id } } } }',
    );
    assert.deepEqual(
      exceptions.nodes.map((one) => one.process.id),
      [process.id],
    );
  } finally {
    hub.sandbox.removeFaults();
  }
  const completed = await eventually(async () => {
    const now = await processOf(process.id);
    if (now.state === 'EXCEPTION') await hub.ask(RETRY, { id: process.id }); // the breaker may still be open
    return now.state === 'COMPLETED' && now;
  });
  assert.equal(completed.exception, null);
  assert.equal(completed.steps.find(({ name }) => name === 'open-sales-order')?.attempts, 1);
  const effects = hub.effectsOf(process.id);
  assert.deepEqual([effects.netsuite, effects.stripe], [['sales-order.opened'], OPENED]);
});

test('giving up undoes in every system', async () => {
  hub.sandbox.addFault({ vendor: 'zendesk', kind: 'status', match: '^(POST|PUT|PATCH) .*records', status: 503 });
  const { process } = await submit(orderOf(hub.freshCustomer(), 'given up'));
  assert.equal(process.state, 'EXCEPTION', JSON.stringify(process));
  hub.sandbox.removeFaults();
  await hub.ask(GIVE_UP, { id: process.id, reason: 'the customer withdrew' });
  const undone = await eventually(async () => {
    const now = await processOf(process.id);
    if (now.state === 'EXCEPTION') await hub.ask(RETRY, { id: process.id });
    return now.state === 'COMPENSATED' && now;
  });
  assert.equal(undone.reason, 'the customer withdrew');
  const effects = hub.effectsOf(process.id);
  assert.deepEqual(effects.netsuite, ['sales-order.opened', 'sales-order.cancelled']);
  assert.deepEqual(effects.stripe, [...OPENED, 'subscription.cancelled', 'invoice.deleted']);
});

for (const kind of ['apply-then-time-out', 'time-out-without-applying'] as const) {
  for (const [vendor, match, once] of [
    ['netsuite', '^PUT .*salesOrder', ['sales-order.opened']],
    ['stripe', '^POST /v1/subscriptions', OPENED],
  ] as const) {
    test(`a write to ${vendor} that ends in doubt (${kind}) takes effect once`, async () => {
      hub.sandbox.addFault({ vendor, kind, match, count: 1 });
      const { process } = await submit(orderOf(hub.freshCustomer(), `${vendor} ${kind}`));
      hub.sandbox.removeFaults();
      assert.equal(process.state, 'COMPLETED', JSON.stringify(process));
      assert.deepEqual(hub.effectsOf(process.id)[vendor], once);
    });
  }
}

async function eventually<T>(attempt: () => Promise<T | false>): Promise<T> {
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const value = await attempt();
    if (value) return value;
  }
  assert.fail('never came true');
}

test('an opportunity that sales won without an order is ordered from, once', async () => {
  const customer = [...hub.world.customers()].findLast(
    ({ opportunities, known, traits, creditHold }) =>
      Object.values(known).every(Boolean) &&
      traits.length === 0 &&
      !creditHold &&
      opportunities.some(({ stage }) => !stage.startsWith('CLOSED')),
  );
  assert.ok(customer);
  const opportunityId = await openOpportunity(customer);
  const read = async () =>
    (await hub.ports.crm.opportunities([opportunityId as never], { ...correlated, fresh: true }))[0];
  const open = await read();
  assert.ok(open?.accountId);
  const call = { ...correlated, actingFor: 'CRM' } as const;
  const amount = open.amount ?? moneyOf('1', customer.currency);
  const won = { opportunityId: open.id, accountId: open.accountId, salesOrderNumber: 'SO-NONE', amount };
  await hub.ports.crm.closeWon({ ...won, closedOn: open.closesOn }, { ...call, key: 'sales:win' });
  const before = { ...open, stage: 'CLOSED_WON', salesOrderNumber: null } as const;
  await hub.ports.crm.reopen({ before }, { ...call, key: 'sales:no-order' });
  assert.deepEqual([(await read())?.stage, (await read())?.salesOrderNumber], ['CLOSED_WON', null]);

  const answer = await submit(orderOf(customer, 'won before', { opportunityId }));
  assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
  assert.equal((await read())?.salesOrderNumber, answer.process.outcome?.salesOrderNumber);
  const second = await submit(orderOf(customer, 'won twice', { opportunityId }));
  assert.deepEqual(
    second.reasons.map(({ code, field }) => `${code} ${field}`),
    ['BAD_VALUE opportunityId'],
  );
});

/** A customer of whose opportunities sales has won one that nobody has ordered. */
function unordered(quoted: boolean, nth = 0): { customer: WorldCustomer; opportunityId: string; lines: string[] } {
  const found = [...hub.world.customers()].filter(
    ({ opportunities, quotes, known, traits, creditHold }) =>
      Object.values(known).every(Boolean) &&
      traits.length === 0 &&
      !creditHold &&
      opportunities.some(
        ({ agreed }, nr) => agreed !== undefined && quotes.some(({ opportunity }) => opportunity === nr) === quoted,
      ),
  )[nth];
  assert.ok(found, 'the world has such a customer');
  const at = found.opportunities.findIndex(({ agreed }) => agreed !== undefined);
  const lines = found.opportunities[at]?.agreed?.map(({ sku, quantity }) => `${quantity} x ${sku}`) ?? [];
  return { customer: found, opportunityId: salesforce.opportunity(found.index, at), lines };
}
const PENDING = `query ($keys: [_Any!]!) { _entities(representations: $keys) {
  ... on Opportunity { pendingProcess { id } } ... on SalesOrder { pendingProcess { id } } } }`;
const pendingOf = async (__typename: string, id: string, rows?: RowScope): Promise<string | undefined> => {
  const { _entities } = await hub.ask<{ _entities: { pendingProcess: { id: string } | null }[] }>(
    PENDING,
    { keys: [{ __typename, id }] },
    rows ? { rows } : {},
  );
  return _entities[0]?.pendingProcess?.id;
};
const told = ({ reasons }: ActAnswer) => reasons.map(({ code, field, system }) => `${system} ${code} ${field}`);

for (const quoted of [true, false]) {
  test(`an opportunity that sales won is ordered as it stands, by ${quoted ? 'its quote' : 'its products'}, once`, async () => {
    const { customer, opportunityId, lines } = unordered(quoted);
    const input = {
      idempotencyKey: `as it stands ${quoted}`,
      customerId: customer.hubId,
      opportunityId,
      waitSeconds: 30,
    };
    const { previewSubmitOrder: preview } = await hub.ask<{ previewSubmitOrder: ActAnswer }>(PREVIEW_ORDER, { input });
    assert.equal(preview.writes?.find(({ field }) => field === 'SalesOrder.lines')?.newValue, lines.join(', '));
    const wonOn = async () =>
      (await hub.ports.crm.opportunities([opportunityId as never], { ...correlated, fresh: true }))[0]?.closesOn;
    const before = await wonOn();
    const answer = await submit(input);
    assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
    assert.equal(await wonOn(), before, 'sales won it on its own day');
    assert.deepEqual(answer.charges, preview.charges);
    const [order] = await hub.ports.erp.salesOrders([answer.salesOrder?.id as never], correlated);
    assert.deepEqual(
      order?.lines.map(({ sku, quantity }) => `${quantity} x ${sku}`),
      lines,
    );
    const again = await submit({ ...input, idempotencyKey: `as it stood ${quoted}` });
    assert.deepEqual(told(again), ['CRM BAD_VALUE opportunityId']);
    assert.match(again.reasons[0]?.message ?? '', /ordered already, by order SO/);
  });
}

test('while an opportunity is ordered it says by which process, to who may see the customer, and no second order begins', async () => {
  const { customer, opportunityId } = unordered(true, 1);
  const input = { idempotencyKey: 'one at a time', customerId: customer.hubId, opportunityId, waitSeconds: 30 };
  hub.sandbox.addFault({ vendor: 'stripe', kind: 'status', match: '^POST /v1/subscriptions', status: 503, body: '{}' });
  const { process } = await submit(input);
  hub.sandbox.removeFaults();
  assert.equal(process?.state, 'EXCEPTION', JSON.stringify(process));
  assert.equal(await pendingOf('Opportunity', opportunityId), process.id);
  const salesOrderId = hub.sandbox
    .ledger('netsuite')
    .find(({ businessKey }) => businessKey?.startsWith(process.id))?.id;
  assert.equal(await pendingOf('SalesOrder', salesOrderId ?? ''), process.id);
  assert.equal(await pendingOf('Opportunity', opportunityId, { customers: ['C-1'] }), undefined);
  const second = await submit({ ...input, idempotencyKey: 'another' });
  assert.deepEqual(told(second), ['HUB PROCESS_RUNNING opportunityId']);
  await eventually(async () => {
    const { state } = await processOf(process.id);
    if (state === 'EXCEPTION') await hub.ask(RETRY, { id: process.id });
    return state === 'COMPLETED';
  });
  assert.equal(await pendingOf('Opportunity', opportunityId), undefined);
});

test('an opportunity that cannot be ordered as it stands is refused by its field, with what to do', async () => {
  const open = [...hub.world.customers()].findLast(
    ({ opportunities, known, traits }) =>
      Object.values(known).every(Boolean) &&
      traits.length === 0 &&
      opportunities.some(({ stage }) => stage === 'QUALIFICATION' || stage === 'PROSPECTING'),
  );
  assert.ok(open);
  const at = (...stages: string[]) =>
    salesforce.opportunity(
      open.index,
      open.opportunities.findIndex(({ stage }) => stages.includes(stage)),
    );
  const order = (input: object) =>
    submit({ idempotencyKey: 'refused', customerId: open.hubId, waitSeconds: 0, ...input } as object);
  /** As sales does, in the CRM itself. */
  const win = (opportunityId: string) => sales(`/sobjects/Opportunity/${opportunityId}`, { StageName: 'Closed Won' });
  const [early, quoted] = [at('QUALIFICATION', 'PROSPECTING'), at('NEGOTIATION')];
  const cases: [object, string[], RegExp][] = [
    [{}, ['HUB BAD_VALUE lines'], /or an opportunity that sales has won/],
    [{ opportunityId: quoted }, ['CRM BAD_VALUE opportunityId'], /is NEGOTIATION; only one that sales has won/],
    [{ opportunityId: at('CLOSED_WON') }, ['CRM BAD_VALUE opportunityId'], /ordered already/],
    [
      { opportunityId: unordered(true, 2).opportunityId },
      ['CRM UNKNOWN_OPPORTUNITY opportunityId'],
      /no such opportunity/,
    ],
    [{ lines: [{ sku: 'SVC-AUDIT', quantity: 1 }] }, ['HUB BAD_VALUE currency'], /currency is needed/],
  ];
  for (const [input, reasons, message] of cases) {
    const answer = await order(input);
    assert.deepEqual(told(answer), reasons, JSON.stringify(answer));
    assert.match(answer.reasons[0]?.message ?? '', message);
  }
  await win(early);
  const bare = await order({ opportunityId: early });
  assert.deepEqual(told(bare), ['CRM BAD_VALUE opportunityId'], JSON.stringify(bare));
  assert.match(bare.reasons[0]?.message ?? '', /has no products/);
  await win(quoted);
  const dear = await order({ opportunityId: quoted });
  assert.ok(told(dear).includes('ERP PRICE_CHANGED opportunityId'), JSON.stringify(dear));
  assert.match(
    dear.reasons.find(({ code }) => code === 'PRICE_CHANGED')?.message ?? '',
    /^line 1 of the opportunity: /,
  );
  const foreign = await order({ opportunityId: quoted, currency: open.currency === 'CHF' ? 'EUR' : 'CHF' });
  assert.deepEqual(told(foreign), ['CRM WRONG_CURRENCY currency']);
});

/** A change that somebody makes in Salesforce itself. */
async function sales(path: string, fields: object): Promise<void> {
  const { SALESFORCE_LOGIN_URL: origin = '', ...of } = hub.sandbox.environment;
  const credentials = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: of.SALESFORCE_CLIENT_ID ?? '',
    client_secret: of.SALESFORCE_CLIENT_SECRET ?? '',
  });
  const signedIn = await fetch(`${origin}/services/oauth2/token`, { method: 'POST', body: credentials });
  const { access_token, instance_url } = (await signedIn.json()) as { access_token: string; instance_url: string };
  const changed = await fetch(`${instance_url}/services/data/v66.0${path}`, {
    method: 'PATCH',
    headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify(fields),
  });
  assert.equal(changed.status, 204, await changed.text());
}
