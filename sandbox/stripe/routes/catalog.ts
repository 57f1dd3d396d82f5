import { z } from 'zod';
import { missing, StripeFault } from '../errors.ts';
import { tiersOf, toPrice, toProduct } from '../objects/catalog.ts';
import { pageOf } from '../page.ts';
import { boolean, expand, list, paging, text } from '../params.ts';
import type { RouteContext } from '../vendor.ts';

/** https://docs.stripe.com/api/prices and https://docs.stripe.com/api/products, for reading. */
export function catalogRoutes({ serve, catalog }: RouteContext): void {
  serve({
    method: 'GET',
    url: '/v1/prices',
    params: z.strictObject({
      ...paging,
      active: boolean.optional(),
      currency: text.optional(),
      product: text.optional(),
      lookup_keys: list(text).optional(),
      type: z.enum(['one_time', 'recurring']).optional(),
    }),
    answer({ params }) {
      if ((params.lookup_keys?.length ?? 0) > 10) {
        throw new StripeFault(400, 'You may only specify up to 10 lookup_keys.', {
          param: 'lookup_keys',
          beforeExecution: true,
        });
      }
      const found = catalog.prices.filter(
        (price) =>
          (params.active === undefined || price.active === params.active) &&
          (params.currency === undefined || price.currency === params.currency) &&
          (params.product === undefined || price.productId === params.product) &&
          (params.lookup_keys === undefined || params.lookup_keys.includes(price.lookupKey)) &&
          params.type !== 'one_time',
      );
      return pageOf('/v1/prices', 'price', found, params, toPrice);
    },
  });

  serve({
    method: 'GET',
    url: '/v1/prices/:id',
    params: z.strictObject({ expand }),
    answer({ id, params }) {
      const price = catalog.byId(id);
      if (!price) throw missing('price', id);
      return params.expand?.includes('tiers') ? { ...toPrice(price), tiers: tiersOf(price) } : toPrice(price);
    },
  });

  serve({
    method: 'GET',
    url: '/v1/products/:id',
    params: z.strictObject({ expand }),
    answer({ id }) {
      const price = catalog.prices.find((one) => one.productId === id);
      if (!price) throw missing('product', id);
      return toProduct(price);
    },
  });
}
