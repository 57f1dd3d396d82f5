import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UnplannableSupergraph } from '../../../../gateway/execution/planning/refused.ts';
import { graphOf, type Subgraph } from './graphs.ts';

const PRICES: Record<string, number> = { EUR: 90, USD: 100, GBP: 0 };

const catalogue: Subgraph = {
  sdl: `
    type Query { products: [Product!]! }
    type Mutation { touch(id: ID!): Product }
    type Product @key(fields: "id") {
      id: ID!
      name: String
      weight: Int
      price(currency: String! = "EUR"): Int
      stores(limit: Int): [Store!]!
    }
    type Store { name: String, stock(minimum: Int): Int }
  `,
  resolvers: {
    Query: { products: () => [{ id: 'p1' }, { id: 'p2' }] },
    Mutation: { touch: (_: unknown, { id }: { id: string }) => ({ id }) },
    Product: {
      __resolveReference: ({ id }: { id: string }) => ({ id }),
      name: ({ id }: { id: string }) => `name of ${id}`,
      weight: ({ id }: { id: string }) => Number(id.slice(1)),
      price: ({ id }: { id: string }, { currency }: { currency: string }) =>
        (PRICES[currency] ?? Number.NaN) * Number(id.slice(1)),
      stores: (_: unknown, { limit }: { limit?: number }) =>
        ['north', 'south', 'west'].slice(0, limit).map((name) => ({ name })),
    },
    Store: { stock: (_: unknown, { minimum }: { minimum?: number }) => (minimum ?? 0) + 1 },
  },
};

interface Sent {
  readonly id: string;
  readonly price: number;
  readonly stores: { name: string; stock: number }[];
}

const shipping: Subgraph = {
  sdl: `
    type Product @key(fields: "id") {
      id: ID!
      weight: Int @external
      price(currency: String! = "EUR"): Int @external
      stores(limit: Int): [Store!]! @external
      dollars: String @requires(fields: "price(currency: \\"USD\\") weight")
      pounds: String @requires(fields: "{ price(currency: \\"GBP\\") }")
      euros: String @requires(fields: "price")
      twoStores: String @requires(fields: "stores(limit: 2) { name stock(minimum: 5) }")
      oneStore: String @requires(fields: "stores(limit: 1) { name stock(minimum: 8) }")
      plain(of: String): String
    }
    type Store @external { name: String, stock(minimum: Int): Int }
  `,
  resolvers: {
    Product: {
      __resolveReference: (sent: Sent) => sent,
      dollars: ({ price }: Sent) => `$${price}`,
      pounds: ({ price }: Sent) => `£${price}`,
      euros: ({ price }: Sent) => `€${price}`,
      twoStores: ({ stores }: Sent) => stores.map(({ name, stock }) => `${name} ${stock}`).join(),
      oneStore: ({ stores }: Sent) => stores.map(({ name, stock }) => `${name} ${stock}`).join(),
      plain: (_: unknown, { of }: { of?: string }) => of ?? 'nothing',
    },
  },
};

const graph = graphOf({ catalogue, shipping });

test('a field that a client asks for with other arguments than a @requires is answered, and sent, as each wants it', async () => {
  const query = '{ products { price(currency: "EUR") dollars } }';
  const right = {
    products: [
      { price: 90, dollars: '$100' },
      { price: 180, dollars: '$200' },
    ],
  };
  assert.notDeepEqual((await graph.apollo(query)).data, right, 'the base planner no longer errs here');
  assert.deepEqual(await graph.ours(query), { data: right, errors: [] });
});

test('the same with a variable for the argument', async () => {
  const query = 'query ($to: String!) { products { price(currency: $to) dollars } }';
  const right = {
    products: [
      { price: 90, dollars: '$100' },
      { price: 180, dollars: '$200' },
    ],
  };
  assert.notDeepEqual((await graph.apollo(query, { to: 'EUR' })).data, right);
  assert.deepEqual(await graph.ours(query, { to: 'EUR' }), { data: right, errors: [] });
});

test('the same under a name of the client, and without arguments where the field has a default', async () => {
  assert.deepEqual(await graph.ours('{ products { price: weight cost: price dollars pounds } }'), {
    data: {
      products: [
        { price: 1, cost: 90, dollars: '$100', pounds: '£0' },
        { price: 2, cost: 180, dollars: '$200', pounds: '£0' },
      ],
    },
    errors: [],
  });
});

test('two fields that require one field with different arguments are each sent their own', async () => {
  const query = '{ products { dollars pounds euros } }';
  const right = {
    products: [
      { dollars: '$100', pounds: '£0', euros: '€90' },
      { dollars: '$200', pounds: '£0', euros: '€180' },
    ],
  };
  assert.notDeepEqual((await graph.apollo(query)).data, right);
  assert.deepEqual(await graph.ours(query), { data: right, errors: [] });
});

test('two fields that require one field with different arguments are each sent their own after a mutation', async () => {
  const query = 'mutation { touch(id: "p2") { pounds dollars price(currency: "EUR") } }';
  const right = { touch: { pounds: '£0', dollars: '$200', price: 180 } };
  assert.notDeepEqual((await graph.apollo(query)).data, right);
  assert.deepEqual(await graph.ours(query), { data: right, errors: [] });
});

test('required fields with arguments may hold others with arguments', async () => {
  const query = '{ products { twoStores oneStore stores(limit: 3) { name stock } } }';
  const stores = ['north', 'south', 'west'].map((name) => ({ name, stock: 1 }));
  const product = { twoStores: 'north 6,south 6', oneStore: 'north 9', stores };
  assert.notDeepEqual((await graph.apollo(query)).data, { products: [product, product] });
  assert.deepEqual(await graph.ours(query), { data: { products: [product, product] }, errors: [] });
});

test('only what conflicts is asked for apart, and only with the variables that it uses', async () => {
  const query = 'query ($of: String) { products { dollars pounds plain(of: $of) } }';
  const fetches = graph.fetches(query);
  assert.equal(fetches.length, 3);
  assert.equal(fetches.filter((fetch) => fetch.includes('$of')).length, 1);
  assert.equal(graph.fetches('{ products { dollars plain } }').length, 2);
  assert.deepEqual((await graph.ours(query, { of: 'x' })).data, {
    products: [
      { dollars: '$100', pounds: '£0', plain: 'x' },
      { dollars: '$200', pounds: '£0', plain: 'x' },
    ],
  });
});

test('nothing of how it is planned is in the schema that clients see', () => {
  const product = graph.planner.schema.getType('Product');
  assert.deepEqual(
    Object.keys((product as unknown as { getFields(): object }).getFields()).filter((name) => name.includes('__')),
    [],
  );
});

test('a field that requires one field twice with different arguments is refused when the supergraph is loaded', () => {
  const twice: Subgraph = {
    sdl: `
      type Product @key(fields: "id") {
        id: ID!
        stores(limit: Int): [Store!]! @external
        spread: Int @requires(fields: "stores(limit: 1) { name } stores(limit: 2) { stock(minimum: 1) }")
      }
      type Store @external { name: String, stock(minimum: Int): Int }
    `,
    resolvers: {},
  };
  assert.throws(
    () => graphOf({ catalogue, twice }),
    (error) =>
      error instanceof UnplannableSupergraph && /subgraph "twice", Product\.spread: .*"stores"/.test(error.message),
  );
});
