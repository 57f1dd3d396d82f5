import { z } from 'zod';
import { stripe as keys } from '../../data/keys.ts';
import { missing } from '../errors.ts';
import { seededCharge } from '../ids.ts';
import { toCharge } from '../objects/charge.ts';
import { listOf } from '../objects/wire.ts';
import { newestFirst, pageOf } from '../page.ts';
import { integer, paging, text } from '../params.ts';
import type { Account, ChargeRecord } from '../records.ts';
import type { RouteContext } from '../vendor.ts';

/** https://docs.stripe.com/api/charges: one for each attempt to take money. */
export function chargeRoutes({ serve, store }: RouteContext): void {
  function* accountsFrom(owner: Account | undefined): Generator<Account> {
    if (owner) yield owner;
    yield* store().accountsAfter(owner?.customer.id ?? null);
  }

  /** Of all customers. Stripe sorts them by time; here they come by customer, and newest first within each. */
  function ofAll(limit: number, after: string | undefined, since: number) {
    const index = after === undefined ? null : seededCharge.indexOf(after);
    const owner = index === null ? undefined : store().account(keys.customer(index));
    if (after !== undefined && !owner) throw missing('charge', after, 'starting_after');
    const found: { charge: ChargeRecord; account: Account }[] = [];
    let begun = after === undefined;
    for (const account of accountsFrom(owner)) {
      for (const charge of newestFirst(account.charges)) {
        if (begun && charge.created >= since) found.push({ charge, account });
        if (charge.id === after) begun = true;
        if (found.length > limit) break;
      }
      if (found.length > limit) break;
    }
    const page = found.slice(0, limit).map(({ charge, account }) => toCharge(charge, account));
    return listOf('/v1/charges', page, found.length > limit);
  }

  serve({
    method: 'GET',
    url: '/v1/charges',
    params: z.strictObject({
      ...paging,
      customer: text.optional(),
      created: z.strictObject({ gte: integer.optional() }).optional(),
    }),
    answer({ params }) {
      if (params.customer === undefined) return ofAll(params.limit, params.starting_after, params.created?.gte ?? 0);
      const account = store().account(params.customer);
      if (!account) throw missing('customer', params.customer, 'customer');
      return pageOf('/v1/charges', 'charge', newestFirst(account.charges), params, (charge) =>
        toCharge(charge, account),
      );
    },
  });
}
