import type { Call, WriteCall } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import type { StripeClient } from './client.ts';
import { SYSTEM } from './failures.ts';
import { METADATA } from './translate.ts';
import { listOf, read, WHOLE_LIST, WireInvoice, WireSubscription } from './wire.ts';

/** Of a subscription what tells under which key it was opened. */
const Opened = WireSubscription.pick({ id: true, metadata: true });

/**
 * The subscription that was opened under a key. Looked up in the customer's own list: Stripe's search may be minutes
 * behind (https://docs.stripe.com/search#data-freshness). @throws NOT_FOUND for an unknown customer
 */
export async function openedUnder(
  key: string,
  customer: string,
  client: StripeClient,
  call: Call,
): Promise<WireSubscription | null> {
  let after: string | undefined;
  do {
    const answer = await client.readOrNull(
      call,
      (sdk) =>
        sdk.subscriptions.list({
          customer,
          status: 'all',
          limit: 100,
          ...(after ? { starting_after: after } : {}),
          ...WHOLE_LIST,
        }),
      'customer',
    );
    if (answer === null) {
      throw new HubError('NOT_FOUND', `${SYSTEM} holds no such customer`, { system: SYSTEM, field: 'customerId' });
    }
    // Others in the list may be of a kind that the hub does not bill; only the one that it opened is read whole.
    const { data, has_more: hasMore } = read(listOf(Opened), answer);
    const at = data.findIndex(({ metadata }) => metadata[METADATA.reference] === key);
    if (at >= 0) return read(WireSubscription, answer.data[at]);
    after = hasMore ? data.at(-1)?.id : undefined;
  } while (after !== undefined);
  return null;
}

/** Takes back the invoices of an ended subscription. @throws REFUSED when one was paid: that money needs a person */
export async function withdrawInvoices(subscription: string, client: StripeClient, call: WriteCall): Promise<void> {
  const answer = await client.read(call, (sdk) => sdk.invoices.list({ subscription, limit: 100 }));
  const { data } = read(listOf(WireInvoice), answer);
  for (const { id, status } of data) {
    if (status === 'draft') await client.write(call, (sdk) => sdk.invoices.del(id));
    if (status === 'open' || status === 'uncollectible') {
      await client.write(call, (sdk) => sdk.invoices.voidInvoice(id, {}, { idempotencyKey: `${call.key}:void:${id}` }));
    }
  }
  if (data.some(({ status, amount_paid: paid }) => status === 'paid' && paid > 0)) {
    throw new HubError('REFUSED', `${SYSTEM} was paid for it already; refund the invoice by hand`, {
      system: SYSTEM,
      reason: 'invoice_paid',
    });
  }
}
