import type { Call } from '../../../../platform/call.ts';
import { id } from '../../../../platform/ids.ts';
import type { BillingPort } from '../../port.ts';
import type { StripeClient } from './client.ts';
import { METADATA } from './translate.ts';
import { listOf, read, WireCustomer } from './wire.ts';

/**
 * Customers with the hub id and the step's key in metadata. The customer made under a key is looked for among those of its
 * e-mail address: Stripe's search may be minutes behind, its lists are not (https://docs.stripe.com/api/customers/list).
 */
export function createCustomerOpening(client: StripeClient): Pick<BillingPort, 'openCustomer' | 'closeCustomer'> {
  async function madeUnder(key: string, email: string, call: Call): Promise<WireCustomer | null> {
    let after: string | undefined;
    do {
      const page = await client.read(call, (sdk) =>
        sdk.customers.list({ email, limit: 100, ...(after ? { starting_after: after } : {}) }),
      );
      const { data, has_more: hasMore } = read(listOf(WireCustomer), page);
      const found = data.find(({ metadata }) => metadata?.[METADATA.reference] === key);
      if (found) return found;
      after = hasMore ? data.at(-1)?.id : undefined;
    } while (after !== undefined);
    return null;
  }

  return {
    async openCustomer({ hubId, name, email, address }, call) {
      const before = await madeUnder(call.key, email, call);
      if (before) return id(before.id);
      const answer = await client.write(call, (sdk) =>
        sdk.customers.create(
          {
            name,
            email,
            address: {
              ...(address.line1 === null ? {} : { line1: address.line1 }),
              ...(address.line2 === null ? {} : { line2: address.line2 }),
              ...(address.city === null ? {} : { city: address.city }),
              ...(address.region === null ? {} : { state: address.region }),
              ...(address.postalCode === null ? {} : { postal_code: address.postalCode }),
              ...(address.country === null ? {} : { country: address.country }),
            },
            metadata: { [METADATA.hubId]: hubId, [METADATA.reference]: call.key },
          },
          { idempotencyKey: call.key },
        ),
      );
      return id(read(WireCustomer, answer).id);
    },

    /** https://docs.stripe.com/api/customers/delete: for good, with its subscriptions; a repetition finds nothing more. */
    async closeCustomer({ email }, call) {
      const made = await madeUnder(call.key, email, call);
      if (made !== null) await client.write(call, (sdk) => sdk.customers.del(made.id));
    },
  };
}
