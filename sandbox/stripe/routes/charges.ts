import { z } from 'zod';
import { missing, refused } from '../errors.ts';
import { toCharge } from '../objects/charge.ts';
import { newestFirst, pageOf } from '../page.ts';
import { paging, text } from '../params.ts';
import type { RouteContext } from '../vendor.ts';

/** https://docs.stripe.com/api/charges: one for each attempt to take money. */
export function chargeRoutes({ serve, store }: RouteContext): void {
  serve({
    method: 'GET',
    url: '/v1/charges',
    params: z.strictObject({ ...paging, customer: text.optional() }),
    answer({ params }) {
      if (params.customer === undefined)
        throw refused('The sandbox lists charges of one customer.', undefined, 'customer');
      const account = store().account(params.customer);
      if (!account) throw missing('customer', params.customer, 'customer');
      return pageOf('/v1/charges', 'charge', newestFirst(account.charges), params, (charge) =>
        toCharge(charge, account),
      );
    },
  });
}
