import type { Call } from '../../../platform/call.ts';
import { errorCode, type HubError } from '../../../platform/errors.ts';
import { id } from '../../../platform/ids.ts';
import { amountText, type Money, moneyOf, subtract, zero } from '../../../platform/money.ts';
import type { Renewal, RenewalPreview, Subscription } from '../../billing/model.ts';
import type { ErpCustomer } from '../../erp/model.ts';
import type { PlannedWrite } from '../model.ts';
import type { RenewSubscription } from '../sagas/renew-subscription.ts';
import type { RenewSubscriptionInput } from '../schema.generated.ts';
import type { Ports } from '../systems.ts';
import { plannedRenewal } from '../writes/renew-subscription.ts';
import { judgeItems } from './amended-items.ts';
import { judgeEnvelope } from './input.ts';
import { judgeOpportunity } from './opportunity.ts';
import { judgeBegin } from './renewal-begin.ts';
import { findRunning, isEnding, judgeStatus, termEndOf } from './running-subscription.ts';
import { collectReasons, type Reasons, rejected, type Verdict } from './verdict.ts';

const MOST_MONTHS = 60;
/** How far ahead a term may begin. */
const MOST_DAYS_AHEAD = 366;
const DAY_MS = 86_400_000;

export interface RenewalPlan {
  readonly act: RenewSubscription;
  readonly region: string | null;
  readonly amount: Money;
}

/** Judges contract state, the days of the term, items, prices, credit and the opportunity, all in one answer. */
export async function judgeRenewal(
  ports: Ports,
  input: RenewSubscriptionInput,
  given: {
    readonly today: string;
    /** Milliseconds. */
    readonly now: number;
    readonly windowDays: number;
    readonly ownerOf: (field: string) => PlannedWrite['owner'];
  },
  reading: Call,
): Promise<Verdict<RenewalPlan>> {
  const reasons = collectReasons();
  judgeEnvelope(input, reasons);
  if (input.termMonths < 1 || input.termMonths > MOST_MONTHS) {
    reasons.add('BAD_VALUE', 'HUB', `a term is 1 to ${MOST_MONTHS} months`, 'termMonths');
  }
  const running = await findRunning(ports, input.subscriptionId, reading, reasons);
  if (running === null) return rejected(reasons);
  const { subscription, customer, legal, region } = running;
  judgeStatus(subscription, ['TRIALING', 'ACTIVE', 'PAST_DUE'], 'renewed', reasons);
  judgeTerm(subscription, given.today, reasons);
  const startsOn = judgeStart(input, subscription, given.today, reasons);
  const beginsAt = judgeBegin(input, subscription, { ...given, startsOn }, reasons);
  const [after] = await Promise.all([
    judgeItems(ports, input.items ?? null, subscription, reading, reasons),
    judgeOpportunity(ports, input.opportunityId ?? null, customer, reading, reasons),
  ]);
  await judgeSold(ports, after.items, input, reading, reasons);
  judgeHold(legal, reasons);
  const legalEntityId = subscription.legalEntityId ?? legal.legalEntityId;
  if (legalEntityId === null) {
    reasons.add(
      'UNKNOWN_LEGAL_ENTITY',
      'ERP',
      'neither the subscription nor its customer has a legal entity; name one with `amendSubscription` first',
      'subscriptionId',
    );
  }
  if (reasons.all.length > 0 || legalEntityId === null) return rejected(reasons);

  const renewal: Renewal = {
    subscriptionId: subscription.id,
    customerId: subscription.customerId,
    startsOn,
    endsOn: monthsAfter(startsOn, input.termMonths),
    items: after.items,
    paymentTerms: input.paymentTerms ?? subscription.paymentTerms,
  };
  const preview = await previewOf(ports, renewal, reading, reasons);
  if (preview === null) return rejected(reasons);
  const { currency, monthlyAfter, monthlyBefore } = preview;
  judgePrice(input, preview, reasons);
  judgeLimit(legal, subtract(monthlyAfter, monthlyBefore), reasons);
  if (reasons.all.length > 0) return rejected(reasons);
  const act = {
    customer,
    renewal,
    currency,
    contractId: subscription.contractId,
    legalEntityId: id<'LegalEntity'>(legalEntityId),
    prices: preview.items,
    runningItems: subscription.items.map(({ sku, quantity }) => ({ sku, quantity })),
    opportunityId: input.opportunityId ? id<'Opportunity'>(input.opportunityId) : null,
    acceptedOn: given.today,
    beginsAt,
    charges: {
      currency,
      oneTime: zero(currency),
      monthly: monthlyAfter,
      monthlyDifference: subtract(monthlyAfter, monthlyBefore),
      proration: null,
      tax: null,
    },
  };
  const writes = plannedRenewal(act, subscription, given.ownerOf, ports.support.capabilities);
  return { passed: true, plan: { act: { ...act, writes }, region, amount: monthlyAfter } };
}

/** Whether there is a term to follow: one that ends, or was renewed already, is told with what to do. */
function judgeTerm(subscription: Subscription, today: string, reasons: Reasons): void {
  const { agreedTerm, status } = subscription;
  if (status === 'CANCELLED') return;
  if (isEnding(subscription)) {
    const message = `the subscription ends on ${termEndOf(subscription)}: it was cancelled; take that back in billing first`;
    reasons.add('CONTRACT_STATE', 'BILLING', message, 'subscriptionId');
  } else if (agreedTerm !== null && agreedTerm.startsOn > today) {
    const message = `another renewal is to come: from ${agreedTerm.startsOn} to ${agreedTerm.endsOn}; the one after that can be agreed once it has begun`;
    reasons.add('CONTRACT_STATE', 'BILLING', message, 'subscriptionId');
  }
}

function judgeStart(
  { startsOn }: RenewSubscriptionInput,
  subscription: Subscription,
  today: string,
  reasons: Reasons,
): string {
  const ends = termEndOf(subscription);
  const latest = new Date(Date.parse(today) + MOST_DAYS_AHEAD * DAY_MS).toISOString().slice(0, 10);
  if (startsOn != null && startsOn < ends) {
    reasons.add(
      'BAD_VALUE',
      'BILLING',
      `the running term ends on ${ends}; the next one starts then or later`,
      'startsOn',
    );
  } else if ((startsOn ?? ends) > latest && !reasons.all.some(({ code }) => code === 'CONTRACT_STATE')) {
    const message = `a term is agreed at most ${MOST_DAYS_AHEAD} days ahead: until ${latest}; this one would start on ${startsOn ?? ends}`;
    reasons.add('BAD_VALUE', 'HUB', message, 'startsOn');
  }
  return startsOn ?? ends;
}

/** Every item of the new term must still be sold. */
async function judgeSold(
  { erp }: Ports,
  items: readonly { readonly sku: string }[],
  { items: asked }: RenewSubscriptionInput,
  call: Call,
  reasons: Reasons,
): Promise<void> {
  const products = await erp.products(
    items.map(({ sku }) => id<'Sku'>(sku)),
    call,
  );
  for (const [at, { sku }] of items.entries()) {
    const named = asked?.findIndex((one) => one.sku === sku) ?? -1;
    const field = named < 0 ? 'items' : `items.${named}.sku`;
    if (products[at]?.active === false && !reasons.all.some((reason) => reason.field === field)) {
      const message = `${sku} can no longer be ordered; leave it out with quantity 0, or name another`;
      reasons.add('INACTIVE_SKU', 'ERP', message, field);
    }
  }
}

function judgeHold({ credit }: ErpCustomer, reasons: Reasons): void {
  if (credit.status !== 'HOLD') return;
  const message = 'this customer is on credit hold; receivables has to release it';
  reasons.add('CREDIT_HOLD', 'ERP', message, 'subscriptionId');
}

/** The limit counts what is charged more than now: the rest is in the exposure already. */
function judgeLimit({ credit: { limit, exposure } }: ErpCustomer, more: Money, reasons: Reasons): void {
  if (limit === null || limit.currency !== more.currency || exposure.currency !== more.currency) return;
  if (more.minor <= 0n || exposure.minor + more.minor <= limit.minor) return;
  const left = { ...more, minor: limit.minor > exposure.minor ? limit.minor - exposure.minor : 0n };
  const message = `a month costs ${amountText(more)} ${more.currency} more; the customer's credit leaves ${amountText(left)}`;
  reasons.add('CREDIT_LIMIT_EXCEEDED', 'ERP', message, 'items');
}

function judgePrice(
  { expectedMonthlyCharge: expected }: RenewSubscriptionInput,
  { monthlyAfter, currency }: RenewalPreview,
  reasons: Reasons,
): void {
  if (expected == null || moneyOf(expected, currency).minor === monthlyAfter.minor) return;
  const message = `a month of the new term costs ${amountText(monthlyAfter)} ${currency} now, not ${expected}`;
  reasons.add('PRICE_CHANGED', 'BILLING', message, 'expectedMonthlyCharge');
}

async function previewOf(
  { billing }: Ports,
  renewal: Renewal,
  call: Call,
  reasons: Reasons,
): Promise<RenewalPreview | null> {
  try {
    return await billing.previewRenewal(renewal, call);
  } catch (error) {
    if (errorCode(error) !== 'REFUSED' && errorCode(error) !== 'INVALID') throw error;
    const { message, field } = error as HubError; // its code is one of the hub's
    reasons.add('CONTRACT_STATE', 'BILLING', message, field === 'startsOn' ? field : 'subscriptionId');
    return null;
  }
}

/** The same day so many months later; a day that the month does not have is its last one. */
export function monthsAfter(day: string, months: number): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  const last = new Date(Date.UTC(year, month + months, 0)).getUTCDate();
  return new Date(Date.UTC(year, month - 1 + months, Math.min(date, last))).toISOString().slice(0, 10);
}
