import { shopOf } from '../shops/shop.ts';
import type { Served } from './served.ts';

export const accounts: Served = {
  typeDefs: `
    extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key", "@shareable"])

    type Query {
      users(shop: ID!): [User!]!
      user(id: ID!): User
    }

    type User @key(fields: "id") {
      id: ID!
      name: String
      username: String @shareable
      birthday: Int
    }
  `,
  resolvers: {
    Query: {
      users: (_: unknown, { shop }: { shop: string }) => shopOf(shop).users,
      user: (_: unknown, { id }: { id: string }) => userOf(id),
    },
    User: { __resolveReference: ({ id }: { id: string }) => userOf(id) },
  },
};

const userOf = (id: string) => shopOf(id).users.find((user) => user.id === id);
