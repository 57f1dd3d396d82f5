import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'graphql';
import { namedApart } from '../../../../gateway/execution/planning/tree-names.ts';
import { graphOf, type Subgraph } from './graphs.ts';

const catalogue: Subgraph = {
  sdl: `
    type Query { products: [Product!]!, media: [Media!]! }
    type Product @key(fields: "id") { id: ID!, sku: ID!, weight: Int, height: Int }
    interface Media @key(fields: "id") { id: ID! }
    type Book implements Media @key(fields: "id") { id: ID!, pages: Int! }
    type Film implements Media @key(fields: "id") { id: ID!, minutes: Int! }
  `,
  resolvers: {
    Query: {
      products: () => [{ id: 'p1', sku: 's1', weight: 2, height: 30 }],
      media: () => [
        { __typename: 'Book', id: 'b1', pages: 300 },
        { __typename: 'Film', id: 'f1', minutes: 90 },
      ],
    },
    Media: {
      __resolveReference: ({ id }: { id: string }) => ({ __typename: id.startsWith('b') ? 'Book' : 'Film', id }),
    },
    Book: { __resolveReference: ({ id }: { id: string }) => ({ id, pages: 300 }) },
    Film: { __resolveReference: ({ id }: { id: string }) => ({ id, minutes: 90 }) },
    Product: { __resolveReference: ({ id }: { id: string }) => ({ id, sku: 's1', weight: 2, height: 30 }) },
  },
};
const shipping: Subgraph = {
  sdl: `
    type Product @key(fields: "id") {
      id: ID!
      weight: Int @external
      stock: String
      shipping: String @requires(fields: "weight")
    }
    type Media @key(fields: "id") @interfaceObject { id: ID!, price(currency: String!): String }
  `,
  resolvers: {
    Product: {
      __resolveReference: (sent: object) => sent,
      stock: ({ id }: { id: string }) => `stock of ${id}`,
      shipping: ({ weight }: { weight: number }) => `${weight} kg`,
    },
    Media: {
      __resolveReference: (sent: object) => sent,
      price: ({ id }: { id: string }, { currency }: { currency: string }) => `${id} ${currency}`,
    },
  },
};
const graph = graphOf({ catalogue, shipping });

test('a client may call another field by the name of a key', async () => {
  const query = '{ products { id: sku stock } }';
  const right = { products: [{ id: 's1', stock: 'stock of p1' }] };
  assert.notDeepEqual((await graph.apollo(query)).data, right);
  assert.deepEqual(await graph.ours(query), { data: right, errors: [] });
});

test('a client may call another field by the name of a required one', async () => {
  const query = '{ products { weight: height shipping } }';
  const right = { products: [{ weight: 30, shipping: '2 kg' }] };
  assert.notDeepEqual((await graph.apollo(query)).data, right);
  assert.deepEqual(await graph.ours(query), { data: right, errors: [] });
});

test('a client may call another field __typename', async () => {
  const query = '{ products { __typename: sku stock } }';
  assert.deepEqual(await graph.ours(query), {
    data: { products: [{ __typename: 's1', stock: 'stock of p1' }] },
    errors: [],
  });
});

test('one name for different arguments on different types is answered by type, also through an interface object', async () => {
  const query = '{ media { ... on Book { price(currency: "EUR") } ... on Film { price(currency: "USD") } } }';
  const right = { media: [{ price: 'b1 EUR' }, { price: 'f1 USD' }] };
  assert.notDeepEqual((await graph.apollo(query)).data, right);
  assert.deepEqual(await graph.ours(query), { data: right, errors: [] });
});

test('one name for different fields of different types is answered by type', async () => {
  const query = '{ media { ... on Book { size: pages } ... on Film { size: minutes } } }';
  const right = { media: [{ size: 300 }, { size: 90 }] };
  assert.deepEqual(await graph.ours(query), { data: right, errors: [] });
});

test('a document in which nothing can be mistaken is planned as it is', () => {
  const document = parse('{ products { id called: sku weight } a: products { id } }');
  const { document: planned, treeNames } = namedApart(document, new Set(['id', 'weight']));
  assert.equal(planned, document);
  assert.equal(treeNames.size, 0);
});

test('the order of arguments makes no other field', () => {
  const document = parse('{ f(a: 1, b: { x: 1, y: [2] }) { id } f(b: { y: [2], x: 1 }, a: 1) { weight } }');
  assert.equal(namedApart(document, new Set()).treeNames.size, 0);
});
