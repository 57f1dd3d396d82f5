import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Principal } from '../../../platform/principal.ts';
import type { WorldCustomer } from '../../../sandbox/data/world.ts';
import { changedSince, type Fact } from '../../../subgraphs/process/plans/rests-on.ts';
import {
  type ActAnswer,
  AMEND,
  PREVIEW_AMENDMENT,
  PREVIEW_ORDER,
  PREVIEW_UPDATE,
  SUBMIT,
  UPDATE,
} from './support/operations.ts';
import { correlated, type Hub, sellable, startHubOfProcesses } from './support/systems.ts';

/** The hub's clock: real time, and what a test adds to it. */
let laterMs = 0;
let hub: Hub;
before(async () => {
  hub = await startHubOfProcesses('worker', { clock: { now: () => Date.now() + laterMs } });
});
after(() => hub.close());

interface Plan {
  readonly __typename: string;
  readonly planId: string;
  readonly expiresAt: string;
  readonly writes: ActAnswer['writes'];
  readonly charges: ActAnswer['charges'];
  readonly approval: { readonly amount: { amount: string }; readonly limitOf: string } | null;
}

const PORTAL: Partial<Principal> = { id: 'portal' };
const SALES: Partial<Principal> = { id: 'sales', actsFor: 'CRM', unmasked: ['PERSONAL', 'FINANCIAL'] };
const FINANCE: Partial<Principal> = { id: 'finance', actsFor: 'BILLING' };

const only = <T>(data: Record<string, T>): T => Object.values(data)[0] ?? assert.fail('no answer');
const preview = async (query: string, input: object, as = PORTAL): Promise<Plan> => {
  const plan = only(await hub.ask<Record<string, Plan>>(query, { input }, as));
  assert.equal(plan.__typename, 'Preview', JSON.stringify(plan));
  return plan;
};
const act = async (query: string, input: object, as = PORTAL): Promise<ActAnswer> =>
  only(await hub.ask<Record<string, ActAnswer>>(query, { input: { waitSeconds: 30, ...input } }, as));
const codesIn = ({ reasons }: ActAnswer) => reasons?.map(({ code, field }) => `${code} ${field}`);

const orderOf = (customer: WorldCustomer, idempotencyKey: string) => ({
  idempotencyKey,
  customerId: customer.hubId,
  currency: customer.currency,
  lines: [
    { sku: sellable(hub.world, 'SERVICE', customer.currency), quantity: 1 },
    { sku: sellable(hub.world, 'SUBSCRIPTION', customer.currency), quantity: 3 },
  ],
});
async function amendmentOf(customer: WorldCustomer, idempotencyKey: string, more: number) {
  const [known] = await hub.ports.identity.customers([customer.hubId as never], correlated);
  const [page] = await hub.ports.billing.subscriptionsOf(
    [{ of: known?.externalIdBySystem.BILLING as never, first: 20, after: null, status: 'ACTIVE' }],
    correlated,
  );
  const subscription = page?.entries[0] ?? assert.fail('no subscription');
  const [item] = subscription.items;
  assert.ok(item);
  return {
    idempotencyKey,
    subscriptionId: subscription.id,
    items: [{ sku: item.sku, quantity: item.quantity + more }],
  };
}
const written = () => (['netsuite', 'stripe'] as const).map((vendor) => hub.sandbox.ledger(vendor).length);

test('a confirmed plan runs as it was previewed, the number of the contract too, and once', async () => {
  const input = orderOf(hub.freshCustomer(), 'order');
  const before = written();
  const plan = await preview(PREVIEW_ORDER, input);
  assert.match(plan.planId, /^pln_/);
  assert.equal(plan.approval, null);
  assert.deepEqual(written(), before, 'previewing writes nothing');
  const answer = await act(SUBMIT, { ...input, confirm: plan.planId });
  assert.equal(answer.process?.state, 'COMPLETED', JSON.stringify(answer));
  assert.deepEqual(answer.charges, plan.charges);
  const [subscription] = await hub.ports.billing.subscriptions([answer.subscription?.id as never], correlated);
  assert.equal(
    subscription?.contractId,
    plan.writes.find(({ field }) => field === 'CustomerSubscription.contractId')?.newValue,
  );
  const again = await act(SUBMIT, { ...input, confirm: plan.planId });
  assert.deepEqual([again.replayed, again.process.id], [true, answer.process.id]);
  const other = await act(SUBMIT, { ...input, idempotencyKey: 'order again', confirm: plan.planId });
  assert.deepEqual(codesIn(other), ['PLAN_USED confirm']);
  assert.ok(other.reasons[0]?.message.includes(answer.process.id));
});

test('what was changed since is told with both values, nothing runs, and the new plan can be confirmed', async () => {
  const customer = hub.freshCustomer();
  const [mine, theirs] = [await amendmentOf(customer, 'mine', 5), await amendmentOf(customer, 'theirs', 2)];
  const plan = await preview(PREVIEW_AMENDMENT, mine);
  const items = plan.writes.find(({ field }) => field === 'CustomerSubscription.items');
  assert.equal((await act(AMEND, theirs)).process?.state, 'COMPLETED');
  const before = written();
  const refused = await act(AMEND, { ...mine, confirm: plan.planId });
  assert.equal(refused.__typename, 'AmendmentRejected', JSON.stringify(refused));
  const [first] = refused.reasons;
  assert.ok(first);
  assert.deepEqual([first.code, first.field], ['PLAN_CHANGED', 'CustomerSubscription.items']);
  const { previewedValue, currentValue, newPlanId } = first as unknown as Record<string, string>;
  assert.equal(previewedValue, items?.oldValue);
  assert.notEqual(currentValue, previewedValue);
  assert.ok(codesIn(refused).includes('PLAN_CHANGED charges.monthlyDifference'));
  assert.deepEqual(written(), before);
  const confirmed = await act(AMEND, { ...mine, confirm: newPlanId });
  assert.equal(confirmed.process?.state, 'COMPLETED', JSON.stringify(confirmed));
});

test('a plan is for one caller, one act and one input, for an hour', async () => {
  const customer = hub.freshCustomer();
  const input = orderOf(customer, 'bound');
  const { planId: confirm, expiresAt } = await preview(PREVIEW_ORDER, input);
  const amendment = await amendmentOf(customer, 'bound amendment', 1);
  const cases: readonly (readonly [string, ActAnswer])[] = [
    ['UNKNOWN_PLAN confirm', await act(SUBMIT, { ...input, confirm }, { id: 'somebody else' })],
    ['UNKNOWN_PLAN confirm', await act(SUBMIT, { ...input, confirm: 'pln_nothing' })],
    ['UNKNOWN_PLAN confirm', await act(SUBMIT, { ...input, confirm: '' })],
    ['UNKNOWN_PLAN confirm', await act(AMEND, { ...amendment, confirm })],
    ['BAD_VALUE confirm', await act(SUBMIT, { ...input, purchaseOrderNumber: 'PO-1', confirm })],
  ];
  for (const [expected, answer] of cases) assert.deepEqual(codesIn(answer), [expected]);
  laterMs = Date.parse(expiresAt) - Date.now() + 1;
  try {
    assert.deepEqual(codesIn(await act(SUBMIT, { ...input, confirm })), ['PLAN_EXPIRED confirm']);
  } finally {
    laterMs = 0;
  }
  const answer = await act(SUBMIT, { ...input, confirm });
  assert.equal(answer.process?.state, 'COMPLETED', 'a refusal leaves plan and key as they were');
});

test('a plan that two keys confirm at the same moment runs once', async () => {
  const input = orderOf(hub.freshCustomer(), 'race');
  const { planId: confirm } = await preview(PREVIEW_ORDER, input);
  const outcomes = await Promise.allSettled(
    [1, 2, 3, 4].map((nr) => act(SUBMIT, { ...input, idempotencyKey: `race ${nr}`, confirm })),
  );
  const ran = outcomes.filter((one) => one.status === 'fulfilled' && one.value.process?.state === 'COMPLETED');
  assert.equal(ran.length, 1, JSON.stringify(outcomes));
  for (const one of outcomes) {
    if (one.status === 'rejected') assert.equal(one.reason.code, 'CONFLICT');
    else if (!ran.includes(one)) assert.deepEqual(codesIn(one.value), ['PLAN_USED confirm']);
  }
});

test('a preview of master data shows what each owner holds, masked as the field is; so is what changed since', async () => {
  const { hubId } = hub.freshCustomer();
  const segment = { idempotencyKey: 'segment', customerId: hubId, segment: 'STRATEGIC' };
  const sales = await preview(PREVIEW_UPDATE, segment, SALES);
  assert.equal(sales.charges, null);
  assert.deepEqual(
    sales.writes.map(({ system, field, newValue }) => [system, field, newValue]),
    [['CRM', 'Customer.segment', 'STRATEGIC']],
  );
  assert.ok(sales.writes[0]?.oldValue);

  const email = { idempotencyKey: 'e-mail', customerId: hubId, billingEmail: 'ada.lovelace@example.com' };
  const plan = await preview(PREVIEW_UPDATE, email, FINANCE);
  const meanwhile = { ...email, idempotencyKey: 'meanwhile', billingEmail: 'grace.hopper@example.com' };
  assert.equal((await act(UPDATE, meanwhile, FINANCE)).process?.state, 'COMPLETED');
  const refused = await act(UPDATE, { ...email, confirm: plan.planId }, FINANCE);
  assert.deepEqual([refused.refusals, codesIn(refused)], [[], ['PLAN_CHANGED Customer.billingEmail']]);
  const told = JSON.stringify([plan, refused]);
  for (const name of ['lovelace', 'hopper']) assert.ok(!told.includes(name), told);
  assert.notEqual(
    (refused.reasons[0] as unknown as { currentValue: string }).currentValue,
    plan.writes[0]?.oldValue,
    told,
  );

  const foreign = await hub.ask<Record<string, { __typename: string; refusals: unknown }>>(
    PREVIEW_UPDATE,
    { input: { idempotencyKey: 'foreign', customerId: hubId, legalName: 'X AG' } },
    SALES,
  );
  assert.deepEqual(
    [only(foreign).__typename, only(foreign).refusals],
    ['PreviewRejected', [{ field: 'Customer.legalName' }]],
  );
});

test('a preview says whether a second person would be asked, and is refused as the act would be', async () => {
  const customer = hub.freshCustomer();
  const input = orderOf(customer, 'limited');
  const upTo = { [customer.currency]: '0.01' };
  const as = { ...PORTAL, acts: { submitOrder: { upTo, above: 'approval' as const } } };
  const plan = await preview(PREVIEW_ORDER, input, as);
  assert.equal(plan.approval?.limitOf, 'KEY');
  const waiting = await act(SUBMIT, { ...input, confirm: plan.planId }, as);
  assert.equal(waiting.process?.state, 'WAITING_FOR_APPROVAL', JSON.stringify(waiting));
  for (const [acts, code] of [
    [{ submitOrder: { upTo } }, 'LIMIT_EXCEEDED'],
    [{ amendSubscription: {} }, 'FORBIDDEN'],
  ] as const) {
    const errors = await hub.errorsOf(PREVIEW_ORDER, { input }, { ...PORTAL, acts });
    assert.deepEqual(
      errors.map((error) => error.code),
      [code],
    );
  }
});

test('every fact of a plan counts: another value, one that is gone, and one that is new', () => {
  const held = (field: string, value: string | null): Fact => ({ field, is: 'HELD', value });
  const planned = (field: string, value: string | null): Fact => ({ field, is: 'PLANNED', value });
  const then = [held('a', '1'), held('a', '2'), planned('a', '3'), held('gone', 'x'), held('null', null)];
  const now = [held('a', '1'), held('a', '4'), planned('a', '5'), held('new', 'y'), held('null', null)];
  assert.deepEqual(changedSince(then, then), []);
  assert.deepEqual(
    changedSince(then, now).map(({ field, is, was, now: value }) => [field, is, was, value]),
    [
      ['a', 'HELD', '2', '4'],
      ['a', 'PLANNED', '3', '5'],
      ['gone', 'HELD', 'x', null],
      ['new', 'HELD', null, 'y'],
    ],
  );
});
