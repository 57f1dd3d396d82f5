import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { check } from '../../../scripts/hub/check.ts';
import { findProblems } from '../../../scripts/hub/governance.ts';
import { ownershipPage } from '../../../scripts/hub/ownership-page.ts';
import type { SubgraphFile } from '../../../scripts/hub/subgraph-files.ts';

const SHARED = readFileSync(new URL('../../../schema/shared.graphql', import.meta.url), 'utf8');
const file = (name: string, sdl: string): SubgraphFile => ({ name, file: `subgraphs/${name}/schema.graphql`, sdl });
const problemsOf = (...files: SubgraphFile[]) =>
  findProblems(files, SHARED).map(({ file: at, at: what, wrong }) => [at, what, wrong]);

const IDENTITY = file('identity', 'type Customer @key(fields: "id") @owner(system: HUB) { id: ID!, name: String! }');

test('a graph where each field has its owner, and each input its field, has no problem', () => {
  const erp = file(
    'erp',
    `type Customer @key(fields: "id") { id: ID!, terms: String @owner(system: CRM, until: ORDER_ACCEPTED, then: ERP) }
     type Mutation { change(input: Change!): Customer }
     input Change { key: ID! @writes(field: "NONE"), terms: String @writes(field: "Customer.terms") }
     type Query { find(where: Where, orderBy: Order): Int, search(search: String @reads(field: "NONE"), first: Int): Int }
     input Where { terms: String @reads(field: "Customer.terms") }
     enum Order { TERMS @reads(field: "Customer.terms") }`,
  );
  assert.deepEqual(problemsOf(IDENTITY, erp), []);
});

test('each rule that is broken is told with the file, the field, and what would be right', () => {
  const cases: Record<string, [erp: string, at: string, wrong: RegExp]> = {
    'no owner': [
      'type Thing @key(fields: "id") { id: ID! @owner(system: ERP), name: String }',
      'Thing.name',
      /no owner/,
    ],
    'two owners': [
      'type Thing @key(fields: "id") @owner(system: ERP) { id: ID!, a: Int @owner(system: ERP) @owner(system: CRM) }',
      'Thing.a',
      /two owners/,
    ],
    'owned in two subgraphs': [
      'type Customer @key(fields: "id") { id: ID!, name: String @owner(system: ERP) }',
      'Customer.name',
      /two owners/,
    ],
    'half a handover': [
      'type Thing @key(fields: "id") @owner(system: ERP) { id: ID!, a: Int @owner(system: ERP, until: ORDER_ACCEPTED) }',
      'Thing.a',
      /half a handover/,
    ],
    'the field of another system': [
      'type Customer @key(fields: "id") { id: ID!, segment: String @owner(system: CRM) }',
      'Customer.segment',
      /speaks for ERP, but owned by CRM/,
    ],
    'an addition that is never null': [
      'type Customer @key(fields: "id") { id: ID!, balance: Int! @owner(system: ERP) }',
      'Customer.balance',
      /never null/,
    ],
    'an order that does not say what it reads': [
      'type Query { a(orderBy: Order): Int } enum Order { NAME @reads(field: "Customer.name") CREDIT }',
      'Query.a(orderBy:)',
      /does not say which fields it finds or orders by/,
    ],
    'a search that reads what is no field': [
      'type Query { a(search: String @reads(field: "Customer.nobody")): Int }',
      'Query.a(search:)',
      /reads Customer.nobody, which is no field/,
    ],
    'an input without @writes': [
      'type Mutation { go(input: In!): Int } input In { a: [Deep!] @writes(field: "NONE") } input Deep { b: Int }',
      'Deep.b',
      /does not say what it changes/,
    ],
    'an input that writes nowhere': [
      'type Mutation { go(input: In!): Int } input In { a: Int @writes(field: "Customer.shoeSize") }',
      'In.a',
      /Customer\.shoeSize, which is no field/,
    ],
    'a scoped field that blanks its parent in silence': [
      'type Report { total: Int! @requiresScopes(scopes: [["x"]]) }',
      'Report.total',
      /asks for scopes and is never null/,
    ],
  };
  for (const [name, [sdl, at, wrong]] of Object.entries(cases)) {
    const problems = findProblems([IDENTITY, file('erp', sdl)], SHARED).filter((problem) => problem.at === at);
    assert.ok(
      problems.some((problem) => wrong.test(problem.wrong) && problem.right.length > 10),
      `${name}: ${JSON.stringify(problems)}`,
    );
    assert.ok(
      problems.every((problem) => /^subgraphs\/(erp|identity)\//.test(problem.file)),
      name,
    );
  }
});

test('milestones, proposals and observed values are such that somebody can decide by them', () => {
  const cases: readonly (readonly [sdl: string, shared: string, at: string, wrong: RegExp])[] = [
    ['type Thing { a: Int }', 'enum Milestone { BORN }', 'Milestone.BORN', /no owner/],
    [
      'type Thing { a: Int }',
      'enum Milestone { BORN @owner(system: ERP) @owner(system: CRM) }',
      'Milestone.BORN',
      /2 owners/,
    ],
    [
      'type Thing @key(fields: "id") @owner(system: ERP) { id: ID!, a: Int @owner(system: ERP, proposals: true) }',
      '',
      'Thing.a',
      /no act/,
    ],
    [
      `type Thing @key(fields: "id") @owner(system: ERP) { id: ID!, a: Int @owner(system: ERP, proposals: true) }
       type Mutation { go(input: In!): Int } input In { a: Int @writes(field: "Thing.a", judgedBy: OWNER) }`,
      '',
      'Thing.a',
      /no act judged by its caller/,
    ],
    ['type Thing { seen: [ObservedValue!] @owner(system: ERP) }', '', 'Thing.seen', /is not how ERP tells/],
    ['type Thing { observedByErp: [ObservedValue!] @owner(system: CRM) }', '', 'Thing.observedByErp', /is not how ERP/],
  ];
  for (const [sdl, shared, at, wrong] of cases) {
    const problems = findProblems([file('erp', sdl)], `enum System { HUB ERP CRM }\n${shared}`);
    assert.ok(
      problems.some((problem) => problem.at === at && wrong.test(problem.wrong)),
      JSON.stringify(problems),
    );
  }
});

test('an input that no act takes may stay silent', () => {
  assert.deepEqual(
    problemsOf(IDENTITY, file('erp', 'type Query { find(among: Filter): Int } input Filter { a: Int }')),
    [],
  );
});

test('the page tells owner, handover, protection, scopes and acts of each field', () => {
  const crm = file(
    'crm',
    `type Customer @key(fields: "id") {
       id: ID!
       email: String
         @owner(system: CRM, until: CONTRACT_ACTIVE, then: BILLING)
         @data(class: PERSONAL, mask: EMAIL, maxAgeSeconds: 60)
         @requiresScopes(scopes: [["a", "b"], ["c"]])
     }
     type Mutation { change(input: Change!): Customer }
     input Change { email: String @writes(field: "Customer.email") }`,
  );
  const page = ownershipPage([crm, IDENTITY], SHARED);
  assert.ok(
    page.includes(
      '| email | CRM | until CONTRACT_ACTIVE, then BILLING |  |  | PERSONAL | EMAIL | 60 s | a and b, or c | change |',
    ),
    page,
  );
  assert.equal(page.match(/^\| id \|/gm)?.length, 1, 'a key is told once');
});

test('the schemas of the hub keep the rules, and the page is current', async () => {
  assert.equal(await check({ check: true }), 0);
});
