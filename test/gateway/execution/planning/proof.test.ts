import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PlanRefused } from '../../../../gateway/execution/planning/refused.ts';
import { graphOf, type Subgraph } from './graphs.ts';

const shelf: Subgraph = {
  sdl: `
    type Query { shelf: Node, book: Book }
    interface Node @key(fields: "id") { id: ID! }
    type Book @key(fields: "id") { id: ID!, title: String }
  `,
  resolvers: { Query: { shelf: () => null, book: () => ({ id: 'b1', title: 'Emma' }) } },
};
const notes: Subgraph = {
  sdl: `
    type Query { noted: Node }
    type Node @key(fields: "id") @interfaceObject { id: ID!, note: String }
  `,
  resolvers: {
    Query: { noted: () => ({ id: 'n1' }) },
    Node: { __resolveReference: (sent: object) => sent, note: () => 'a note' },
  },
};

test('a request that no plan answers is refused with the field and what to change, and not answered with null', async () => {
  const graph = graphOf({ shelf, notes });
  const silent = await graph.apollo('{ shelf { note } }');
  assert.deepEqual(silent, { data: { shelf: null }, errors: [] });
  await assert.rejects(graph.ours('{ shelf { note } }'), (error) => {
    assert.ok(error instanceof PlanRefused);
    assert.match(error.message, /Query\.shelf.*subgraph "shelf".*Node.*implement Node/);
    assert.equal(error.field, 'shelf');
    return true;
  });
});

test('what else that graph can answer is answered', async () => {
  const graph = graphOf({ shelf, notes });
  assert.deepEqual(graph.fetches('{ noted { id note } }'), ['notes: {noted{id note}}']);
  assert.deepEqual(await graph.ours('{ book { id title } }'), {
    data: { book: { id: 'b1', title: 'Emma' } },
    errors: [],
  });
});
