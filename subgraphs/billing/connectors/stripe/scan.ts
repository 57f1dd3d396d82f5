import { z } from 'zod';
import { id } from '../../../../platform/ids.ts';
import { addressIn, type HeldValue, heldAddress } from '../../../../platform/port/scan.ts';
import type { BillingRecord, BillingScanPort } from '../../scan-port.ts';
import type { StripeClient } from './client.ts';
import { dayOf, METADATA, monthlyPrice, skuOf, toPayment } from './translate.ts';
import { listOf, read, WireCharge, WireCustomer, WirePrice } from './wire.ts';

/** Most that a list gives at once: https://docs.stripe.com/api/pagination */
const MOST = 100;

const part = z.string().nullish();
const seconds = z.number().int();
/** `subscriptions` is there when it is expanded, and holds those that run: https://docs.stripe.com/api/customers/object */
const Scanned = WireCustomer.extend({
  address: z.object({ line1: part, line2: part, city: part, state: part, postal_code: part, country: part }).nullish(),
  subscriptions: z.object({
    has_more: z.boolean(),
    data: z.array(
      z.object({
        id: z.string(),
        status: z.string(),
        currency: z.string(),
        start_date: seconds,
        metadata: z.record(z.string(), z.string()),
        items: z.object({
          data: z.array(
            z.union([
              z.object({ quantity: z.number().int().nonnegative(), price: WirePrice }),
              z.object({ price: z.object({ recurring: z.object({ usage_type: z.literal('metered') }) }) }),
            ]),
          ),
        }),
      }),
    ),
  }),
});
type Scanned = z.infer<typeof Scanned>;

/**
 * Everything that billing holds by its list endpoints, 100 at once, newest first. With the customers come the subscriptions
 * that run (https://docs.stripe.com/api/expanding_objects), so that they are read in one pass.
 */
export function createScans(client: StripeClient): BillingScanPort {
  const paging = (first: number, after: string | null) => ({
    limit: Math.min(first, MOST),
    ...(after === null ? {} : { starting_after: after }),
  });
  return {
    async scanCustomers({ first, after }, call) {
      const answer = await client.read(call, (sdk) =>
        sdk.customers.list({ ...paging(first, after), expand: ['data.subscriptions'] }),
      );
      const { data, has_more: hasMore } = read(listOf(Scanned), answer);
      return { entries: data.map(toRecord), hasMore, endCursor: data.at(-1)?.id ?? after };
    },

    async scanPayments({ first, after, since }, call) {
      const created = { gte: Math.floor(Date.parse(since) / 1000) };
      const answer = await client.read(call, (sdk) => sdk.charges.list({ ...paging(first, after), created }));
      const { data, has_more: hasMore } = read(listOf(WireCharge), answer);
      const entries = data.flatMap((charge) =>
        charge.customer === null ? [] : [toPayment(charge, id<'BillingCustomer'>(charge.customer))],
      );
      return { entries, hasMore, endCursor: data.at(-1)?.id ?? after };
    },

    async correctCopy({ externalId, values }, call) {
      const { 'Customer.legalName': name, 'Customer.billingAddress': address } = values;
      await client.write(call, (sdk) =>
        sdk.customers.update(
          externalId,
          {
            ...(typeof name === 'string' ? { name } : {}),
            ...(address === undefined ? {} : { address: toAddress(address) }),
            metadata: { last_update_key: call.key },
          },
          { idempotencyKey: call.key },
        ),
      );
    },

    async releaseCustomer({ customerId }, call) {
      await client.write(call, (sdk) =>
        sdk.customers.update(
          customerId,
          { metadata: { [METADATA.hubId]: '', last_update_key: call.key } }, // an empty value takes the key away
          { idempotencyKey: call.key },
        ),
      );
    },
  };
}

function toRecord(wire: Scanned): BillingRecord {
  const { address } = wire;
  return {
    externalId: wire.id,
    hubId: wire.metadata?.[METADATA.hubId] ?? null,
    state: wire.deleted ? 'DELETED' : 'STANDS',
    values: {
      'Customer.legalName': wire.name ?? null,
      'Customer.billingEmail': wire.email ?? null,
      'Customer.billingAddress': heldAddress(
        address == null
          ? null
          : {
              line1: address.line1 ?? null,
              line2: address.line2 ?? null,
              city: address.city ?? null,
              region: address.state ?? null,
              postalCode: address.postal_code ?? null,
              country: address.country ?? null,
            },
      ),
    },
    // What was never paid for (`incomplete`) does not run: https://docs.stripe.com/api/subscriptions/object
    subscriptions: wire.subscriptions.data
      .filter(({ status }) => status !== 'incomplete')
      .map((held) => ({
        id: held.id,
        currency: held.currency.toUpperCase(),
        startedOn: dayOf(held.start_date),
        contractId: held.metadata[METADATA.contractId] ?? null,
        items: held.items.data.flatMap((item) =>
          'quantity' in item
            ? [{ sku: skuOf(item.price), quantity: item.quantity, unitPrice: monthlyPrice(item.price) }]
            : [],
        ),
      })),
  };
}

/** Stripe empties a part of an address that is sent as an empty text. */
function toAddress(value: HeldValue) {
  const { line1, line2, city, region, postalCode, country } = addressIn(value);
  return {
    line1: line1 ?? '',
    line2: line2 ?? '',
    city: city ?? '',
    state: region ?? '',
    postal_code: postalCode ?? '',
    country: country ?? '',
  };
}
