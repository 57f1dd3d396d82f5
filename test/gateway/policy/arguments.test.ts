import assert from 'node:assert/strict';
import { test } from 'node:test';
import { principalOf } from '../../../platform/principal.ts';
import { type Part, startHub, verdicts } from '../hub.ts';

const GOVERNED = `
  extend schema
    @link(url: "https://concord.example/governance/v1.0", import: ["@reads", "@data"])
    @composeDirective(name: "@reads")
    @composeDirective(name: "@data")
  directive @reads(field: String!) repeatable on ARGUMENT_DEFINITION | INPUT_FIELD_DEFINITION | ENUM_VALUE
  directive @data(class: DataClass!, mask: Mask) on FIELD_DEFINITION | OBJECT
  enum DataClass { PUBLIC INTERNAL PERSONAL FINANCIAL SECRET }
  enum Mask { EMAIL LAST4 HIDE }
`;

const SHOP: Part = {
  sdl: `${GOVERNED}
    type Query {
      customers(
        orderBy: Order = NAME
        where: Where
        orders: [Order!]
        byCredit: Int @reads(field: "Customer.creditLimit")
        byEmail: String @reads(field: "Customer.email")
        byName: String @reads(field: "Customer.name")
        level: Level
        first: Int
      ): [Customer!]
      ranked(orderBy: Order = CREDIT_LIMIT): [Customer!]
      named: Named
      vault: Vault
    }
    type Mutation { touch(where: Where): Customer }
    enum Order { NAME, CREDIT_LIMIT @reads(field: "Customer.creditLimit"), EMAIL @reads(field: "Customer.email") }
    input Where { name: String, ssn: String @reads(field: "Customer.ssn"), all: [Where!], not: Where, sort: Order = NAME, worst: Ranked }
    input Ranked { by: Order = CREDIT_LIMIT }
    enum Level @requiresScopes(scopes: [["finance"]]) { LOW HIGH }
    interface Named { friends(sortBy: Order): [Customer!] }
    type Customer implements Named @key(fields: "id") {
      id: ID!
      name: String
      email: String @data(class: PERSONAL, mask: EMAIL)
      creditLimit: Int @requiresScopes(scopes: [["finance"]])
      ssn: String @requiresScopes(scopes: [["hr"]])
      friends(sortBy: Order, near: Int @reads(field: "Customer.creditLimit")): [Customer!]
    }
    type Vault @requiresScopes(scopes: [["finance"]]) { customers(orderBy: Order): [Customer!] }
  `,
  resolvers: {
    Query: {
      customers: () => [{ id: '1', name: 'one' }],
      ranked: () => [{ id: '1', name: 'one' }],
      named: () => ({ __typename: 'Customer', id: '1' }),
      vault: () => ({}),
    },
    Mutation: { touch: () => ({ id: '1' }) },
    Customer: { friends: () => [{ id: '2', name: 'two' }] },
  },
};

/** Each reads what a caller without scopes may not see, or a caller to whom e-mails are masked may not find by. */
const REFUSED: readonly [query: string, field: string, variables?: Record<string, unknown>][] = [
  ['{ customers(orderBy: CREDIT_LIMIT) { name } }', 'orderBy'],
  ['{ customers(orders: [NAME, CREDIT_LIMIT]) { name } }', 'orders'],
  ['{ customers(where: { ssn: "1" }) { name } }', 'where.ssn'],
  ['{ customers(where: { ssn: null }) { name } }', 'where.ssn'],
  ['{ customers(where: { all: [{ name: "x" }, { not: { ssn: "1" } }] }) { name } }', 'where.all.not.ssn'],
  ['{ customers(where: { sort: CREDIT_LIMIT }) { name } }', 'where.sort'],
  ['{ customers(where: { worst: {} }) { name } }', 'where.worst.by'],
  ['{ customers(byCredit: 5) { name } }', 'byCredit'],
  ['{ customers(byEmail: "a") { name } }', 'byEmail'],
  ['{ customers(orderBy: EMAIL) { name } }', 'orderBy'],
  ['{ customers(level: LOW) { name } }', 'level'],
  ['{ ranked { name } }', 'orderBy'],
  ['query ($o: Order) { customers(orderBy: $o) { name } }', 'orderBy', { o: 'CREDIT_LIMIT' }],
  ['query ($o: Order = CREDIT_LIMIT) { customers(orderBy: $o) { name } }', 'orderBy'],
  ['query ($w: Where) { customers(where: $w) { name } }', 'where.ssn', { w: { ssn: '1' } }],
  ['query ($s: String) { customers(where: { ssn: $s }) { name } }', 'where.ssn', { s: '1' }],
  ['query ($w: [Where!]) { customers(where: { all: $w }) { name } }', 'where.all.ssn', { w: [{ ssn: '1' }] }],
  ['{ a: customers { name } b: customers(orderBy: CREDIT_LIMIT) { name } }', 'orderBy'],
  [
    '{ ...F } fragment F on Query { customers { ... { ...G } } } fragment G on Customer { friends(sortBy: EMAIL) { id } }',
    'sortBy',
  ],
  ['{ named { friends(sortBy: CREDIT_LIMIT) { id } } }', 'sortBy'],
  ['{ named { ... on Customer { friends(near: 3) { id } } } }', 'near'],
  ['query ($v: Boolean!) { customers { id friends(sortBy: EMAIL) @include(if: $v) { id } } }', 'sortBy', { v: true }],
  ['mutation { touch(where: { ssn: "1" }) { id } }', 'where.ssn'],
];

for (const http of [false, true]) {
  test(`B13 a filter or order that reads what the key may not see refuses the request before anything is fetched (${http ? 'HTTP' : 'in process'})`, async (t) => {
    const hub = await startHub(t, { parts: { shop: SHOP }, http });
    for (const [query, field, variables] of REFUSED) {
      const answer = await hub.ask(query, { variables });
      assert.equal(answer.status, 403, `${query}: ${answer.text}`);
      assert.deepEqual(verdicts(answer), [['FORBIDDEN_ARGUMENT', undefined]], query);
      assert.equal(answer.body.errors?.[0]?.extensions.field, field, query);
      assert.doesNotMatch(answer.text, /Customer\.|creditLimit/, 'what it reads is not told');
    }
    assert.deepEqual(hub.fetches, []);
  });
}

test('B13 who sees the fields in full may use all of it', async (t) => {
  const principal = principalOf({ id: 'k', name: 'k', scopes: ['finance', 'hr'], unmasked: ['PERSONAL'] });
  const hub = await startHub(t, { parts: { shop: SHOP }, gateway: { authenticate: async () => principal } });
  for (const [query, , variables] of REFUSED) {
    const answer = await hub.ask(query, { variables });
    assert.deepEqual([answer.status, verdicts(answer)], [200, []], query);
  }
});

test('B13 each right opens its own arguments and no others', async (t) => {
  const finance = principalOf({ id: 'k', name: 'k', scopes: ['finance'] });
  const hub = await startHub(t, { parts: { shop: SHOP }, gateway: { authenticate: async () => finance } });
  assert.deepEqual(verdicts(await hub.ask('{ customers(orderBy: CREDIT_LIMIT, byCredit: 1) { name } }')), []);
  assert.deepEqual(verdicts(await hub.ask('{ customers(where: { ssn: "1" }) { name } }')), [
    ['FORBIDDEN_ARGUMENT', undefined],
  ]);
  assert.deepEqual(verdicts(await hub.ask('{ customers(orderBy: EMAIL) { name } }')), [
    ['FORBIDDEN_ARGUMENT', undefined],
  ]);
});

test('what reads nothing that is kept is not refused', async (t) => {
  const hub = await startHub(t, { parts: { shop: SHOP } });
  const cases: [query: string, variables?: Record<string, unknown>][] = [
    ['{ customers { name } }'],
    ['{ customers(orderBy: NAME, byName: "x", first: 1, where: { name: "x" }) { name } }'],
    ['{ customers(byCredit: null, orderBy: null) { name } }'],
    ['query ($c: Int) { customers(byCredit: $c) { name } }', {}],
    ['query ($w: Where) { customers(where: $w) { name } }', { w: { name: 'x' } }],
    ['{ customers(orderBy: CREDIT_LIMIT) @skip(if: true) { name } named { __typename } }'],
    ['query ($v: Boolean = false) { customers { id friends(sortBy: EMAIL) @include(if: $v) { id } } }'],
    ['query Other { customers { id } }'],
    ['{ ranked(orderBy: NAME) { name } }'],
  ];
  for (const [query, variables] of cases) {
    const answer = await hub.ask(query, { variables });
    assert.deepEqual([answer.status, verdicts(answer)], [200, []], `${query}: ${answer.text}`);
  }
});

test('an argument below a denied field is as denied as the field, and nothing more', async (t) => {
  const hub = await startHub(t, { parts: { shop: SHOP } });
  const answer = await hub.ask('{ vault { customers(orderBy: CREDIT_LIMIT) { id } } named { __typename } }');
  assert.deepEqual(verdicts(answer), [['FORBIDDEN_FIELD', 'vault']]);
});

test('of several operations in a document, the one that runs is judged', async (t) => {
  const hub = await startHub(t, { parts: { shop: SHOP } });
  const query = 'query A { customers { id } } query B { customers(orderBy: CREDIT_LIMIT) { id } }';
  assert.deepEqual(verdicts(await hub.ask(query, { operationName: 'A' })), []);
  assert.deepEqual(verdicts(await hub.ask(query, { operationName: 'B' })), [['FORBIDDEN_ARGUMENT', undefined]]);
});
