import assert from 'node:assert/strict';
import { test } from 'node:test';
import { graphOf, type Subgraph } from './graphs.ts';

let count = 0;
const counting: Subgraph = {
  sdl: 'type Query { count: Int } type Mutation { add(n: Int!): Int, double: Int }',
  resolvers: {
    Mutation: {
      add: (_: unknown, { n }: { n: number }) => {
        count += n;
        return count;
      },
      double: () => {
        count *= 2;
        return count;
      },
    },
  },
};
const other: Subgraph = { sdl: 'type Mutation { other: Int }', resolvers: { Mutation: { other: () => count } } };
const graph = graphOf({ counting, other });

test('mutations run in the order in which they are written, also out of fragments', async () => {
  const query = `
    mutation { ...First ... { b: double } c: add(n: 5) ... { d: double } other }
    fragment First on Mutation { a: add(n: 1) }
  `;
  const right = { a: 1, b: 2, c: 7, d: 14, other: 14 };
  count = 0;
  assert.notDeepEqual((await graph.apollo(query)).data, right);
  count = 0;
  assert.deepEqual(await graph.ours(query), { data: right, errors: [] });
});

test('a fragment with a directive stays as it is', () => {
  const query = 'mutation ($if: Boolean!) { ... @include(if: $if) { a: add(n: 1) } b: double }';
  assert.match(graph.fetches(query).join(), /include/);
});
