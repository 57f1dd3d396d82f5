import assert from 'node:assert/strict';
import { test } from 'node:test';
import { composed } from '../equality/composition.ts';
import { hub } from '../equality/runner.ts';
import { type Case, tryCases } from './cases.ts';
import { part } from './part.ts';

/** Subgraphs that write down what they do, in one book. */
function bank() {
  const book: string[] = [];
  const note = (text: string) => {
    book.push(text);
    return book.length;
  };
  const parts = {
    a: part(
      'type Query { a: Int } type Mutation { one(n: Int = 0): Int two: Account } type Account @key(fields: "id") { id: ID! seq: Int }',
      {
        Query: { a: 1 },
        Mutation: { one: ({ n }: { n: number }) => note(`one ${n}`), two: () => ({ id: '1', seq: note('two') }) },
        Account: [{ id: '1', seq: 0 }],
      },
    ),
    b: part(
      'type Mutation { three: Int fails: Int dies: Int! } type Account @key(fields: "id") { id: ID! balance: Int }',
      {
        Mutation: {
          three: () => note('three'),
          fails: () => {
            note('fails');
            throw new Error('no');
          },
          dies: () => {
            note('dies');
            throw new Error('no');
          },
        },
        Account: [{ id: '1', balance: () => note('balance') }],
      },
    ),
  };
  return { book, parts };
}

const inOrder: readonly {
  name: string;
  query: string;
  variables?: Record<string, unknown>;
  data: unknown;
  book: readonly string[];
  errors?: string[];
  apolloFails?: string;
}[] = [
  {
    name: 'acts take place in the order in which they are written, over subgraphs',
    query: 'mutation { one three x: one(n: 1) y: three }',
    data: { one: 1, three: 2, x: 3, y: 4 },
    book: ['one 0', 'three', 'one 1', 'three'],
  },
  {
    name: 'what an act brings from elsewhere is read before the next act',
    query: 'mutation { two { seq balance } one }',
    data: { two: { seq: 1, balance: 2 }, one: 3 },
    book: ['two', 'balance', 'one 0'],
  },
  {
    name: 'an act that fails does not stop the next',
    query: 'mutation { one fails three }',
    data: { one: 1, fails: null, three: 3 },
    errors: ['fails'],
    book: ['one 0', 'fails', 'three'],
  },
  {
    name: 'acts in fragments keep their place among the others',
    query:
      'mutation { ...A one(n: 9) ... on Mutation { y: one(n: 2) } } fragment A on Mutation { x: one(n: 1) z: one(n: 3) }',
    data: { x: 1, z: 2, one: 3, y: 4 },
    book: ['one 1', 'one 3', 'one 9', 'one 2'],
    apolloFails: 'it moves what stands in fragments behind the rest',
  },
  {
    name: 'acts under conditions keep their place among the others',
    query:
      'mutation($c: Boolean!) { a: one(n: 1) ... @include(if: $c) { b: one(n: 2) } c: one(n: 3) ... on Mutation @skip(if: $c) { d: one(n: 4) } e: one(n: 5) @include(if: $c) f: one(n: 6) }',
    variables: { c: true },
    data: { a: 1, b: 2, c: 3, e: 4, f: 5 },
    book: ['one 1', 'one 2', 'one 3', 'one 5', 'one 6'],
    apolloFails: 'it moves what stands under a condition behind the rest',
  },
  {
    name: 'an act that is written twice under one name takes place once',
    query: 'mutation { one three one ...A } fragment A on Mutation { one }',
    data: { one: 1, three: 2 },
    book: ['one 0', 'three'],
    apolloFails: 'it acts twice',
  },
];

for (const { name, query, variables, data, book, errors } of inOrder) {
  test(name, async () => {
    const world = bank();
    const made = composed({ a: world.parts.a.sdl, b: world.parts.b.sdl });
    assert.ok('supergraphSdl' in made);
    const running = await hub(made.supergraphSdl, { a: world.parts.a.subgraph, b: world.parts.b.subgraph });
    for (const cache of ['cold', 'warm']) {
      world.book.length = 0;
      const got = await running.run(query, variables);
      assert.deepEqual(world.book, book, `cache ${cache}`);
      assert.deepEqual(got.data, data);
      assert.deepEqual(
        got.errors.map(({ path }) => path?.join('.')),
        errors ?? [],
      );
    }
    await running.stop();
  });
}

const reading: Case = {
  name: 'an act whose promise of a value is broken takes all data with it, and what it did stays told',
  parts: bank().parts,
  asks: [{ query: 'mutation { dies }', data: null, errors: ['dies'] }],
};
tryCases([reading]);
