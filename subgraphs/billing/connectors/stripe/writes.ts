import type { WriteCall } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import type { Subscription } from '../../model.ts';
import type { BillingPort } from '../../port.ts';
import { madeByLast, markAmendment, termsOf, unmarkAmendment, wasAmendedBy, wentFrom } from './amendment-marks.ts';
import { changesTo, mustRun, newSkus, prorationDate } from './change.ts';
import type { StripeClient } from './client.ts';
import { SYSTEM } from './failures.ts';
import { openedUnder, withdrawInvoices } from './opened.ts';
import { pendingProrations } from './pending.ts';
import { subscriptionOf } from './previews.ts';
import { eachOnce, pricesOf } from './prices.ts';
import { METADATA, toSubscription } from './translate.ts';
import { read, WHOLE, WireCustomer, WireSubscription } from './wire.ts';

type Writes = Pick<BillingPort, 'openSubscription' | 'cancelOpened' | 'amend' | 'revertAmendment' | 'updateCustomer'>;

/**
 * Every write carries its key twice: as `Idempotency-Key`, which Stripe keeps for a day, and in metadata, where it is
 * looked up first where it may have been used. https://docs.stripe.com/api/idempotent_requests
 */
export function createWrites(client: StripeClient): Writes {
  return {
    async openSubscription(draft, call) {
      eachOnce(draft.items);
      const existing = call.isFirst ? null : await openedUnder(call.key, draft.customerId, client, call);
      if (existing) return toSubscription(existing);
      const prices = await pricesOf(
        draft.items.map(({ sku }) => sku),
        draft.currency,
        client,
        call,
      );
      const answer = await client.write(call, (sdk) =>
        sdk.subscriptions.create(
          {
            customer: draft.customerId,
            items: draft.items.map(({ sku, quantity }) => ({ price: prices.get(sku)?.id ?? '', quantity })),
            // Invoices are sent, not charged at once: what was opened can be ended again without a refund.
            collection_method: 'send_invoice',
            days_until_due: daysUntilDue(draft.paymentTerms),
            ...WHOLE,
            metadata: present({
              [METADATA.reference]: call.key,
              [METADATA.contractId]: draft.contractId,
              [METADATA.legalEntityId]: draft.legalEntityId,
              [METADATA.paymentTerms]: draft.paymentTerms,
              [METADATA.salesOrder]: draft.salesOrderNumber,
            }),
          },
          { idempotencyKey: call.key },
        ),
      );
      return toSubscription(read(WireSubscription, answer));
    },

    async cancelOpened({ customerId }, call) {
      const opened = await openedUnder(call.key, customerId, client, call);
      if (!opened) return;
      if (opened.ended_at === null) {
        // A DELETE is idempotent by itself; Stripe takes no key for it.
        await client.write(call, (sdk) => sdk.subscriptions.cancel(opened.id, { prorate: false, invoice_now: false }));
      }
      await withdrawInvoices(opened.id, client, call);
    },

    async amend(amendment, call) {
      eachOnce(amendment.items);
      const [current, pending] = await Promise.all([
        subscriptionOf(amendment.subscriptionId, client, call),
        pendingProrations(amendment.customerId, amendment.subscriptionId, client, call),
      ]);
      if (wasAmendedBy(call.key, current.metadata)) return toSubscription(current);
      mustRun(current);
      const at = prorationDate(amendment.effectiveOn, current);
      const prices = await pricesOf(newSkus(current, amendment.items), current.currency, client, call);
      const items = changesTo(current, amendment.items, prices);
      const answer = await client.write(call, (sdk) =>
        sdk.subscriptions.update(
          amendment.subscriptionId,
          {
            ...(items.length === 0 ? {} : { items, proration_behavior: 'create_prorations', proration_date: at }),
            ...dueDays(current, amendment.paymentTerms),
            ...WHOLE,
            metadata: {
              ...present({
                [METADATA.legalEntityId]: amendment.legalEntityId,
                [METADATA.paymentTerms]: amendment.paymentTerms,
              }),
              ...markAmendment(call.key, toSubscription(current), pending, current.metadata),
            },
          },
          { idempotencyKey: call.key },
        ),
      );
      return toSubscription(read(WireSubscription, answer));
    },

    async revertAmendment({ before }, call) {
      const current = await subscriptionOf(before.id, client, call);
      if (!wentFrom(before, current.metadata)) return nothingToRevert(before, current);
      mustRun(current);
      const pending = await pendingProrations(before.customerId, before.id, client, call);
      // The prorations go first: until the marks are gone, a repeated call finds the rest of the work.
      for (const id of madeByLast(pending, current.metadata)) await removeInvoiceItem(id, client, call);
      const prices = await pricesOf(newSkus(current, before.items), before.currency, client, call);
      const items = changesTo(current, before.items, prices);
      await client.write(call, (sdk) =>
        sdk.subscriptions.update(
          before.id,
          {
            ...(items.length === 0 ? {} : { items, proration_behavior: 'none' }),
            ...dueDays(current, before.paymentTerms ?? ''),
            metadata: {
              [METADATA.legalEntityId]: before.legalEntityId ?? '',
              [METADATA.paymentTerms]: before.paymentTerms ?? '',
              ...unmarkAmendment(),
            },
          },
          { idempotencyKey: `${call.key}:revert` },
        ),
      );
    },

    async updateCustomer({ customerId, email }, call) {
      if (email === undefined) return;
      const answer = await client.readOrNull(call, (sdk) => sdk.customers.retrieve(customerId));
      const current = answer === null ? null : read(WireCustomer, answer);
      if (current === null || current.deleted) {
        throw new HubError('NOT_FOUND', `${SYSTEM} holds no such customer`, { system: SYSTEM, field: 'customerId' });
      }
      if (current.metadata?.last_update_key === call.key) return;
      await client.write(call, (sdk) =>
        sdk.customers.update(
          customerId,
          { email, metadata: { last_update_key: call.key } },
          { idempotencyKey: call.key },
        ),
      );
    },
  };
}

/** @throws CONFLICT when the subscription differs from before for another reason than the amendment to revert */
function nothingToRevert(before: Subscription, current: WireSubscription): void {
  if (termsOf(toSubscription(current)) === termsOf(before)) return;
  throw new HubError(
    'CONFLICT',
    `${SYSTEM} holds other terms than before the amendment, and was changed since; compare both by hand`,
    {
      system: SYSTEM,
      reason: 'amended_otherwise',
    },
  );
}

async function removeInvoiceItem(id: string, client: StripeClient, call: WriteCall): Promise<void> {
  await client.write(call, (sdk) => sdk.invoiceItems.del(id));
}

/** Days that the customer has to pay, from the terms as the ERP names them (`NET_30`); without a number, at once. */
export const daysUntilDue = (paymentTerms: string | null): number =>
  Number(/\d{1,3}/.exec(paymentTerms ?? '')?.[0] ?? 0);

/** Only a subscription whose invoices are sent has days until they are due. */
const dueDays = (current: WireSubscription, paymentTerms: string | null) =>
  current.collection_method === 'send_invoice' && paymentTerms !== null
    ? { days_until_due: daysUntilDue(paymentTerms) }
    : {};

export const present = (entries: Readonly<Record<string, string | null>>): Record<string, string> =>
  Object.fromEntries(Object.entries(entries).filter((entry): entry is [string, string] => entry[1] !== null));
