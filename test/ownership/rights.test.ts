import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { readOwnership } from '../../platform/ownership/ownership.ts';
import { judgeWrites } from '../../platform/ownership/rights.ts';
import { MILESTONES } from '../../subgraphs/process/milestones.ts';
import { ownershipOfTheGraph, rightsTable } from './rights-table.ts';

const graph = ownershipOfTheGraph();

test('who may write what, in every field and stage of the graph, is as it was agreed', () => {
  const agreed = readFileSync(new URL('./rights.txt', import.meta.url), 'utf8').split('\n');
  const now = rightsTable(graph).split('\n');
  const row = (line: string) => line.replace(/ {2,}/g, '  '); // a longer name moves the columns of all
  const before = new Set(agreed.map(row));
  const after = new Set(now.map(row));
  const changed = [
    ...[...before].filter((line) => !after.has(line)).map((line) => `- ${line}`),
    ...[...after].filter((line) => !before.has(line)).map((line) => `+ ${line}`),
  ];
  assert.deepEqual(changed, [], 'if this is meant: node test/ownership/rights-table.ts > test/ownership/rights.txt');
});

test('the rules of the design hold, said again by hand', () => {
  const reached = new Set(['ORDER_ACCEPTED']);
  const cases: readonly (readonly [
    field: string,
    actsFor: string | null,
    ordered: boolean,
    right: string,
    owner: string,
  ])[] = [
    ['legalName', 'ERP', false, 'ALLOWED', 'ERP'],
    ['legalName', 'CRM', true, 'PROPOSAL', 'ERP'],
    ['legalName', null, true, 'PROPOSAL', 'ERP'],
    ['billingAddress', 'CRM', false, 'ALLOWED', 'CRM'],
    ['billingAddress', 'CRM', true, 'PROPOSAL', 'ERP'],
    ['billingAddress', 'ERP', true, 'ALLOWED', 'ERP'],
    ['paymentTerms', 'CRM', true, 'NOT_OWNER', 'ERP'],
    ['supportTier', 'BILLING', true, 'NOT_OWNER', 'SUPPORT'],
    ['billingEmail', 'HUB', true, 'PROPOSAL', 'BILLING'],
  ];
  for (const [field, actsFor, ordered, right, owner] of cases) {
    const given = { input: { idempotencyKey: 'k', customerId: 'C-1', [field]: 'x' } };
    const judged = judgeWrites(graph, 'updateCustomer', given, { actsFor, reached: ordered ? reached : new Set() });
    assert.deepEqual(
      judged.map((one) => [one.field, one.right, one.owner]),
      [[`Customer.${field}`, right, owner]],
    );
  }
  const [terms] = judgeWrites(
    graph,
    'updateCustomer',
    { input: { paymentTerms: 'NET_30' } },
    { actsFor: 'CRM', reached },
  );
  assert.deepEqual([terms?.since, terms?.useMutation], ['ORDER_ACCEPTED', 'amendSubscription']);
});

const SDL = `
  type Query { a: Int }
  type Thing @key(fields: "id") @owner(system: ERP) {
    id: ID!
    name: String @owner(system: CRM, until: ORDER_ACCEPTED, then: ERP)
    price: Int
  }
  type Mutation { change(input: Change!, note: String): Thing, buy(input: Buy!): Thing, other: Int }
  input Change { key: ID! @writes(field: "NONE"), name: String @writes(field: "Thing.name"), parts: [Part!] @writes(field: "NONE"), inner: Change @writes(field: "NONE") }
  input Part { price: Int @writes(field: "Thing.price") }
  input Buy { price: Int @writes(field: "Thing.price", judgedBy: OWNER), again: Part @writes(field: "NONE") }
`;
const small = readOwnership(SDL);
const fieldsOf = (
  act: string,
  given: Record<string, unknown>,
  actsFor: string | null,
  reached: Set<string> | 'UNKNOWN',
) => judgeWrites(small, act, given, { actsFor, reached }).map(({ field, right }) => `${field} ${right}`);

test('only what was given is judged, at any depth and in any entry of a list; null is a value', () => {
  const none = new Set<string>();
  const cases: readonly (readonly [object, readonly string[]])[] = [
    [{ key: 'k' }, []],
    [{ name: undefined }, []],
    [{ name: null }, ['Thing.name NOT_OWNER']],
    [{ parts: [] }, []],
    [{ parts: [{}, { price: 1 }] }, ['Thing.price NOT_OWNER']],
    [{ parts: { price: 1 } }, ['Thing.price NOT_OWNER']], // GraphQL takes one entry for a list
    [{ inner: { key: 'k' } }, ['Thing.name NOT_OWNER', 'Thing.price NOT_OWNER']], // has no end: judged as a whole
  ];
  for (const [input, expected] of cases) {
    assert.deepEqual(fieldsOf('change', { input }, 'BILLING', none), expected, JSON.stringify(input));
  }
  assert.deepEqual(fieldsOf('other', {}, null, none), []);
});

test('at an unknown stage only who acts for every possible owner may write', () => {
  const given = { input: { name: 'x' } };
  for (const actsFor of ['CRM', 'ERP', null]) {
    assert.deepEqual(fieldsOf('change', given, actsFor, 'UNKNOWN'), ['Thing.name NOT_OWNER'], String(actsFor));
  }
  assert.deepEqual(fieldsOf('change', { input: { parts: [{ price: 1 }] } }, 'ERP', 'UNKNOWN'), ['Thing.price ALLOWED']);
});

test('where the owner’s own rules judge, anybody may ask; beside a stricter input of the same field the stricter counts', () => {
  assert.deepEqual(fieldsOf('buy', { input: { price: 1 } }, null, 'UNKNOWN'), ['Thing.price ALLOWED']);
  const both = { input: { price: 1, again: { price: 2 } } };
  assert.deepEqual(fieldsOf('buy', both, null, 'UNKNOWN'), ['Thing.price NOT_OWNER']);
});

test('each milestone is told by the system that the schema names', () => {
  const asked = Object.fromEntries(Object.entries(MILESTONES).map(([milestone, { owner }]) => [milestone, [owner]]));
  assert.deepEqual(Object.fromEntries(graph.milestones), asked);
});
