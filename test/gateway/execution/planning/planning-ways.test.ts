import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphOf, type Subgraph } from './graphs.ts';

const sent = { __resolveReference: (entity: object) => entity };

const forge: Subgraph = {
  sdl: `
    type Query { blade: Blade }
    type Blade @key(fields: "id") {
      id: ID!, ore: String
      iron: String @external, steel: String @requires(fields: "iron")
      edge: String @external, sword: String @requires(fields: "edge")
    }
  `,
  resolvers: {
    Query: { blade: () => ({ id: '1', ore: 'ore' }) },
    Blade: {
      __resolveReference: (entity: object) => ({ ...entity, ore: 'ore' }),
      steel: ({ iron }: { iron?: string }) => `steel of ${iron}`,
      sword: ({ edge }: { edge?: string }) => `sword of ${edge}`,
    },
  },
};
const mill: Subgraph = {
  sdl: `
    type Query { found: Blade }
    type Blade @key(fields: "id") {
      id: ID!
      ore: String @external, iron: String @requires(fields: "ore")
      steel: String @external, edge: String @requires(fields: "steel")
    }
  `,
  resolvers: {
    Query: { found: () => ({ id: '1' }) },
    Blade: {
      ...sent,
      iron: ({ ore }: { ore?: string }) => `iron of ${ore}`,
      edge: ({ steel }: { steel?: string }) => `edge of ${steel}`,
    },
  },
};
const smithy = graphOf({ forge, mill });
const SWORD = 'sword of edge of steel of iron of ore';

test('two subgraphs that require of each other in turn are asked in turn', async () => {
  const blade = { sword: SWORD };
  assert.notDeepEqual((await smithy.apollo('{ blade { sword } }')).data, { blade });
  assert.deepEqual(await smithy.ours('{ blade { sword } }'), { data: { blade }, errors: [] });
  assert.deepEqual(await smithy.ours('{ blade { edge ore sword: steel } }'), {
    data: { blade: { edge: 'edge of steel of iron of ore', ore: 'ore', sword: 'steel of iron of ore' } },
    errors: [],
  });
});

test('such a chain is answered, too, where it is entered from the other end', async () => {
  const found = { sword: SWORD, iron: 'iron of ore' };
  assert.deepEqual(await smithy.ours('{ found { sword iron } }'), { data: { found }, errors: [] });
});

const letters: Subgraph = {
  sdl: `
    type Query { inbox: [Thread!]! }
    type Thread @key(fields: "id") { id: ID!, letters(last: Int!): [Letter!] @external }
    type Letter @key(fields: "id") { id: ID!, from: String, isSpam: Boolean @requires(fields: "thread { letters(last: 9) { id } }"), thread: Thread @external }
  `,
  resolvers: {
    Query: { inbox: () => [{ id: 't' }] },
    Letter: { ...sent, from: ({ id }: { id: string }) => `sender of ${id}` },
  },
};
const threads: Subgraph = {
  sdl: `
    type Thread @key(fields: "id") {
      id: ID!, letters(last: Int!): [Letter!]
      senders: String @requires(fields: "letters(last: 2) { from }")
    }
    type Letter @key(fields: "id") { id: ID!, from: String @external, thread: Thread }
  `,
  resolvers: {
    Thread: {
      __resolveReference: (entity: object) => ({ letters: ['l1', 'l2'].map((id) => ({ id })), ...entity }),
      senders: ({ letters: all }: { letters: { from?: string }[] }) => all.map(({ from }) => from).join(', '),
    },
  },
};

test('what a subgraph holds itself, and requires with fields of another, is not asked of that other', async () => {
  const post = graphOf({ letters, threads });
  const inbox = [{ senders: 'sender of l1, sender of l2' }];
  assert.notDeepEqual((await post.apollo('{ inbox { senders } }')).data, { inbox });
  assert.deepEqual(await post.ours('{ inbox { senders } }'), { data: { inbox }, errors: [] });
});

const counter: Subgraph = {
  sdl: `
    type Query { ware: Ware }
    type Ware @key(fields: "id", resolvable: false) @interfaceObject { id: ID! }
  `,
  resolvers: { Query: { ware: () => ({ id: 'p1' }) } },
};
const bakery: Subgraph = {
  sdl: `
    interface Ware @key(fields: "id") { id: ID! }
    type Bread implements Ware @key(fields: "id") { id: ID!, grain: String }
    type Cake implements Ware @key(fields: "id") { id: ID!, sugar: Int }
  `,
  resolvers: {
    Ware: { __resolveReference: ({ id }: { id: string }) => ({ __typename: 'Bread', id, grain: 'rye' }) } as never,
    Bread: sent,
    Cake: sent,
  },
};

test('an interface object whose subgraph resolves no key can still be asked by type', async () => {
  const shop = graphOf({ counter, bakery });
  const answers = async (query: string, ware: object) =>
    assert.deepEqual(await shop.ours(query), { data: { ware }, errors: [] });
  await answers('{ ware { ... on Bread { id } } }', { id: 'p1' });
  await answers('{ ware { ... on Cake { id } } }', {});
  await answers('{ ware { __typename id ... on Bread { grain } } }', { __typename: 'Bread', id: 'p1', grain: 'rye' });
});
