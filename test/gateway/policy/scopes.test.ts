import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, type GraphQLSchema, parse } from 'graphql';
import { createScopePolicy, readRequirements, undefinedPolicies } from '../../../gateway/policy/scopes.ts';

const LINKED = `
  schema
    @link(url: "https://specs.apollo.dev/link/v1.0")
    @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)
    @link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)
    @link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)
  { query: Query }
`;
function judged(sdl: string, policies: Record<string, readonly string[]> = {}) {
  const document = parse(LINKED + sdl);
  const schema: GraphQLSchema = buildSchema(sdl, { assumeValid: true, assumeValidSDL: true });
  const requirements = readRequirements(document);
  const deniedTo = createScopePolicy(requirements, schema, policies);
  return {
    requirements,
    deniedTo,
    fields: (...scopes: string[]) => [...deniedTo(scopes).fields].sort(),
  };
}

test('B05 what an interface alone asks for is asked for behind it too, and what one type asks for through the interface', () => {
  const { fields, deniedTo } = judged(`
    type Query { open: Open }
    interface Open { a: Int @requiresScopes(scopes: [["x"]]), b: Int @requiresScopes(scopes: [["y"]]) }
    type Door implements Open { a: Int, b: Int @requiresScopes(scopes: [["y"]]) }
    type Gate implements Open { a: Int, b: Int }
  `);
  assert.deepEqual(fields(), ['Door.a', 'Door.b', 'Gate.a', 'Open.a', 'Open.b']);
  assert.deepEqual(fields('x'), ['Door.b', 'Open.b']);
  assert.deepEqual(fields('x', 'y', 'z'), []);
  assert.equal(
    deniedTo(['x', 'z']).key,
    deniedTo(['x', 'x']).key,
    'scopes that the graph does not know change nothing',
  );
});

test('B05 of two types that ask for different scopes, the interface asks for both, and each type for its own', () => {
  const { fields } = judged(`
    type Query { open: Open }
    interface Open { a: Int @requiresScopes(scopes: [["x", "y"]]) }
    type Door implements Open { a: Int @requiresScopes(scopes: [["x"]]) }
    type Gate implements Open { a: Int @requiresScopes(scopes: [["y"]]) }
  `);
  assert.deepEqual(fields('x'), ['Gate.a', 'Open.a']);
  assert.deepEqual(fields('y'), ['Door.a', 'Open.a']);
  assert.deepEqual(fields('x', 'y'), []);
});

test('B05 an interface that asks for more than the types behind it is heeded behind it', () => {
  for (const more of ['[["x", "more"]]', '[]', '[[]]']) {
    const { fields } = judged(`
      type Query { open: Open }
      interface Open { a: Int @requiresScopes(scopes: ${more}) }
      type Door implements Open { a: Int @requiresScopes(scopes: [["x"]]) }
      type Gate implements Open { a: Int }
    `);
    assert.deepEqual(fields('x'), ['Door.a', 'Gate.a', 'Open.a'], more);
  }
});

test('a scope on an interface is asked for by all that it promises, and by who returns it', () => {
  const { fields } = judged(`
    type Query { open: Open, door: Door }
    interface Open @requiresScopes(scopes: [["x"]]) { a: Int }
    type Door implements Open { a: Int, own: Int }
  `);
  assert.deepEqual(fields(), ['Door.a', 'Open.a', 'Query.open']);
  assert.deepEqual(fields('x'), []);
});

test('scopes on enumerations and scalars deny the fields that return them, through lists too', () => {
  const { fields, deniedTo } = judged(`
    type Query { a: [Level!]!, b: [[Secret]], c: Int }
    enum Level @requiresScopes(scopes: [["x"]]) { LOW }
    scalar Secret @requiresScopes(scopes: [["y"]])
  `);
  assert.deepEqual(fields(), ['Query.a', 'Query.b']);
  assert.deepEqual([...deniedTo([]).types].sort(), ['Level', 'Secret']);
  assert.deepEqual(fields('x'), ['Query.b']);
});

test('B10 every way to write a list of scopes is read, and what is no scope is met by nobody', () => {
  const cases: [scopes: string, held: string[], met: boolean][] = [
    ['[["a", "b"], ["c"]]', ['a'], false],
    ['[["a", "b"], ["c"]]', ['a', 'b'], true],
    ['[["a", "b"], ["c"]]', ['c'], true],
    ['[]', ['a'], false],
    ['[[]]', ['a'], false],
    ['[[], ["a"]]', ['a'], true],
    ['[[], ["a"]]', [], false],
    ['[["a", 1]]', ['a'], false],
    ['null', ['a'], false],
    ['"a"', ['a'], true],
    ['["a"]', ['a'], true],
    ['["a", "b"]', ['b'], true],
  ];
  for (const [scopes, held, met] of cases) {
    const { fields } = judged(`type Query { a: Int @requiresScopes(scopes: ${scopes}) }`);
    assert.deepEqual(fields(...held), met ? [] : ['Query.a'], `${scopes} with ${held}`);
  }
});

test('a policy is met by any of its scopes; groups of policies count as groups of scopes do', () => {
  const policies = { desk: ['finance', 'operate'], legal: ['counsel'], nobody: [] };
  const { fields, deniedTo, requirements } = judged(
    `type Query {
      one: Int @policy(policies: [["desk"]])
      both: Int @policy(policies: [["desk", "legal"]])
      either: Int @policy(policies: [["desk"], ["legal"]])
      none: Int @policy(policies: [["nobody"]])
      other: Int @policy(policies: [["undefined"]])
      with: Int @policy(policies: [["desk"]]) @requiresScopes(scopes: [["read"]])
      empty: Int @policy(policies: [])
    }`,
    policies,
  );
  const never = ['Query.empty', 'Query.none', 'Query.other'];
  assert.deepEqual(fields('operate'), [...never, 'Query.both', 'Query.with'].sort());
  assert.deepEqual(fields('counsel'), [...never, 'Query.both', 'Query.one', 'Query.with'].sort());
  assert.deepEqual(fields('finance', 'counsel', 'read'), never);
  assert.deepEqual(
    fields('desk', 'legal', 'undefined', 'read'),
    [...never, 'Query.both', 'Query.either', 'Query.one', 'Query.with'].sort(),
    'the name of a policy is no scope',
  );
  assert.notEqual(deniedTo(['operate']).key, deniedTo([]).key);
  assert.deepEqual(undefinedPolicies(requirements, policies), ['undefined']);
});

test('@authenticated asks for no more than a credential', () => {
  const { fields } = judged('type Query { a: Int @authenticated, b: Deep } type Deep @authenticated { c: Int }');
  assert.deepEqual(fields(), []);
});
