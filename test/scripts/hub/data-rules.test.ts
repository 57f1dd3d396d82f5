import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dataProblems } from '../../../scripts/hub/data-rules.ts';
import { readSubgraphFiles } from '../../../scripts/hub/subgraph-files.ts';

const problemsOf = (fields: string, type = 'type Thing') =>
  dataProblems([{ name: 'erp', file: 'erp.graphql', sdl: `${type} { ${fields} }` }]).map(
    ({ at, wrong }) => `${at} ${wrong}`,
  );

test('a mask that its field cannot carry is refused', () => {
  const refused = {
    'a: Int @data(class: FINANCIAL, mask: LAST4)': /LAST4, but is no text/,
    'a: Address @data(class: PERSONAL, mask: EMAIL)': /EMAIL, but is no text/,
    'a: Int! @data(class: PERSONAL, mask: HIDE)': /hidden, but never null/,
    'a: [Address!]! @data(class: SECRET)': /hidden, but never null/,
    'a: String @data(class: INTERNAL, mask: HIDE)': /everybody sees INTERNAL/,
    'a: String! @data(class: PERSONAL, purpose: MARKETING) @requiresScopes(scopes: [["a"]])': /has a purpose/,
    'a: String @data(class: PERSONAL, purpose: MARKETING)': /has a purpose/,
    'workEmail: String': /no mask/,
    'phone: [String!] @data(class: PERSONAL)': /no mask/,
    'iban: ID!': /no mask/,
  };
  for (const [field, wrong] of Object.entries(refused)) {
    const problems = problemsOf(field);
    assert.equal(problems.length, 1, field);
    assert.match(problems[0] ?? '', wrong);
  }
  assert.match(problemsOf('a: Int!', 'type Thing @data(class: PERSONAL, mask: HIDE)')[0] ?? '', /Thing\.a is hidden/);
});

test('a mask that fits its field is not', () => {
  for (const field of [
    'email: String! @data(class: PERSONAL, mask: EMAIL)',
    'phones: [String!]! @data(class: PERSONAL, mask: LAST4)',
    'name: String! @data(class: PERSONAL, mask: HIDE)',
    'home: Address @data(class: PERSONAL, mask: HIDE)',
    'token: String @data(class: SECRET)',
    'emailConsent: Boolean',
    'mail: String @data(class: PERSONAL, purpose: MARKETING) @requiresScopes(scopes: [["a"]])',
  ]) {
    assert.deepEqual(problemsOf(field), [], field);
  }
});

test('the own graph keeps every mask', () => {
  assert.deepEqual(dataProblems(readSubgraphFiles()), []);
});
