import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildSchema, findBreakingChanges, parse, validate } from 'graphql';
import type { RegisteredOperation } from '../../../gateway/operations/registry.ts';
import { AUDIENCES } from '../../../scripts/hub/audiences.ts';
import { readGraph, supergraphText } from '../../../scripts/hub/graph.ts';
import { impactOf, placeOf } from '../../../scripts/hub/impact.ts';
import { impactJson, impactText } from '../../../scripts/hub/impact-text.ts';
import { composed } from '../../gateway/hub.ts';

const NO_RESOLVERS = { resolvers: {} };
const GOVERNANCE = `
  extend schema
    @link(url: "https://concord.example/governance/v1.0", import: ["@owner"])
    @composeDirective(name: "@owner")
  directive @owner(system: System!, until: Milestone, then: System) repeatable on FIELD_DEFINITION | OBJECT
  enum System { HUB ERP CRM }
  enum Milestone { ORDER_ACCEPTED }
`;
const CRM = `
  type Query { customer(id: ID!, tier: Tier): Customer @requiresScopes(scopes: [["customer:read"]]) }
  type Mutation { rename(input: RenameInput!): Customer }
  enum Tier { GOLD SILVER }
  input RenameInput { id: ID!, name: String! }
  type Customer @key(fields: "id") {
    id: ID! @owner(system: HUB)
    name: String @owner(system: CRM)
    oldName: String @owner(system: CRM) @deprecated(reason: "Use name. Goes on 2027-01-31.")
    address: Address @owner(system: CRM, until: ORDER_ACCEPTED, then: ERP)
  }
  type Address { city: String }
`;
const ERP = `
  type Query { invoice(id: ID!): Invoice @requiresScopes(scopes: [["invoice:read"]]) }
  type Invoice { number: String!, total: Int }
`;
/** A supergraph; each change is a text of the schemas and what stands there instead. */
function graph(...changes: readonly [from: string, to: string][]): string {
  const changed = (sdl: string) => changes.reduce((text, [from, to]) => text.replace(from, to), sdl);
  for (const [from] of changes) assert.ok((CRM + ERP).includes(from), `${from} is in the schemas`);
  return composed({
    crm: { sdl: GOVERNANCE + changed(CRM), ...NO_RESOLVERS },
    erp: { sdl: changed(ERP), ...NO_RESOLVERS },
  });
}
const operation = (name: string, body: string): RegisteredOperation => ({
  id: name.toLowerCase(),
  name,
  type: body.startsWith('mutation') ? 'mutation' : 'query',
  body,
});
const OPERATIONS = [
  operation('Names', 'query Names { customer(id: 1) { name oldName } }'),
  operation('City', 'query City($tier: Tier) { customer(id: 1, tier: $tier) { address { city } } }'),
  operation('Rename', 'mutation Rename($input: RenameInput!) { rename(input: $input) { id } }'),
  operation('Gold', 'query Gold { customer(id: 1, tier: GOLD) { ...N } } fragment N on Customer { name }'),
  operation('Total', 'query Total { invoice(id: 1) { total } }'),
  operation('Unfit', 'query Unfit { nothing }'),
];
const TODAY = '2026-11-21';
const impact = (today: string, ...changes: [string, string][]) =>
  impactOf({ before: graph(), after: graph(...changes), operations: OPERATIONS, today });
const brokenIn = (today: string, ...changes: [string, string][]) =>
  impact(today, ...changes).broken.map(({ operation: { name }, announced }) =>
    announced ? `${name} announced` : name,
  );

test('a graph that is the same concerns nobody', () => {
  assert.equal(impactText(impact(TODAY), false), 'The graph is the same for everybody.');
});

const CHANGES: Readonly<Record<string, [from: string, to: string, broken: readonly string[]]>> = {
  'a field goes': ['type Address { city: String }', 'type Address { town: String }', ['City']],
  'a field may be null now': ['id: ID! @owner', 'id: ID @owner', ['Rename']],
  'a field is of another type': ['total: Int', 'total: String', ['Total']],
  'an argument goes': ['customer(id: ID!, tier: Tier)', 'customer(id: ID!)', ['City', 'Gold']],
  'an argument becomes required': [
    'customer(id: ID!, tier: Tier)',
    'customer(id: ID!, tier: Tier!)',
    ['Names', 'City', 'Gold'],
  ],
  'a value that variables may hold goes': ['enum Tier { GOLD SILVER }', 'enum Tier { GOLD }', ['City']],
  'a value that is written in the operation goes': [
    'enum Tier { GOLD SILVER }',
    'enum Tier { SILVER }',
    ['City', 'Gold'],
  ],
  'an input field becomes required': ['name: String! }', 'name: String!, why: String! }', ['Rename']],
  'an act goes': [
    'type Mutation { rename(input: RenameInput!)',
    'type Mutation { call(input: RenameInput!)',
    ['Rename'],
  ],
  'a field comes': ['total: Int', 'total: Int, tax: Int', []],
  'a description comes': ['total: Int', '"Before tax." total: Int', []],
};
for (const [name, [from, to, broken]] of Object.entries(CHANGES)) {
  test(`${name}: ${broken.length === 0 ? 'breaks no registered operation' : `breaks ${broken.join(', ')}`}`, () => {
    assert.deepEqual(brokenIn(TODAY, [from, to]), broken);
  });
}

test('a field may go once the day that its deprecation names has come, and not before', () => {
  const gone: [string, string] = [
    'oldName: String @owner(system: CRM) @deprecated(reason: "Use name. Goes on 2027-01-31.")',
    '',
  ];
  assert.deepEqual(brokenIn('2027-01-30', gone), ['Names']);
  assert.deepEqual(brokenIn('2027-01-31', gone), ['Names announced']);
  // Announced was oldName alone.
  assert.deepEqual(brokenIn('2027-01-31', gone, ['name: String @owner(system: CRM)', '']), ['Names', 'Gold']);
});

test('each owner of what changes is named, at a handover both, and without an owner the system that has it', () => {
  const { owners } = impact(
    TODAY,
    ['name: String @owner(system: CRM)', 'title: String @owner(system: CRM)'],
    ['address: Address', '"Where it is." address: Address'],
    ['total: Int', 'total: Int, tax: Int'],
  );
  assert.deepEqual(Object.fromEntries(owners), {
    CRM: ['Customer.name', 'Customer.title', 'Customer.address'],
    ERP: ['Invoice.tax', 'Customer.address'],
  });
});

test('only the audiences that see a change are named, with what they see of it', () => {
  const { contracts } = impact(TODAY, ['total: Int', 'total: Int, tax: Int']);
  assert.deepEqual([...contracts.keys()], ['operator', 'support', 'portal']); // a partner has no invoice:read
  assert.deepEqual(contracts.get('portal'), ['+ Invoice.tax: Int']);
});

test('a scope that is asked for anew takes the field from the audiences without it, though the graph is the same', () => {
  const { changes, contracts } = impact(TODAY, [
    'name: String @owner(system: CRM)',
    'name: String @owner(system: CRM) @requiresScopes(scopes: [["support:read"]])',
  ]);
  assert.deepEqual([changes.added, changes.removed, changes.changed], [[], [], []]);
  assert.deepEqual(contracts.get('partner'), ['- Customer.name: String']);
  assert.equal(contracts.get('support'), undefined);
});

test('the report names changes, owners, contracts and operations, and what to do', () => {
  const found = impact(TODAY, ['total: Int', 'sum: Int']);
  const text = impactText(found, false);
  for (const part of [
    'The graph: 2 changes',
    '- Invoice.total: Int',
    '+ Invoice.sum: Int',
    'ERP: Invoice.total, Invoice.sum',
    'Contract of portal: 2 changes',
    'Registered operation Total (total) breaks',
    'Invoice.total was removed.',
    '1 registered operation would break. Keep the fields, deprecate them',
  ]) {
    assert.ok(text.includes(part), `${part} is missing in\n${text}`);
  }
  assert.match(impactText(found, true), /allowed by --allow-breaking\.$/);
  assert.deepEqual(JSON.parse(impactJson(found)).broken[0].operation, { name: 'Total', id: 'total' });
});

test('every kind of breaking change that graphql-js tells has its place', () => {
  const before = buildSchema(`
    interface Named { name: String }
    type Query implements Named { name: String, a(x: Int, y: Int): Int, gone: Gone, u: U, kind: Gone2, e(e: E): Int, i(i: I): Int }
    type Gone { a: Int }  type Gone2 { a: Int }  type U1 { a: Int }  type U2 { a: Int }  union U = U1 | U2  enum E { A B }
    input I { a: Int }
  `);
  const after = buildSchema(`
    interface Named { name: String }
    type Query { name: String, a(x: String, z: Int!): Float, u: U, kind: Gone2, e(e: E): Int, i(i: I): Int }
    input Gone2x { a: Int }  scalar Gone2  type U1 { a: Int }  type U2 { a: Int }  union U = U1  enum E { A }
    input I { a: Int, b: Int! }
  `);
  const places = findBreakingChanges(before, after).map((change) => `${change.type} ${placeOf(change)}`);
  assert.deepEqual(places.sort(), [
    'ARG_CHANGED_KIND Query.a(x:)',
    'ARG_REMOVED Query.a(y:)',
    'FIELD_CHANGED_KIND Query.a',
    'FIELD_REMOVED Query.gone',
    'IMPLEMENTED_INTERFACE_REMOVED Query',
    'REQUIRED_ARG_ADDED Query.a',
    'REQUIRED_INPUT_FIELD_ADDED I',
    'TYPE_CHANGED_KIND Gone2',
    'TYPE_REMOVED Gone',
    'TYPE_REMOVED_FROM_UNION U2',
    'VALUE_REMOVED_FROM_ENUM E.B',
  ]);
});

test('each committed operation fits the contract of the audience whose folder it lies in', () => {
  const folder = new URL('../../../schema/operations/', import.meta.url);
  const { contracts } = readGraph(supergraphText());
  const files = globSync('**/*.graphql', { cwd: folder });
  assert.ok(files.length > 0);
  for (const file of files) {
    const audience = AUDIENCES.find(({ name }) => file.startsWith(`${name}/`));
    assert.ok(audience, `${file} lies in the folder of an audience`);
    const body = parse(readFileSync(new URL(file, folder), 'utf8'));
    assert.deepEqual(validate(contracts.schemaFor(audience.rights), body), [], file);
  }
});
