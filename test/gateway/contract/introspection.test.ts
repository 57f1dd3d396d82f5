import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  buildClientSchema,
  buildSchema,
  getIntrospectionQuery,
  type IntrospectionQuery,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import { principalOf } from '../../../platform/principal.ts';
import { type Part, startHub, verdicts } from '../hub.ts';

const PEOPLE: Part = {
  sdl: `
    type Query { person: Person, vault: Vault @requiresScopes(scopes: [["gold"]]) }
    type Mutation { rename(name: String!): Person, promote(salary: Int!): Person }
    type Vault { gold: Int }
    type Person { name: String, salary: Int @requiresScopes(scopes: [["hr"]]), vault: Vault @requiresScopes(scopes: [["gold"]]) }
  `,
  resolvers: { Query: { person: () => ({ name: 'Ann', salary: 1 }) } },
};
const parts = { people: PEOPLE };
const acting = (scopes: readonly string[], acts: Record<string, object> | null = null) => ({
  gateway: { authenticate: async () => principalOf({ id: 'k1', name: 'test', scopes, acts }) },
});

const HALF = `
  type Query { person: Person }
  type Mutation { rename(name: String!): Person }
  type Person { name: String, salary: Int }
`;
const ALL = `
  type Query { person: Person, vault: Vault }
  type Mutation { rename(name: String!): Person, promote(salary: Int!): Person }
  type Vault { gold: Int }
  type Person { name: String, salary: Int, vault: Vault }
`;
const sorted = (sdl: string) => printSchema(lexicographicSortSchema(buildSchema(sdl)));

const CALLERS: Record<string, [about: ReturnType<typeof acting>, sees: string]> = {
  'a key with schema:read': [acting(['schema:read', 'hr'], { rename: {} }), HALF],
  'an operator': [acting(['operate', 'hr', 'gold']), ALL],
  'an operator from whom something is kept': [acting(['operate', 'hr'], { rename: {} }), HALF],
};
for (const [name, [about, sees]] of Object.entries(CALLERS)) {
  test(`${name} reads by introspection its own contract and nothing else`, async (t) => {
    const hub = await startHub(t, { parts, ...about });
    const { body } = await hub.ask(getIntrospectionQuery());
    assert.deepEqual(body.errors, undefined);
    const read = buildClientSchema(body.data as IntrospectionQuery);
    assert.equal(printSchema(lexicographicSortSchema(read)), sorted(sees));
  });
}

test('a denied type is as unknown to __type as one that is nowhere', async (t) => {
  const hub = await startHub(t, { parts, ...acting(['schema:read']) });
  const { body } = await hub.ask(
    '{ vault: __type(name: "Vault") { name } nowhere: __type(name: "Nowhere") { name } person: __type(name: "Person") { fields { name } } }',
  );
  assert.deepEqual(body.data, { vault: null, nowhere: null, person: { fields: [{ name: 'name' }] } });
});

test('one compiled operation answers each caller from his own contract', async (t) => {
  const rights: Record<string, readonly string[]> = { hr: ['schema:read', 'hr'], none: ['schema:read'] };
  const hub = await startHub(t, {
    parts,
    gateway: {
      authenticate: async (key) => principalOf({ id: key, name: key, scopes: rights[key] ?? [] }),
    },
  });
  const fields = async (key: string) => {
    const { body } = await hub.ask('{ __type(name: "Person") { fields { name } } }', {
      headers: { authorization: `Bearer ${key}` },
    });
    return JSON.stringify(body.data);
  };
  const first = [await fields('hr'), await fields('none')];
  const again = [await fields('hr'), await fields('none')];
  assert.deepEqual(first, again);
  assert.match(first[0] ?? '', /salary/);
  assert.doesNotMatch(first[1] ?? '', /salary/);
});

test('in production a key without a scope for it cannot read the schema, and in development it reads its contract', async (t) => {
  const production = await startHub(t, { parts, ...acting([]) });
  const refused = await production.ask('{ __type(name: "Person") { name } }');
  assert.equal(refused.status, 403);
  assert.deepEqual(verdicts(refused), [['INTROSPECTION_DISABLED', undefined]]);
  const development = await startHub(t, { parts, ...acting([]), config: { development: true } });
  const { body } = await development.ask('{ __type(name: "Person") { fields { name } } }');
  assert.deepEqual(body.data, { __type: { fields: [{ name: 'name' }] } });
});

test('no message about a misspelt field tells a denied name', async (t) => {
  const hub = await startHub(t, { parts, ...acting(['schema:read']) });
  for (const query of ['{ person { salry } }', '{ vaul { gold } }', '{ person { ... on Vaul { gold } } }']) {
    const { text, body } = await hub.ask(query);
    assert.equal(body.errors?.[0]?.extensions.code, 'GRAPHQL_VALIDATION_FAILED', text);
    assert.doesNotMatch(text, /salary|vault/i);
  }
});
