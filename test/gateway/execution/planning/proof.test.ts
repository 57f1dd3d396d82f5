import assert from 'node:assert/strict';
import { test } from 'node:test';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { type QueryPlan, QueryPlanner } from '@apollo/query-planner';
import { parse } from 'graphql';
import { fetchedFrom } from '../../../../gateway/execution/planning/fetched-from.ts';
import { withFetches } from '../../../../gateway/execution/planning/plan-fetches.ts';
import { provePlan } from '../../../../gateway/execution/planning/proof.ts';
import { PlanRefused } from '../../../../gateway/execution/planning/refused.ts';
import { supergraphTypes } from '../../../../gateway/execution/planning/supergraph-types.ts';
import { composed, graphOf, type Subgraph } from './graphs.ts';

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

const goods: Subgraph = {
  sdl: `
    type Query { goods: [Good!]! }
    type Good @key(fields: "id") { id: ID!, price(currency: String): Int, weight: Int, maker: Maker }
    type Maker @key(fields: "id") { id: ID! }
  `,
  resolvers: {},
};
const makers: Subgraph = {
  sdl: `
    type Good @key(fields: "id") {
      id: ID!
      price(currency: String): Int @external
      dollars: String @requires(fields: "price(currency: \\"USD\\")")
    }
    type Maker @key(fields: "id") { id: ID!, name: String }
  `,
  resolvers: {},
};
const trade = composed({ goods, makers }).supergraphSdl;
const supergraph = Supergraph.build(trade);
const base = new QueryPlanner(supergraph);

/** Judges a plan of the base planner, after `change`, by the proof alone. */
function prove(query: string, change: (plan: QueryPlan) => QueryPlan = (plan) => plan): void {
  const plan = base.buildQueryPlan(operationFromDocument(supergraph.apiSchema(), parse(query)));
  const from = fetchedFrom(supergraph, supergraphTypes(parse(trade)), new Map());
  provePlan(change(plan), parse(query), 'Query', from);
}

const QUERY = '{ goods { weight price(currency: "EUR") maker { name } } }';
const edited = (from: RegExp, to: string) => (plan: QueryPlan) =>
  withFetches(plan, (fetch) => [{ ...fetch, operation: fetch.operation.replace(from, to) }]);

test('a whole plan is proven', () => {
  prove(QUERY);
});

test('a plan that leaves a field out is refused', () => {
  assert.throws(() => prove(QUERY, edited(/weight /, '')), /Good\.weight at "goods"/);
  assert.throws(() => prove(QUERY, edited(/\{name\}/, '{__typename}')), /Maker\.name at "goods\.maker"/);
});

test('a plan that asks with other arguments is refused', () => {
  assert.throws(() => prove(QUERY, edited(/"EUR"/, '"USD"')), /Good\.price/);
});

test('a plan that never brings the key by which it goes on is refused', () => {
  assert.throws(() => prove(QUERY, edited(/maker\{__typename id\}/, 'maker{__typename}')), /Maker\.name/);
});

test('a plan that brings another field under that name is refused', () => {
  assert.throws(() => prove(QUERY, edited(/weight /, 'weight:price ')), /Good\.weight/);
});

test('the base planner, on a @requires with arguments beside the same field with others, is refused', () => {
  assert.throws(() => prove('{ goods { price(currency: "EUR") dollars } }'), PlanRefused);
});

test('fragments that are spread over and over are proven once', () => {
  const levels = Array.from({ length: 12 }, (_, n) => `fragment f${n} on Good { ...f${n + 1} ...f${n + 1} }`);
  prove(`{ goods { ...f0 } } ${levels.join(' ')} fragment f12 on Good { weight maker { name } }`);
});

const ping: Subgraph = {
  sdl: `
    type Query { item: Item, whole: Item @provides(fields: "b") }
    type Item @key(fields: "id") { id: ID!, a: String, b: String @external, c: String @requires(fields: "b") }
  `,
  resolvers: {},
};
const pong: Subgraph = {
  sdl: 'type Item @key(fields: "id") { id: ID!, a: String @external, b: String @shareable @requires(fields: "a") }',
  resolvers: {},
};
const inTurn = composed({ ping, pong }).supergraphSdl;

test('what is external in a subgraph is not brought by asking it there, and nothing that requires it is', () => {
  const from = fetchedFrom(Supergraph.build(inTurn), supergraphTypes(parse(inTurn)), new Map());
  const asked = (operation: string) => {
    const node = { kind: 'Fetch', serviceName: 'ping', operation, operationKind: 'query' } as const;
    return () => provePlan({ kind: 'QueryPlan', node } as QueryPlan, parse(operation), 'Query', from); // all that the proof reads of a fetch
  };
  assert.throws(asked('{ item { b } }'), /Item\.b at "item"/);
  assert.throws(asked('{ item { b c } }'), /Item\.c without what its @requires names/);
  assert.doesNotThrow(asked('{ item { a } }'));
  assert.doesNotThrow(asked('{ whole { b c } }'));
});
