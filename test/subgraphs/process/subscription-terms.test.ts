import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { createDb } from '../../../platform/db/db.ts';
import type { SagaTables } from '../../../platform/saga/tables.ts';
import type { WorldCustomer } from '../../../sandbox/data/world.ts';
import type { Subscription } from '../../../subgraphs/billing/model.ts';
import { judgeCancellation } from '../../../subgraphs/process/verdicts/cancel-subscription.ts';
import { judgeBegin } from '../../../subgraphs/process/verdicts/renewal-begin.ts';
import { collectReasons } from '../../../subgraphs/process/verdicts/verdict.ts';
import { closeBeforeDatabase } from '../../support/database.ts';
import {
  type ActAnswer,
  AMEND,
  CANCEL,
  CHANGE_ENTITY,
  PREVIEW_CANCELLATION,
  PREVIEW_RENEWAL,
  PROCESS,
  RENEW,
  type Run,
  SUBMIT,
} from './support/operations.ts';
import { correlated, type Hub, otherEntity, sellable, startHubOfProcesses } from './support/systems.ts';

let hub: Hub;
let db: ReturnType<typeof createDb>;
before(async () => {
  hub = await startHubOfProcesses();
  db = createDb(hub.databaseUrl);
  closeBeforeDatabase(() => db.destroy());
});
after(() => hub.close());

let nr = 0;
const act = async (mutation: string, input: object): Promise<ActAnswer> => {
  nr += 1;
  const data = await hub.ask<Record<string, ActAnswer>>(mutation, {
    input: { waitSeconds: 30, idempotencyKey: `terms-${nr}`, ...input },
  });
  const [answer] = Object.values(data);
  assert.ok(answer);
  return answer;
};
const codes = ({ reasons }: ActAnswer) => reasons.map(({ code, field, system }) => `${code} ${field} ${system}`);

const externalIds = async (customer: WorldCustomer) => {
  const [known] = await hub.ports.identity.customers([customer.hubId as never], correlated);
  assert.ok(known);
  return known.externalIdBySystem;
};

async function subscriptionsOf(customer: WorldCustomer): Promise<readonly Subscription[]> {
  const of = (await externalIds(customer)).BILLING as never;
  const call = { ...correlated, fresh: true };
  const [page] = await hub.ports.billing.subscriptionsOf([{ of, first: 20, after: null }], call);
  return page?.entries ?? [];
}

async function running(customer: WorldCustomer): Promise<Subscription> {
  const found = (await subscriptionsOf(customer)).find(({ status }) => status === 'ACTIVE');
  assert.ok(found, `${customer.hubId} has an active subscription`);
  return found;
}

const again = async (of: Subscription): Promise<Subscription> => {
  const [found] = await hub.ports.billing.subscriptions([of.id], { ...correlated, fresh: true });
  assert.ok(found);
  return found;
};

async function rightsOf(customer: WorldCustomer, { id: subscriptionId }: Subscription) {
  const orgId = (await externalIds(customer)).SUPPORT as never;
  const rights = await hub.ports.support.rightsOf({ orgId, subscriptionId }, { ...correlated, fresh: true });
  return Object.fromEntries(rights.map(({ sku, seats, endsOn }) => [sku, `${seats} until ${endsOn}`]));
}

const contracted = async (customer: WorldCustomer) => {
  const [account] = await hub.ports.crm.accounts([(await externalIds(customer)).CRM as never], {
    ...correlated,
    fresh: true,
  });
  return account?.contractedMonthly?.minor;
};

const supportRefuses = () =>
  hub.sandbox.addFault({
    vendor: 'zendesk',
    kind: 'status',
    match: '^(POST|PUT|PATCH) .*records',
    status: 422,
    body: JSON.stringify({ error: 'RecordInvalid', description: 'Record validation errors', details: {} }),
    contentType: 'application/json',
  });
const billingRefusesToEnd = () =>
  hub.sandbox.addFault({
    vendor: 'stripe',
    kind: 'status',
    match: '^DELETE .*subscriptions',
    status: 400,
    body: JSON.stringify({ error: { type: 'invalid_request_error', message: 'no' } }),
    contentType: 'application/json',
  });

describe('renewSubscription', () => {
  test('the next term is agreed in billing, the ERP takes its value, rights last until its end, the CRM is told', async () => {
    const customer = hub.freshCustomer();
    const subscription = await running(customer);
    const [item] = subscription.items;
    assert.ok(item);
    const input = {
      subscriptionId: subscription.id,
      termMonths: 12,
      items: [{ sku: item.sku, quantity: item.quantity + 5 }],
    };
    const preview = await act(PREVIEW_RENEWAL, { ...input, waitSeconds: 0 });
    assert.equal(preview.__typename, 'Preview', JSON.stringify(preview));
    assert.deepEqual(await again(subscription), subscription, 'a preview changes nothing');
    const answer = await act(RENEW, input);
    assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
    assert.deepEqual(answer.charges, preview.charges);
    assert.deepEqual(
      answer.process.steps.map(({ name, system }) => `${system} ${name}`),
      ['BILLING schedule-renewal', 'ERP open-renewal-order', 'SUPPORT extend-entitlement', 'CRM note-contract'],
    );
    const renewed = await again(subscription);
    assert.equal(answer.takesEffectOn, subscription.currentTermEndsOn);
    const { startsOn, endsOn } = { startsOn: answer.takesEffectOn, endsOn: answer.endsOn };
    assert.deepEqual(renewed.agreedTerm, { startsOn, endsOn, runsOn: true });
    assert.deepEqual(renewed.items, subscription.items, 'the running term stays as it is');
    assert.equal((await rightsOf(customer, subscription))[item.sku], `${item.quantity + 5} until ${answer.endsOn}`);
    assert.deepEqual(await hub.toldBy(answer.process.id), [
      `SubscriptionRenewed subscription:${subscription.id}`,
      `EntitlementChanged subscription:${subscription.id}`,
    ]);
    const { netsuite, stripe } = hub.effectsOf(answer.process.id);
    assert.deepEqual(netsuite, ['amendment-order.opened']);
    assert.equal(stripe.filter((effect) => effect === 'term.scheduled').length, 1, String(stripe));

    const second = await act(RENEW, { subscriptionId: subscription.id, termMonths: 12 });
    assert.deepEqual(codes(second), ['CONTRACT_STATE subscriptionId BILLING']);
    assert.match(second.reasons[0]?.message ?? '', /another renewal is to come/);
  });

  test('what support refuses takes the renewal back from ERP and billing', async () => {
    const customer = hub.freshCustomer();
    const subscription = await running(customer);
    supportRefuses();
    const answer = await act(RENEW, { subscriptionId: subscription.id, termMonths: 6 });
    hub.sandbox.removeFaults();
    assert.equal(answer.process?.state, 'COMPENSATED', JSON.stringify(answer));
    assert.deepEqual(await again(subscription), subscription);
    assert.deepEqual(hub.effectsOf(answer.process.id).netsuite, ['amendment-order.opened', 'sales-order.cancelled']);
  });

  test('every bad input is told at once, each with its field', async () => {
    const customer = hub.freshCustomer();
    const subscription = await running(customer);
    const [item] = subscription.items;
    const answer = await act(RENEW, {
      subscriptionId: subscription.id,
      termMonths: 61,
      startsOn: '2020-01-01',
      items: [
        { sku: item?.sku, quantity: -1 },
        { sku: 'SUB-NONE', quantity: 1 },
      ],
      opportunityId: '006000000000000AAA',
      waitSeconds: 31,
    });
    assert.deepEqual(codes(answer).sort(), [
      'BAD_QUANTITY items.0.quantity HUB',
      'BAD_VALUE startsOn BILLING',
      'BAD_VALUE termMonths HUB',
      'BAD_VALUE waitSeconds HUB',
      'UNKNOWN_OPPORTUNITY opportunityId CRM',
      'UNKNOWN_SKU items.1.sku ERP',
    ]);
    const late = await act(RENEW, { subscriptionId: subscription.id, termMonths: 1, startsOn: '2099-01-01' });
    assert.deepEqual(codes(late), ['BAD_VALUE startsOn HUB']);
    const price = await act(RENEW, { subscriptionId: subscription.id, termMonths: 1, expectedMonthlyCharge: '1' });
    assert.deepEqual(codes(price), ['PRICE_CHANGED expectedMonthlyCharge BILLING']);
    const none = items(subscription).map(({ sku }) => ({ sku, quantity: 0 }));
    assert.ok(
      codes(await act(RENEW, { subscriptionId: subscription.id, termMonths: 1, items: none })).includes(
        'CONTRACT_STATE items BILLING',
      ),
    );
    const unknown = await act(RENEW, { subscriptionId: 'sub_none', termMonths: 1 });
    assert.deepEqual(codes(unknown), ['UNKNOWN_SUBSCRIPTION subscriptionId BILLING']);
    assert.deepEqual(await again(subscription), subscription);
  });

  const items = (of: Subscription) => of.items;

  /** As if the promised instant had come. */
  const comes = (processId: string) =>
    db
      .withTables<SagaTables>()
      .updateTable('process.run')
      .set({ due_at: new Date().toISOString() })
      .where('id', '=', processId)
      .execute();
  const WITHDRAW = `mutation ($id: ID!, $reason: String!) {
    withdrawRenewal(processId: $id, reason: $reason) { process { id state reason } } }`;
  const SCHEDULE = 'query ($id: ID!) { process(id: $id) { state resumesAt endedAt } }';
  const scheduleOf = async (id: string) =>
    (await hub.ask<{ process: { state: string; resumesAt: string | null } }>(SCHEDULE, { id })).process;
  const justBefore = ({ currentTermEndsOn }: Subscription) =>
    new Date(Date.parse(currentTermEndsOn) - 1_000).toISOString();
  const WINDOW_DAYS = 30;
  /** Whose renewal window is open, as it is for all but those whose term has just begun. */
  async function endingSoon(): Promise<Subscription> {
    for (;;) {
      const found = await running(hub.freshCustomer());
      if (Date.parse(found.currentTermEndsOn) - Date.now() < WINDOW_DAYS * 86_400_000) return found;
    }
  }

  test('accepted for later it promises the instant, holds the subscription, lets others go first, and then is done', async () => {
    const subscription = await running(hub.freshCustomer());
    const beginsAt = justBefore(subscription);
    const input = { subscriptionId: subscription.id, termMonths: 12, beginsAt };
    const answer = await act(RENEW, { ...input, waitSeconds: 0 });
    assert.deepEqual([answer.process?.state, answer.beginsAt], ['SCHEDULED', beginsAt], JSON.stringify(answer));
    assert.deepEqual(await scheduleOf(answer.process.id), { state: 'SCHEDULED', resumesAt: beginsAt, endedAt: null });
    assert.deepEqual(codes(await act(RENEW, { ...input, beginsAt: null })), ['PROCESS_RUNNING subscriptionId HUB']);
    const row = await db
      .withTables<SagaTables>()
      .selectFrom('process.run')
      .select('rank')
      .where('id', '=', answer.process.id)
      .executeTakeFirst();
    assert.equal(row?.rank, 1, 'what people wait for has 0');
    await comes(answer.process.id);
    const run = await ended(answer.process.id);
    assert.equal(run.state, 'COMPLETED', JSON.stringify(run));
    assert.deepEqual(run.steps.map(({ name }) => name).slice(0, 2), ['confirm-renewal', 'schedule-renewal']);
    assert.equal((await again(subscription)).agreedTerm?.startsOn, subscription.currentTermEndsOn);
  });

  test('in the renewal window: at its opening, at once where it is open; and withdrawn before it begins it never was', async () => {
    const subscription = await endingSoon();
    const input = { subscriptionId: subscription.id, termMonths: 12, inWindow: true };
    const early = { startsOn: subscription.currentTermEndsOn, now: Date.parse('2020-01-01'), windowDays: WINDOW_DAYS };
    assert.equal(
      judgeBegin(input, subscription, early, collectReasons()),
      new Date(Date.parse(subscription.currentTermEndsOn) - WINDOW_DAYS * 86_400_000).toISOString(),
    );
    const open = await act(PREVIEW_RENEWAL, { ...input, waitSeconds: 0 });
    assert.equal(open.__typename, 'Preview', JSON.stringify(open));
    const { beginsAt: atOnce, process } = await act(RENEW, input);
    assert.deepEqual([atOnce, process.state], [null, 'COMPLETED'], 'a month before its end the window is open');

    const other = await running(hub.freshCustomer());
    const forLater = { subscriptionId: other.id, termMonths: 12, beginsAt: justBefore(other), waitSeconds: 0 };
    const later = await act(RENEW, forLater);
    const withdrawing = { id: later.process.id, reason: 'the customer asked for another term' };
    const foreign = await hub.errorsOf(WITHDRAW, withdrawing, { rows: { customers: ['C-1'] } });
    assert.deepEqual(
      foreign.map(({ code }) => code),
      ['NOT_FOUND'],
    );
    const held = await hub.errorsOf(WITHDRAW, withdrawing, { acts: { renewSubscription: {} } });
    assert.deepEqual(
      held.map(({ code }) => code),
      ['FORBIDDEN'],
    );
    for (const _again of [1, 2]) {
      const { withdrawRenewal } = await hub.ask<{ withdrawRenewal: { process: Run } }>(WITHDRAW, withdrawing);
      assert.deepEqual(
        [withdrawRenewal.process.state, withdrawRenewal.process.reason],
        ['REJECTED', withdrawing.reason],
      );
    }
    const tooLate = await hub.errorsOf(WITHDRAW, { id: process.id, reason: 'too late' });
    assert.deepEqual(
      tooLate.map(({ code }) => code),
      ['CONFLICT'],
    );
    assert.deepEqual(await again(other), other);
    const anew = await act(RENEW, { subscriptionId: other.id, termMonths: 6 });
    assert.equal(anew.process?.state, 'COMPLETED', JSON.stringify(anew));
  });

  test('what changed until it begins is found before anything is written', async () => {
    const [cancelled, dearer] = [await running(hub.freshCustomer()), await running(hub.freshCustomer())];
    const [first, second] = await Promise.all(
      [cancelled, dearer].map((one) =>
        act(RENEW, { subscriptionId: one.id, termMonths: 12, beginsAt: justBefore(one), waitSeconds: 0 }),
      ),
    );
    assert.ok(first && second);
    const call = { ...correlated, actingFor: 'BILLING', key: 'in billing itself' } as const;
    await hub.ports.billing.cancelNow(
      { subscriptionId: cancelled.id, customerId: cancelled.customerId, reason: 'x', creditUnused: false },
      call,
    );
    await db
      .withTables<SagaTables>()
      .updateTable('process.run')
      .set({ input: sql`jsonb_set(input, '{charges,monthly,amount}', '"1.00"')` as never })
      .where('id', '=', second.process.id)
      .execute();
    for (const [{ process }, why] of [
      [first, /ended|cancel/i],
      [second, /costs .* now, not 1\.00/],
    ] as const) {
      await comes(process.id);
      const run = await ended(process.id);
      assert.equal(run.state, 'COMPENSATED', JSON.stringify(run));
      assert.match(run.reason ?? '', why);
      assert.deepEqual(hub.effectsOf(process.id), { netsuite: [], stripe: [], zendesk: [], salesforce: [] });
    }
  });

  test('an instant that has passed, or lies in the new term, is refused, and so are two of them', async () => {
    const subscription = await running(hub.freshCustomer());
    const input = { subscriptionId: subscription.id, termMonths: 12 };
    for (const more of [
      { beginsAt: '2026-01-01T00:00:00Z' },
      { beginsAt: `${subscription.currentTermEndsOn}T00:00:00Z` },
      { beginsAt: justBefore(subscription), inWindow: true },
    ]) {
      assert.deepEqual(
        codes(await act(RENEW, { ...input, ...more })),
        ['BAD_VALUE beginsAt HUB'],
        JSON.stringify(more),
      );
    }
  });
});

async function ended(id: string): Promise<Run> {
  for (const end = Date.now() + 30_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 50))) {
    const { process } = await hub.ask<{ process: Run }>(PROCESS, { id });
    if (['COMPLETED', 'COMPENSATED', 'EXCEPTION'].includes(process.state)) return process;
  }
  return assert.fail(`${id} did not end`);
}

describe('cancelSubscription', () => {
  test('with the term: billing does not renew it, rights end on its last day, the CRM is told; it is still billed', async () => {
    const customer = hub.freshCustomer();
    const subscription = await running(customer);
    const answer = await act(CANCEL, { subscriptionId: subscription.id, when: 'TERM_END', reason: 'moves away' });
    assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
    assert.deepEqual(
      answer.process.steps.map(({ name }) => name),
      ['cancel-at-term-end', 'end-entitlement', 'note-contract'],
    );
    assert.equal(answer.endsOn, subscription.currentTermEndsOn);
    const ending = await again(subscription);
    assert.deepEqual([ending.status, ending.renewsOn], ['ACTIVE', null]);
    for (const right of Object.values(await rightsOf(customer, subscription))) {
      assert.match(right, new RegExp(`until ${answer.endsOn}$`));
    }
    assert.deepEqual(await hub.toldBy(answer.process.id), [
      `EntitlementChanged subscription:${subscription.id}`,
      `SubscriptionAmended subscription:${subscription.id}`,
    ]);
    const twice = await act(CANCEL, { subscriptionId: subscription.id, when: 'TERM_END', reason: 'again' });
    assert.deepEqual(codes(twice), ['CONTRACT_STATE when BILLING']);
    const renewed = await act(RENEW, { subscriptionId: subscription.id, termMonths: 12 });
    assert.deepEqual(codes(renewed), ['CONTRACT_STATE subscriptionId BILLING']);
  });

  test('now: rights end, the CRM counts it no more, and billing ends it last, with the credit that the preview told', async () => {
    const customer = hub.freshCustomer();
    const subscription = await running(customer);
    const input = { subscriptionId: subscription.id, when: 'NOW', reason: 'moves away', refundUnused: true };
    const preview = await act(PREVIEW_CANCELLATION, { ...input, waitSeconds: 0 });
    assert.match(preview.charges.proration?.amount ?? '', /^-/, JSON.stringify(preview));
    const answer = await act(CANCEL, input);
    assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
    assert.deepEqual(
      answer.process.steps.map(({ name }) => name),
      ['end-entitlement', 'note-contract', 'cancel-now'],
    );
    assert.equal((await again(subscription)).status, 'CANCELLED');
    assert.deepEqual(await hub.toldBy(answer.process.id), [
      `EntitlementChanged subscription:${subscription.id}`,
      `SubscriptionCancelled subscription:${subscription.id}`,
    ]);
    assert.deepEqual(await rightsOf(customer, subscription), {});
    const others = (await subscriptionsOf(customer)).filter(({ status }) => status !== 'CANCELLED');
    const monthly = others
      .flatMap((one) => one.items)
      .reduce((sum, one) => sum + one.unitPrice.minor * BigInt(one.quantity), 0n);
    assert.equal(await contracted(customer), monthly);
    const ended = await act(CANCEL, { ...input, refundUnused: false });
    assert.deepEqual(codes(ended), ['CONTRACT_STATE subscriptionId BILLING']);
    const amended = await act(AMEND, {
      subscriptionId: subscription.id,
      items: [{ sku: subscription.items[0]?.sku, quantity: 1 }],
    });
    assert.ok(codes(amended).includes('CONTRACT_STATE subscriptionId BILLING'), String(codes(amended)));
  });

  test('what billing refuses to end at once runs on, with its rights and its value in the CRM', async () => {
    const customer = hub.freshCustomer();
    const subscription = await running(customer);
    const [rights, value] = [await rightsOf(customer, subscription), await contracted(customer)];
    billingRefusesToEnd();
    const answer = await act(CANCEL, { subscriptionId: subscription.id, when: 'NOW', reason: 'moves away' });
    hub.sandbox.removeFaults();
    assert.equal(answer.process?.state, 'COMPENSATED', JSON.stringify(answer));
    assert.deepEqual(await again(subscription), subscription);
    assert.deepEqual(await rightsOf(customer, subscription), rights);
    assert.equal(await contracted(customer), value);
    assert.deepEqual(hub.effectsOf(answer.process.id).stripe, []);
  });

  test('now: the ERP closes what recurs of its orders, goods are still delivered; and opens it again when billing refuses', async () => {
    const customer = hub.freshCustomer('EUR');
    const lines = (['GOODS', 'SUBSCRIPTION'] as const).map((kind) => ({
      sku: sellable(hub.world, kind, 'EUR'),
      quantity: 2,
    }));
    const ordered = await act(SUBMIT, { customerId: customer.hubId, currency: 'EUR', lines });
    const subscriptionId = ordered.subscription?.id ?? assert.fail(JSON.stringify(ordered));
    await act(AMEND, { subscriptionId, items: [{ sku: lines[1]?.sku, quantity: 5 }] });
    const customerId = (await externalIds(customer)).ERP as never;
    const [subscription] = await hub.ports.billing.subscriptions([subscriptionId as never], correlated);
    const { contractId = null } = subscription ?? {};
    const open = () => hub.ports.erp.contractOrders({ customerId, subscriptionId, contractId }, correlated);
    const orders = await open();
    assert.deepEqual(
      orders.map((order) => order.open.map(({ quantity }) => quantity)),
      [[2], [5]],
    );

    const input = { subscriptionId, when: 'NOW', reason: 'moves away' };
    const preview = await act(PREVIEW_CANCELLATION, { ...input, waitSeconds: 0 });
    assert.deepEqual(
      preview.writes.filter(({ field }) => field === 'SalesOrder.status').map(({ newValue }) => newValue),
      ['closed', 'closed'],
    );
    billingRefusesToEnd();
    const refused = await act(CANCEL, input);
    hub.sandbox.removeFaults();
    assert.equal(refused.process?.state, 'COMPENSATED', JSON.stringify(refused));
    const [closed, opened] = ['contract-order.closed', 'contract-order.reopened'];
    assert.deepEqual(hub.effectsOf(refused.process.id).netsuite, [closed, closed, opened, opened]);
    assert.deepEqual(await open(), orders);

    const answer = await act(CANCEL, input);
    assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
    assert.ok(answer.process.steps.some(({ name, system }) => `${system} ${name}` === 'ERP close-contract-orders'));
    assert.deepEqual(hub.effectsOf(answer.process.id).netsuite, [closed, closed]);
    assert.deepEqual(await open(), []);
    const [first] = await hub.ports.erp.salesOrders([orders[0]?.id as never], { ...correlated, fresh: true });
    assert.equal(first?.status, 'PENDING_FULFILMENT');
  });

  test('what the ERP cannot close is told before anything is done, and may be left to people', async () => {
    const subscription = await running(hub.freshCustomer());
    const given = { today: new Date().toISOString().slice(0, 10), ownerOf: () => 'ERP' as const };
    const judged = async (erp: Partial<Hub['ports']['erp']>, more: object = {}) => {
      const input = {
        idempotencyKey: 'x',
        subscriptionId: subscription.id,
        when: 'NOW',
        reason: 'moves away',
        ...more,
      } as never;
      const verdict = await judgeCancellation(
        { ...hub.ports, erp: { ...hub.ports.erp, ...erp } },
        input,
        given,
        correlated,
      );
      return verdict.passed
        ? 'PASSED'
        : verdict.reasons.map(({ code, field, message }) => `${code} ${field} ${message}`).join();
    };
    const unbilled = [{ sku: 'SUB-API' as never, quantity: 2 }];
    const contractOrders = async () => [{ id: '1' as never, number: 'SO1', open: unbilled, unbilled }];
    const owed = await judged({ contractOrders });
    assert.match(owed, /^CONTRACT_STATE when order SO1 holds what was delivered and is not invoiced \(2 x SUB-API\)/);
    const capabilities = { ...hub.ports.erp.capabilities, closesOrders: false };
    assert.match(await judged({ capabilities }), /^NOT_SUPPORTED when /);
    for (const erp of [{ contractOrders }, { capabilities }]) {
      assert.equal(await judged(erp, { leaveOrdersOpen: true }), 'PASSED');
      assert.equal(await judged(erp, { when: 'TERM_END' }), 'PASSED');
    }
    assert.match(await judged({}, { when: 'TERM_END', leaveOrdersOpen: true }), /^BAD_VALUE leaveOrdersOpen /);
  });

  test('what support refuses has it run on after a cancellation with the term', async () => {
    const customer = hub.freshCustomer();
    const subscription = await running(customer);
    supportRefuses();
    const answer = await act(CANCEL, { subscriptionId: subscription.id, when: 'TERM_END', reason: 'moves away' });
    hub.sandbox.removeFaults();
    assert.equal(answer.process?.state, 'COMPENSATED', JSON.stringify(answer));
    assert.deepEqual(await again(subscription), subscription);
  });

  test('every bad input is told at once, each with its field', async () => {
    const subscription = await running(hub.freshCustomer());
    const answer = await act(CANCEL, {
      subscriptionId: subscription.id,
      when: 'TERM_END',
      reason: ' ',
      refundUnused: true,
      waitSeconds: -1,
    });
    assert.deepEqual(codes(answer).sort(), [
      'BAD_VALUE reason HUB',
      'BAD_VALUE refundUnused HUB',
      'BAD_VALUE waitSeconds HUB',
    ]);
    const unknown = await act(CANCEL, { subscriptionId: '../x', when: 'NOW', reason: 'r' });
    assert.deepEqual(codes(unknown), ['UNKNOWN_SUBSCRIPTION subscriptionId BILLING']);
  });
});

describe('changeBillingEntity', () => {
  /** A customer with a second subscription, opened here. */
  async function withTwo(): Promise<WorldCustomer> {
    const customer = hub.freshCustomer('EUR');
    const seat = sellable(hub.world, 'SUBSCRIPTION', 'EUR');
    const lines = [{ sku: seat, quantity: 1 }];
    const order = await act(SUBMIT, { customerId: customer.hubId, currency: 'EUR', lines });
    assert.equal(order.process?.state, 'COMPLETED', JSON.stringify(order));
    return customer;
  }
  const billedBy = async (customer: WorldCustomer) =>
    (await subscriptionsOf(customer)).filter(({ status }) => status !== 'CANCELLED').map((one) => one.legalEntityId);

  test('all subscriptions of a customer move to the other company, each with an order in its books', async () => {
    const customer = await withTwo();
    const entity = otherEntity(hub.world, customer);
    const before = await billedBy(customer);
    assert.ok(before.length >= 2);
    const answer = await act(CHANGE_ENTITY, { customerId: customer.hubId, billingEntityId: entity });
    assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
    assert.deepEqual(
      await billedBy(customer),
      before.map(() => entity),
    );
    assert.equal(answer.subscriptions.length, before.length);
    assert.deepEqual(hub.effectsOf(answer.process.id).netsuite, [
      'subsidiary-relationship.added',
      ...before.map(() => 'amendment-order.opened'),
    ]);
    assert.deepEqual(
      (await hub.toldBy(answer.process.id)).map((told) => told.split(' ')[0]),
      ['CustomerChanged', ...before.map(() => 'SubscriptionAmended')],
    );
    const again = await act(CHANGE_ENTITY, { customerId: customer.hubId, billingEntityId: entity });
    assert.deepEqual(codes(again), ['NOTHING_TO_CHANGE billingEntityId HUB']);
  });

  test('what the ERP refuses for one moves none', async () => {
    const customer = await withTwo();
    const before = await billedBy(customer);
    const fault = { vendor: 'netsuite', kind: 'status', match: '^PUT .*salesOrder', status: 400 } as const;
    hub.sandbox.addFault(fault);
    const billingEntityId = otherEntity(hub.world, customer);
    const answer = await act(CHANGE_ENTITY, { customerId: customer.hubId, billingEntityId });
    hub.sandbox.removeFaults();
    assert.equal(answer.process?.state, 'COMPENSATED', JSON.stringify(answer));
    assert.deepEqual(await billedBy(customer), before);
  });

  test('each subscription that cannot move is named, and every other bad input with it', async () => {
    const customer = hub.freshCustomer('EUR');
    const subscription = await running(customer);
    const foreign = hub.world.legalEntities.find(({ currency }) => currency !== 'EUR');
    const answer = await act(CHANGE_ENTITY, {
      subscriptionId: subscription.id,
      billingEntityId: foreign?.id,
      effectiveOn: '2099-01-01',
    });
    assert.deepEqual(codes(answer), ['WRONG_CURRENCY billingEntityId ERP', 'BAD_VALUE effectiveOn BILLING']);
    for (const { message } of answer.reasons) assert.match(message, new RegExp(`^${subscription.id} cannot move`));
    const none = await act(CHANGE_ENTITY, { billingEntityId: 'x', effectiveOn: '2020-01-01' });
    assert.deepEqual(codes(none), [
      'BAD_VALUE effectiveOn HUB',
      'BAD_VALUE customerId HUB',
      'UNKNOWN_LEGAL_ENTITY billingEntityId ERP',
    ]);
    const both = { customerId: customer.hubId, subscriptionId: subscription.id, billingEntityId: foreign?.id };
    assert.deepEqual(codes(await act(CHANGE_ENTITY, both)), ['BAD_VALUE subscriptionId HUB']);
    const unknown = await act(CHANGE_ENTITY, { customerId: 'C-0', billingEntityId: foreign?.id });
    assert.deepEqual(codes(unknown), ['UNKNOWN_CUSTOMER customerId HUB']);
  });
});
