import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type OperationDefinitionNode, parse } from 'graphql';
import { createPrices } from '../../../gateway/cost/prices.ts';
import { createPlanner } from '../../../gateway/execution/planning/planner.ts';
import { composed } from '../hub.ts';

const SHOP = {
  people: {
    sdl: `
      type Query {
        person(id: ID!): Person
        people(first: Int = 20): [Person!] @listSize(slicingArguments: ["first"])
        herd(first: Int, last: Int): Herd @listSize(assumedSize: 30, slicingArguments: ["first", "last"], sizedFields: ["nodes"], requireOneSlicingArgument: false)
        deep(input: Filter): [Person!] @listSize(assumedSize: 7)
        plain: [Person!]
        rows: [[Int]] @cost(weight: 2)
        dear(words: [String!] @cost(weight: 4), filter: Filter): Dear
        any: [Any!] @listSize(assumedSize: 5)
        usual(first: Int, last: Int): [Person!]
        pages(first: Int, after: String): Pages
      }
      type Pages { nodes: [Person!], total: Int }
      type Mutation { greet(filter: Filter): Person, wave: Int @cost(weight: 3) }
      type Herd { nodes: [Person!], others: [Person!] }
      type Person @key(fields: "id") { id: ID!, name: String, heavy: String @cost(weight: 5), mood: Mood, friends(first: Int = 10): [Person!] @listSize(slicingArguments: ["first"]) }
      type Dear @cost(weight: 25) { id: ID! }
      enum Mood @cost(weight: 2) { GOOD BAD }
      union Any = Person | Dear
      input Filter { page: PageOf, text: String @cost(weight: 6) }
      input PageOf { first: Int }
    `,
    resolvers: {},
  },
  ledger: {
    sdl: 'type Person @key(fields: "id") { id: ID!, balance: Balance }  type Balance { amount: Int, at: String }',
    resolvers: {},
  },
};

function tariff(sdl: string) {
  const prices = createPrices(parse(sdl), createPlanner(sdl).schema, { listSize: 10 });
  return (text: string, variables: Record<string, unknown> = {}) => {
    const document = parse(text);
    const { total, subgraphs } = prices.of(document, document.definitions[0] as OperationDefinitionNode, variables);
    return { total, ...Object.fromEntries(subgraphs) };
  };
}
/** Composition takes no paths yet, though the specification has them. */
const SUPERGRAPH = composed(SHOP).replace(
  /(deep\(input.*assumedSize: 7)/,
  '$1, slicingArguments: ["input.page.first"]',
);
const cost = tariff(SUPERGRAPH);

test('a field costs its entries times its weight and all within, and its arguments', () => {
  const cases: [text: string, total: number][] = [
    ['{ __typename __schema { types { name } } }', 0],
    ['{ person(id: 1) { id name } }', 1],
    ['{ person(id: 1) { heavy mood } }', 1 + 5 + 2],
    ['{ people(first: 3) { id } }', 3],
    ['{ people(first: 3) { heavy friends(first: 4) { mood } } }', 3 * (1 + 5 + 4 * (1 + 2))],
    ['{ plain { id } }', 10],
    ['{ rows }', 10 * 10 * 2],
    ['{ dear { id } }', 25],
    ['{ dear(words: ["a", "b", "c"]) { id } }', 25 + 3 * 4],
    ['{ dear(filter: { text: "x", page: { first: 1 } }) { id } }', 25 + 1 + 6 + 1],
    ['mutation { wave }', 10 + 3],
    ['mutation { greet(filter: { text: "x" }) { id } }', 10 + 1 + 1 + 6],
  ];
  for (const [text, total] of cases) assert.equal(cost(text).total, total, text);
});

test('a list is as long as its arguments, its default, its assumed size or the usual size say', () => {
  const cases: [text: string, total: number, variables?: Record<string, unknown>][] = [
    ['{ people { id } }', 20],
    ['query($n: Int) { people(first: $n) { id } }', 20],
    ['query($n: Int) { people(first: $n) { id } }', 7, { n: 7 }],
    ['query($n: Int = 9) { people(first: $n) { id } }', 9],
    ['query($n: Int = 9) { people(first: $n) { id } }', 7, { n: 7 }],
    ['query($n: Int = 9) { people(first: $n) { id } }', 20, { n: null }],
    ['{ herd { nodes { id } } }', 1 + 30],
    ['{ herd(first: 3) { nodes { id } others { id } } }', 1 + 3 + 10],
    ['{ herd(first: 3, last: 8) { nodes { id } } }', 1 + 8],
    ['{ deep { id } }', 7],
    ['{ deep(input: { page: { first: 4 } }) { id } }', 4 + 2],
    ['query($f: Filter) { deep(input: $f) { id } }', 4 + 2, { f: { page: { first: 4 } } }],
    ['query($p: PageOf) { deep(input: { page: $p }) { id } }', 4 + 2, { p: { first: 4 } }],
    ['query($n: Int) { deep(input: { page: { first: $n } }) { id } }', 4 + 2, { n: 4 }],
    ['{ usual(last: 6) { id } }', 6],
    ['{ usual { id } }', 10],
    ['{ pages(first: 6) { total nodes { id } } }', 1 + 6],
    ['{ people(first: -5) { id } }', 0],
  ];
  for (const [text, total, variables] of cases) assert.equal(cost(text, variables).total, total, text);
});

test('what is written twice counts once, what is skipped not at all, and of several types the dearest', () => {
  const fragment = 'fragment F on Person { heavy friends(first: 2) { id } }';
  const once = cost('{ person(id: 1) { heavy friends(first: 2) { id } } }').total;
  assert.equal(cost(`{ person(id: 1) { ...F heavy ... { ...F friends(first: 2) { id } } } } ${fragment}`).total, once);
  assert.equal(cost('{ a: person(id: 1) { heavy } b: person(id: 1) { heavy } }').total, 12);
  const query =
    'query($yes: Boolean! = false) { person(id: 1) { heavy @include(if: $yes) ...F @skip(if: $yes) } } fragment F on Person { mood }';
  assert.equal(cost(query).total, 1 + 2);
  assert.equal(cost(query, { yes: true }).total, 1 + 5);
  assert.equal(cost('{ any { ... on Person { id } ... on Dear { id } } }').total, 5 * 25);
  assert.equal(cost('{ any { ... on Person { friends(first: 100) { id } } ... on Dear { id } } }').total, 5 * 101);
  assert.equal(
    cost('query($n: Int) { any { ... on Person { friends(first: $n) { id } } ... on Dear { id } } }', { n: 3 }).total,
    5 * 25,
  );
});

test('each subgraph is counted for what it gives', () => {
  assert.deepEqual(cost('{ people(first: 3) { name balance { amount } } }'), { total: 6, people: 3, ledger: 3 });
  assert.deepEqual(cost('query($n: Int) { people(first: $n) { id balance { at } } }', { n: 2 }), {
    total: 4,
    people: 2,
    ledger: 2,
  });
});

test('the directives count under whatever names the supergraph links them', () => {
  const sdl = SUPERGRAPH;
  assert.match(sdl, /@listSize\(/);
  const link = /@link\(url: "https:\/\/specs\.apollo\.dev\/cost\/v0\.1"[^)]*\)/;
  const query = '{ people(first: 3) { heavy } }';
  const renamed = sdl
    .replace(/@cost\b/g, '@price')
    .replace(/@listSize\b/g, '@cost__listSize')
    .replace(link, '@link(url: "https://specs.apollo.dev/cost/v0.1", import: [{name: "@cost", as: "@price"}])');
  assert.equal(tariff(renamed)(query).total, 3 * 6);
  assert.equal(tariff(renamed)('{ deep { id } }').total, 7);
});

test('hostile documents are priced in the time of their text', () => {
  const doubling = Array.from(
    { length: 10 },
    (_, i) => `fragment F${i} on Person { a: friends { ...F${i + 1} } b: friends { ...F${i + 1} } }`,
  );
  const text = `{ people { ...F0 } } ${doubling.join(' ')} fragment F10 on Person { id }`;
  assert.ok(cost(text).total >= 20 ** 5);
  const wide = `{ any { ${'... on Person { friends { '.repeat(11)} id ${'} }'.repeat(11)} } }`;
  assert.ok(cost(wide).total > 1e9);
});

test('what people of the trade ask of the own graph stays far under the limit of a key', () => {
  const own = tariff(readFileSync(new URL('../../../schema/supergraph.graphql', import.meta.url), 'utf8'));
  const example = (name: string) =>
    readFileSync(new URL(`../../../gateway/graphiql/examples/${name}.graphql`, import.meta.url), 'utf8');
  const threeSixty = own(example('1-customer-360'));
  assert.ok(threeSixty.total > 20 && threeSixty.total < 200, JSON.stringify(threeSixty));
  assert.deepEqual(Object.keys(threeSixty).sort(), [
    'billing',
    'crm',
    'erp',
    'identity',
    'process',
    'support',
    'total',
  ]);
  assert.ok(own('{ customers(first: 1000000) { nodes { id } } }').total > 1_000_000);
  assert.ok(
    own('{ customers(first: 1000) { nodes { invoices(first: 1000) { nodes { number } } } } }').total > 1_000_000,
  );
  assert.equal(own('{ customers { nodes { id } } }').total, own('{ customers(first: 20) { nodes { id } } }').total);
});
