import type { Call } from '../../../../platform/call.ts';
import type { StripeClient } from './client.ts';
import { listOf, read, WireInvoiceItem } from './wire.ts';

/** Prorations of a subscription that wait for its next invoice, by their ids: https://docs.stripe.com/api/invoiceitems/list */
export async function pendingProrations(
  customer: string,
  subscription: string,
  client: StripeClient,
  call: Call,
): Promise<readonly string[]> {
  const found: string[] = [];
  let after: string | undefined;
  do {
    const answer = await client.readOrNull(
      call,
      (sdk) =>
        sdk.invoiceItems.list({ customer, pending: true, limit: 100, ...(after ? { starting_after: after } : {}) }),
      'customer',
    );
    if (answer === null) return found;
    const { data, has_more: hasMore } = read(listOf(WireInvoiceItem), answer);
    for (const item of data) {
      if (item.proration && item.parent?.subscription_details?.subscription === subscription) found.push(item.id);
    }
    after = hasMore ? data.at(-1)?.id : undefined;
  } while (after !== undefined);
  return found;
}
