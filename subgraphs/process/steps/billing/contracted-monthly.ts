import type { Call } from '../../../../platform/call.ts';
import { type Money, sum, times } from '../../../../platform/money.ts';
import type { BillingCustomerId, SubscriptionItem, SubscriptionStatus } from '../../../billing/model.ts';
import type { BillingPort } from '../../../billing/port.ts';

/** Subscriptions that charge, or will once they are paid for. */
const RUNNING: ReadonlySet<SubscriptionStatus> = new Set(['TRIALING', 'ACTIVE', 'PAST_DUE', 'UNPAID', 'PAUSED']);

/** What a customer's running subscriptions charge for a full month, before tax, in one currency. */
export async function contractedMonthly(
  billing: BillingPort,
  about: {
    readonly billingCustomerId: BillingCustomerId;
    readonly currency: string;
    /** Not counted: it is about to end. */
    readonly without?: string;
  },
  call: Call,
): Promise<Money> {
  const { billingCustomerId, currency, without } = about;
  const charges: Money[] = [];
  for (let after: string | null = null; ; ) {
    const [page] = await billing.subscriptionsOf([{ of: billingCustomerId, first: 100, after }], call);
    for (const { id, status, currency: billed, items } of page?.entries ?? []) {
      if (RUNNING.has(status) && billed === currency && id !== without) charges.push(monthlyOf(items, currency));
    }
    after = page?.hasMore ? page.endCursor : null;
    if (after === null) return sum(currency, charges);
  }
}

/** Charge of these items for a full month, before tax. */
export const monthlyOf = (
  items: readonly Pick<SubscriptionItem, 'quantity' | 'unitPrice'>[],
  currency: string,
): Money =>
  sum(
    currency,
    items.map(({ quantity, unitPrice }) => times(unitPrice, quantity)),
  );
