import { shippingEstimate, shopOf } from '../shops/shop.ts';
import type { Served } from './served.ts';

export const inventory: Served = {
  typeDefs: `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@requires"])

    type Product @key(fields: "upc") {
      upc: String!
      price: Int @external
      weight: Int @external
      inStock: Boolean
      shippingEstimate: Int @requires(fields: "price weight")
    }
  `,
  resolvers: {
    Product: {
      // What the caller has fetched elsewhere (price, weight) comes with the reference, and is used: leaving it out would be seen.
      __resolveReference: (given: { upc: string; price?: number; weight?: number }) => ({
        ...given,
        inStock: shopOf(given.upc).products.find((product) => product.upc === given.upc)?.inStock,
      }),
      shippingEstimate: ({ price, weight }: { price: number; weight: number }) => shippingEstimate(price, weight),
    },
  },
};
