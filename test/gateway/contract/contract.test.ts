import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildSchema, isInterfaceType, isObjectType, parse, printSchema, validateSchema } from 'graphql';
import { createPlanner } from '../../../gateway/execution/planning/planner.ts';
import { type ContractView, contractSchema, contractSdl } from '../../../gateway/policy/contract.ts';
import { createContracts } from '../../../gateway/policy/contracts.ts';
import { createScopePolicy, readRequirements } from '../../../gateway/policy/scopes.ts';
import { ROLES, SCOPES } from '../../../platform/keys/scopes.ts';
import { readDataClasses } from '../../../platform/mask/data-classes.ts';
import { readOwnership } from '../../../platform/ownership/ownership.ts';

/** Set: all pairs of scopes, which takes some minutes and proved no more when it was last run. */
const ALL_PAIRS = process.env.CONTRACT_PAIRS === 'all';

const OPEN: ContractView = {
  denied: { fields: new Set(), types: new Set() },
  barred: new Set(),
  acts: null,
  masks: new Map(),
  writes: new Map(),
};
const denied = (fields: readonly string[], types: readonly string[] = [], barred: readonly string[] = []) => ({
  ...OPEN,
  denied: { fields: new Set(fields), types: new Set(types) },
  barred: new Set(barred),
});
const clean = (sdl: string): string => printSchema(buildSchema(sdl));
/** By its text: a contract is built as one that is assumed to be valid, and would be found so. */
const faultsOf = (sdl: string) => validateSchema(buildSchema(sdl)).map(({ message }) => message);

const SOURCE = buildSchema(`
  type Query {
    "Everybody there is."
    people(sort: Sort, tier: Tier, filter: Filter): [Person!]
    things: [Thing]
    named: [Named]
  }
  type Mutation {
    promote(input: PromoteInput!): Person
    "Gives another name."
    rename(id: ID!, name: String!): Person
  }
  enum Sort { NAME SALARY }
  enum Tier { A B }
  input Filter { name: String, salaryAbove: Int }
  input PromoteInput { id: ID!, salary: Int! }
  interface Named { name: String, salary: Int }
  type Person implements Named { name: String, salary: Int, "Where to write to." email: String, vault: Vault, tier: Tier }
  type Robot implements Named { name: String, salary: Int }
  type Vault { gold: Gold }
  type Gold { grams: Int }
  union Thing = Vault | Robot
  scalar Stray
`);

const CASES: Readonly<Record<string, [view: ContractView, gone: readonly string[], kept: readonly string[]]>> = {
  'nothing denied: all but what nobody reaches': [OPEN, ['Stray'], ['salary', 'Vault', 'SALARY']],
  'a denied field takes the types that only it leads to': [
    { ...denied(['Person.vault', 'Query.things']) },
    ['Vault', 'Gold', 'Thing'],
    ['salary'],
  ],
  'a denied type goes with the fields, union members and arguments of it': [
    denied([], ['Vault', 'Tier']),
    ['Vault', 'Gold', 'Tier', 'tier'],
    ['union Thing = Robot'],
  ],
  'a type without fields goes, and all that returns it': [
    denied(['Gold.grams']),
    ['Gold', 'Vault', 'vault'],
    ['Thing'],
  ],
  'a field that one type behind an interface does not keep, the interface does not keep': [
    denied(['Robot.salary']),
    ['interface Named {\n  name: String\n  salary'],
    ['type Person implements Named {\n  name: String\n  salary: Int'],
  ],
  'a denied value of an enum and a denied argument': [
    denied([], [], ['Sort.SALARY', 'Query.people(tier:)']),
    ['SALARY', 'people(sort: Sort, tier'],
    ['NAME', 'enum Tier'],
  ],
  'an input that changes what may not be seen goes, and the act that cannot be without it': [
    {
      ...denied(['Person.salary']),
      writes: new Map([
        ['PromoteInput.salary', ['Person.salary']],
        ['Filter.salaryAbove', ['Person.salary']],
      ]),
    },
    ['promote', 'PromoteInput', 'salaryAbove'],
    ['input Filter', 'rename'],
  ],
  'only the acts that are named': [{ ...OPEN, acts: { rename: {} } }, ['promote', 'PromoteInput'], ['rename']],
  'no act at all': [{ ...OPEN, acts: {} }, ['Mutation', 'PromoteInput'], ['people']],
};
for (const [name, [view, gone, kept]] of Object.entries(CASES)) {
  test(`a contract: ${name}`, () => {
    const schema = contractSchema(SOURCE, view);
    const text = printSchema(schema);
    assert.deepEqual(faultsOf(contractSdl(SOURCE, view)), []);
    for (const part of gone) assert.ok(!text.includes(part), `${part} is still in\n${text}`);
    for (const part of kept) assert.ok(text.includes(part), `${part} is missing in\n${text}`);
    assert.equal(clean(contractSdl(SOURCE, view)), text, 'the text says the same');
  });
}

test('a contract keeps descriptions and adds what is masked and how much an act may move', () => {
  const text = contractSdl(SOURCE, {
    ...OPEN,
    acts: { rename: { upTo: { EUR: '500.00', USD: '600.00' } } },
    masks: new Map([['Person.email', 'EMAIL']]),
  });
  assert.match(text, /"""Everybody there is\."""/);
  assert.match(text, /Where to write to\.\s+Masked \(EMAIL\): only its first letter and its domain are shown\./);
  assert.match(text, /Gives another name\.\s+At most 500\.00 EUR or 600\.00 USD for one act\./);
});

test('a contract stands in the order of its source, whatever the order of what is denied', () => {
  const one = contractSdl(SOURCE, denied(['Person.vault', 'Robot.salary'], [], ['Sort.SALARY', 'Filter.name']));
  const other = contractSdl(SOURCE, denied(['Robot.salary', 'Person.vault'], [], ['Filter.name', 'Sort.SALARY']));
  assert.equal(one, other);
  const names = parse(one).definitions.map((definition) => ('name' in definition ? definition.name?.value : ''));
  const inSource = parse(printSchema(SOURCE)).definitions.map((one) => ('name' in one ? one.name?.value : ''));
  assert.deepEqual(
    names,
    inSource.filter((name) => names.includes(name)),
  );
});

test('who may ask nothing reads a graph without any field', () => {
  const schema = contractSchema(SOURCE, denied(['Query.people', 'Query.things', 'Query.named']));
  assert.deepEqual(Object.keys(schema.getQueryType()?.getFields() ?? { none: 0 }), []);
});

/** Of the scopes held: each alone, each beside the one that most of the graph begins with, all but each; or all pairs. */
function tried(scopes: readonly string[]): (readonly string[])[] {
  const pairsOf = (some: readonly string[]) => some.flatMap((one) => scopes.map((other) => [one, other]));
  return [
    ...Object.values(ROLES).map((role) => role.scopes),
    ...scopes.map((one) => [one]),
    ...pairsOf(ALL_PAIRS ? scopes : ['customer:read']),
    ...scopes.map((one) => scopes.filter((other) => other !== one)),
  ];
}

test("every contract of the hub's own graph is valid and names nothing that is denied, for each role and for scopes held alone, together and all but one", () => {
  const sdl = readFileSync(new URL('../../../schema/supergraph.graphql', import.meta.url), 'utf8');
  const { schema } = createPlanner(sdl);
  const deniedTo = createScopePolicy(readRequirements(parse(sdl)), schema);
  const { writes } = readOwnership(sdl);
  const contracts = createContracts({ schema, deniedTo, classes: readDataClasses(sdl), writes });
  const groups = Map.groupBy(tried(Object.keys(SCOPES)), (held) => deniedTo(held).key);
  let opened = 0;
  for (const [held = []] of groups.values()) {
    const contract = contracts.schemaFor({ scopes: held, unmasked: [], acts: null });
    const asks = Object.keys(contract.getQueryType()?.getFields() ?? {}).length > 0;
    if (asks) assert.deepEqual(faultsOf(printSchema(contract)), [], held.join());
    opened += asks ? 1 : 0;
    const { fields, types } = deniedTo(held);
    const seen = Object.values(contract.getTypeMap()).flatMap((type) => [
      ...(types.has(type.name) ? [type.name] : []),
      ...(isObjectType(type) || isInterfaceType(type) ? Object.keys(type.getFields()) : [])
        .map((field) => `${type.name}.${field}`)
        .filter((coordinate) => fields.has(coordinate)),
    ]);
    assert.deepEqual(seen, [], held.join());
  }
  assert.ok(opened > groups.size / 2, `only ${opened} of ${groups.size} open anything`);
});
