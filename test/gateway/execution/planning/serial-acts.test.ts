import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphOf, type Subgraph } from './graphs.ts';

const book: string[] = [];
const desk: Subgraph = {
  sdl: `
    type Mutation { open(name: String!): Account, rename(name: String!): String }
    type Account @key(fields: "id") { id: ID! }
  `,
  resolvers: {
    Mutation: {
      open: (_: unknown, { name }: { name: string }) => {
        book.push(`open ${name}`);
        return { id: name };
      },
      rename: (_: unknown, { name }: { name: string }) => {
        book.push(`rename ${name}`);
        return name;
      },
    },
  },
};
const vault: Subgraph = {
  sdl: 'type Query { sum: Int } type Account @key(fields: "id") { id: ID!, balance: Int }',
  resolvers: {
    Account: {
      __resolveReference: (sent: object) => sent,
      balance: ({ id }: { id: string }) => {
        book.push(`balance of ${id}`);
        return 5;
      },
    },
  },
};
const graph = graphOf({ desk, vault });

test('what follows an act from another subgraph is read before the next act', async () => {
  const query = `mutation ($a: String!, $b: String!) { one: open(name: $a) { ...more } two: rename(name: $b) one: open(name: $a) { id } }
    fragment more on Account { balance }`;
  const right = ['open a', 'balance of a', 'rename b'];
  const data = { one: { balance: 5, id: 'a' }, two: 'b' };
  book.length = 0;
  await graph.apollo(query, { a: 'a', b: 'b' });
  assert.notDeepEqual(book, right);
  book.length = 0;
  assert.deepEqual(await graph.ours(query, { a: 'a', b: 'b' }), { data, errors: [] });
  assert.deepEqual(book, right);
});

test('acts after which nothing follows stay one fetch', () => {
  const query = 'mutation { open(name: "a") { id } rename(name: "b") }';
  assert.equal(graph.fetches(query).length, 1);
});
