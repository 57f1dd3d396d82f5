import { type Review, shopOf } from '../shops/shop.ts';
import type { Served } from './served.ts';

export const reviews: Served = {
  typeDefs: `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@external", "@provides"])

    type Review @key(fields: "id") {
      id: ID!
      body: String
      product: Product
      author: User @provides(fields: "username")
    }

    type User @key(fields: "id") {
      id: ID!
      username: String @external
      reviews: [Review]
    }

    type Product @key(fields: "upc") {
      upc: String!
      reviews: [Review]
    }
  `,
  resolvers: {
    Review: {
      __resolveReference: ({ id }: { id: string }) => shopOf(id).reviews.find((review) => review.id === id),
      product: ({ product }: Review) => ({ upc: product.upc }),
      author: ({ author }: Review) => ({ id: author.id, username: author.username }),
    },
    User: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      reviews: ({ id }: { id: string }) => shopOf(id).reviews.filter(({ author }) => author.id === id),
    },
    Product: {
      __resolveReference: ({ upc }: { upc: string }) => ({ upc }),
      reviews: ({ upc }: { upc: string }) => shopOf(upc).reviews.filter(({ product }) => product.upc === upc),
    },
  },
};
