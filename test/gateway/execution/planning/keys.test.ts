import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphOf, type Subgraph } from './graphs.ts';

const people: Subgraph = {
  sdl: `
    type Person @key(fields: "id") @key(fields: "number") { id: ID!, number: Int! @shareable, name: String }
  `,
  resolvers: {
    Person: {
      __resolveReference: ({ id, number }: { id?: string; number?: number }) => ({
        id: id ?? `${number}`,
        number: number ?? Number(id),
      }),
      name: ({ id }: { id: string }) => `name of ${id}`,
    },
  },
};

interface Sent {
  readonly id?: string;
  readonly number?: number;
  readonly name?: string;
}

const badges = (keys: string): Subgraph => ({
  sdl: `
    type Query { winner: Person }
    type Person ${keys} {
      id: ID!
      number: Int! @shareable
      name: String @external
      badge: String @requires(fields: "name")
    }
  `,
  resolvers: {
    Query: { winner: () => ({ id: '7', number: 7 }) },
    Person: {
      __resolveReference: (sent: Sent) => {
        if (sent.number === undefined) throw new Error('a person is found by number alone');
        return sent;
      },
      badge: ({ name }: Sent) => `badge: ${name}`,
    },
  },
});

const query = '{ winner { badge } }';
const right = { winner: { badge: 'badge: name of 7' } };

test('on the way back for a @requires, a key is taken that the subgraph resolves', async () => {
  const graph = graphOf({ people, badges: badges('@key(fields: "id", resolvable: false) @key(fields: "number")') });
  assert.deepEqual((await graph.apollo(query)).data, { winner: { badge: null } });
  assert.deepEqual(await graph.ours(query), { data: right, errors: [] });
});

test('the order in which a subgraph names its keys changes no answer', async () => {
  const graph = graphOf({ people, badges: badges('@key(fields: "number") @key(fields: "id", resolvable: false)') });
  assert.deepEqual(await graph.ours(query), { data: right, errors: [] });
});

test('where a subgraph resolves no key, a @requires there is refused, and the message says what to change', async () => {
  const graph = graphOf({ people, badges: badges('@key(fields: "id", resolvable: false)') });
  assert.deepEqual((await graph.apollo(query)).data, { winner: { badge: null } });
  await assert.rejects(graph.ours(query), /Person\.badge/);
  assert.deepEqual((await graph.ours('{ winner { name } }')).data, { winner: { name: 'name of 7' } });
});
