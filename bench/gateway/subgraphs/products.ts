import { shopOf } from '../shops/shop.ts';
import type { Served } from './served.ts';

export const products: Served = {
  typeDefs: `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])

    type Query {
      topProducts(shop: ID!, first: Int = 5): [Product!]!
    }

    type Product @key(fields: "upc") {
      upc: String!
      name: String
      price: Int
      weight: Int
    }
  `,
  resolvers: {
    Query: {
      topProducts: (_: unknown, { shop, first }: { shop: string; first: number }) =>
        shopOf(shop).products.slice(0, first),
    },
    Product: {
      __resolveReference: ({ upc }: { upc: string }) => shopOf(upc).products.find((product) => product.upc === upc),
    },
  },
};
