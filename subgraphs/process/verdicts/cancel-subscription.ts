import type { Call } from '../../../platform/call.ts';
import { errorCode } from '../../../platform/errors.ts';
import { type Money, sum, zero } from '../../../platform/money.ts';
import type { Subscription } from '../../billing/model.ts';
import type { ContractInErp, ContractOrder, SalesOrderId } from '../../erp/model.ts';
import type { PlannedWrite } from '../model.ts';
import type { CancelSubscription } from '../sagas/cancel-subscription.ts';
import { summaryOf } from '../sagas/submit-order.ts';
import type { CancelSubscriptionInput } from '../schema.generated.ts';
import { monthlyOf } from '../steps/billing/contracted-monthly.ts';
import type { Ports } from '../systems.ts';
import { plannedCancellation } from '../writes/cancel-subscription.ts';
import { judgeEnvelope, judgeText } from './input.ts';
import { findRunning, isEnding, judgeStatus, termEndOf } from './running-subscription.ts';
import { collectReasons, type Reasons, rejected, type Verdict } from './verdict.ts';

const MOST_REASON = 300;

export interface CancellationPlan {
  readonly act: CancelSubscription;
  readonly orderIds: readonly SalesOrderId[];
  readonly region: string | null;
  readonly amount: Money;
}

/** Judges the reason, the contract's state and the credit, all in one answer. */
export async function judgeCancellation(
  ports: Ports,
  input: CancelSubscriptionInput,
  given: { readonly today: string; readonly ownerOf: (field: string) => PlannedWrite['owner'] },
  reading: Call,
): Promise<Verdict<CancellationPlan>> {
  const reasons = collectReasons();
  judgeEnvelope(input, reasons);
  judgeText(input.reason, MOST_REASON, 'reason', reasons);
  const now = input.when === 'NOW';
  const creditUnused = input.refundUnused ?? false;
  if (creditUnused && !now) {
    const message = 'what runs to the end of its term has no unused part; leave refundUnused out, or cancel NOW';
    reasons.add('BAD_VALUE', 'HUB', message, 'refundUnused');
  }
  if (input.leaveOrdersOpen && !now) {
    const message =
      'the orders of what runs to the end of its term stay open anyway; leave leaveOrdersOpen out, or cancel NOW';
    reasons.add('BAD_VALUE', 'HUB', message, 'leaveOrdersOpen');
  }
  const running = await findRunning(ports, input.subscriptionId, reading, reasons);
  if (running === null) return rejected(reasons);
  const { subscription, customer, region } = running;
  const { erpCustomerId } = customer;
  judgeStatus(subscription, ['TRIALING', 'ACTIVE', 'PAST_DUE', 'UNPAID', 'PAUSED'], 'cancelled', reasons);
  if (!now && subscription.status !== 'CANCELLED' && isEnding(subscription)) {
    const message = `the subscription ends on ${termEndOf(subscription)} already; cancel NOW to end it before`;
    reasons.add('CONTRACT_STATE', 'BILLING', message, 'when');
  }
  if (reasons.all.length > 0) return rejected(reasons);
  const about = { customerId: erpCustomerId, subscriptionId: subscription.id, contractId: subscription.contractId };
  const orders = now && !input.leaveOrdersOpen ? await judgeOrders(ports, about, reading, reasons) : [];
  const credit = now && creditUnused ? await creditOf(ports, subscription, reading, reasons) : null;
  if (reasons.all.length > 0) return rejected(reasons);
  const { currency, items } = subscription;
  const monthly = monthlyOf(items, currency);
  const act = {
    customer,
    cancellation: {
      subscriptionId: subscription.id,
      customerId: subscription.customerId,
      reason: input.reason,
    },
    when: input.when,
    creditUnused,
    currency,
    contractId: subscription.contractId,
    endsOn: now ? given.today : termEndOf(subscription),
    items: items.map(({ sku, quantity }) => ({ sku, quantity })),
    orders: orders.map(({ number }) => number),
    today: given.today,
    charges: {
      currency,
      oneTime: zero(currency),
      monthly: zero(currency),
      monthlyDifference: { ...monthly, minor: -monthly.minor },
      proration: credit,
      tax: null,
    },
  };
  const writes = plannedCancellation(act, { subscription, orders }, given.ownerOf, ports.support.capabilities);
  const amount = sum(currency, [monthly, ...(credit === null ? [] : [{ ...credit, minor: -credit.minor }])]);
  return { passed: true, plan: { act: { ...act, writes }, orderIds: orders.map(({ id }) => id), region, amount } };
}

/** The ERP's orders that end with it, and what keeps one of them from being closed. */
async function judgeOrders(
  { erp }: Ports,
  about: ContractInErp,
  reading: Call,
  reasons: Reasons,
): Promise<readonly ContractOrder[]> {
  const way = 'or cancel with leaveOrdersOpen and close them there';
  if (!erp.capabilities.closesOrders) {
    const message = `the ERP closes no part of an order through the hub: cancel with TERM_END, ${way}`;
    reasons.add('NOT_SUPPORTED', 'ERP', message, 'when');
    return [];
  }
  const orders = await erp.contractOrders(about, reading);
  for (const { number, unbilled } of orders) {
    if (unbilled.length === 0) continue;
    const message = `order ${number} holds what was delivered and is not invoiced (${summaryOf(unbilled)}): have it invoiced first, ${way}`;
    reasons.add('CONTRACT_STATE', 'ERP', message, 'when');
  }
  return orders;
}

async function creditOf(
  { billing }: Ports,
  { id: subscriptionId, customerId }: Subscription,
  call: Call,
  reasons: Reasons,
): Promise<Money | null> {
  try {
    return await billing.previewCancellation({ subscriptionId, customerId }, call);
  } catch (error) {
    if (errorCode(error) !== 'REFUSED' && errorCode(error) !== 'INVALID') throw error;
    reasons.add('CONTRACT_STATE', 'BILLING', (error as Error).message, 'subscriptionId');
    return null;
  }
}
