import type { Call } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import { type Money, sum } from '../../../../platform/money.ts';
import type { BillingPort } from '../../port.ts';
import { changesTo, mustRun, newSkus, prorationDate } from './change.ts';
import type { StripeClient } from './client.ts';
import { SYSTEM } from './failures.ts';
import { pendingProrations } from './pending.ts';
import { eachOnce, pricesOf } from './prices.ts';
import { mustRenew, nextStart } from './renewal.ts';
import { moneyFrom, monthlyPrice, monthlyTotal, skuOf, toSubscription } from './translate.ts';
import { read, WHOLE, WirePreview, WireSubscription } from './wire.ts';

type Previews = Pick<
  BillingPort,
  'previewSubscription' | 'previewAmendment' | 'previewRenewal' | 'previewCancellation'
>;

/** What Stripe itself computes for a change that is not made: https://docs.stripe.com/api/invoices/create_preview */
export function createPreviews(client: StripeClient): Previews {
  return {
    async previewSubscription(draft, call) {
      eachOnce(draft.items);
      const prices = await pricesOf(
        draft.items.map(({ sku }) => sku),
        draft.currency,
        client,
        call,
      );
      const items = draft.items.map(({ sku, quantity }) => ({ price: prices.get(sku)?.id ?? '', quantity }));
      const answer = await client.verdict(call, (sdk) =>
        sdk.invoices.createPreview({ customer: draft.customerId, subscription_details: { items } }),
      );
      const preview = wholePreview(answer);
      return {
        currency: preview.currency.toUpperCase(),
        monthlyBefore: moneyFrom(0, preview.currency),
        monthlyAfter: totalOf(preview, ({ prorated }) => !prorated),
        proration: moneyFrom(0, preview.currency),
      };
    },

    async previewAmendment(amendment, call) {
      eachOnce(amendment.items);
      const [current, pending] = await Promise.all([
        subscriptionOf(amendment.subscriptionId, client, call),
        pendingProrations(amendment.customerId, amendment.subscriptionId, client, call),
      ]);
      mustRun(current);
      const at = prorationDate(amendment.effectiveOn, current);
      const prices = await pricesOf(newSkus(current, amendment.items), current.currency, client, call);
      const items = changesTo(current, amendment.items, prices);
      const before = toSubscription(current);
      const priceOf = new Map(current.items.data.map((item) => [skuOf(item.price), item.price]));
      const after = amendment.items.map(({ sku, quantity }) => {
        const price = priceOf.get(sku) ?? prices.get(sku);
        if (!price) throw new Error(`no price was looked up for ${sku}`);
        return { quantity, unitPrice: monthlyPrice(price) };
      });
      return {
        currency: before.currency,
        monthlyBefore: monthlyTotal(before.currency, before.items),
        monthlyAfter: monthlyTotal(before.currency, after),
        proration: await prorationOf(
          amendment.subscriptionId,
          items,
          at,
          new Set(pending),
          current.currency,
          client,
          call,
        ),
      };
    },

    async previewRenewal(renewal, call) {
      eachOnce(renewal.items);
      const current = await subscriptionOf(renewal.subscriptionId, client, call);
      mustRenew(current);
      nextStart(renewal.startsOn, current);
      const skus = renewal.items.map(({ sku }) => sku);
      const prices = await pricesOf(skus, current.currency, client, call);
      const before = toSubscription(current);
      const items = renewal.items.map(({ sku, quantity }) => {
        const price = prices.get(sku);
        if (!price) throw new Error(`no price was looked up for ${sku}`);
        return { sku, quantity, unitPrice: monthlyPrice(price) };
      });
      return {
        currency: before.currency,
        monthlyBefore: monthlyTotal(before.currency, before.items),
        monthlyAfter: monthlyTotal(before.currency, items),
        items,
      };
    },

    async previewCancellation({ customerId, subscriptionId }, call) {
      const [current, pending] = await Promise.all([
        subscriptionOf(subscriptionId, client, call),
        pendingProrations(customerId, subscriptionId, client, call),
      ]);
      mustRun(current);
      const answer = await client.verdict(call, (sdk) =>
        sdk.invoices.createPreview({
          subscription: subscriptionId,
          subscription_details: { cancel_now: true, proration_behavior: 'create_prorations' },
        }),
      );
      const waits = new Set(pending);
      return totalOf(wholePreview(answer), ({ prorated, item }) => prorated && !(item !== null && waits.has(item)));
    },
  };
}

async function prorationOf(
  subscription: string,
  items: ReturnType<typeof changesTo>,
  at: number,
  pending: ReadonlySet<string>,
  currency: string,
  client: StripeClient,
  call: Call,
): Promise<Money> {
  if (items.length === 0) return moneyFrom(0, currency);
  const answer = await client.verdict(call, (sdk) =>
    sdk.invoices.createPreview({
      subscription,
      subscription_details: { items, proration_behavior: 'create_prorations', proration_date: at },
    }),
  );
  // What waits from earlier amendments is on the coming invoice too, and is not of this one.
  return totalOf(wholePreview(answer), ({ prorated, item }) => prorated && !(item !== null && pending.has(item)));
}

type Preview = ReturnType<typeof wholePreview>;

function totalOf(preview: Preview, isCounted: (line: { prorated: boolean; item: string | null }) => boolean): Money {
  const counted = preview.lines.data.filter(({ parent }) => {
    const details = parent?.subscription_item_details ?? parent?.invoice_item_details;
    return isCounted({ prorated: details?.proration ?? false, item: details?.invoice_item ?? null });
  });
  return sum(
    preview.currency.toUpperCase(),
    counted.map((line) => moneyFrom(line.amount, preview.currency)),
  );
}

function wholePreview(answer: unknown) {
  const preview = read(WirePreview, answer);
  if (!preview.lines.has_more) return preview;
  throw new HubError('CONTRACT_BROKEN', `${SYSTEM} sent only part of a preview`, {
    system: SYSTEM,
    field: 'lines.has_more',
  });
}

/** @throws NOT_FOUND */
export async function subscriptionOf(id: string, client: StripeClient, call: Call): Promise<WireSubscription> {
  const answer = /^\w{1,255}$/.test(id)
    ? await client.readOrNull(call, (sdk) => sdk.subscriptions.retrieve(id, WHOLE))
    : null;
  if (answer !== null) return read(WireSubscription, answer);
  throw new HubError('NOT_FOUND', `${SYSTEM} holds no such subscription`, { system: SYSTEM, field: 'subscriptionId' });
}
