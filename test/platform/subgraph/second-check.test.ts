import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { execute, parse } from 'graphql';
import { systemClock } from '../../../platform/clock.ts';
import { silentLog } from '../../../platform/log.ts';
import { principalOf } from '../../../platform/principal.ts';
import { CALL_HEADER, encodeCall } from '../../../platform/subgraph/call-header.ts';
import { createOperations } from '../../../platform/subgraph/operations.ts';
import { serveSubgraph } from '../../../platform/subgraph/serve.ts';
import { SIGNATURE_HEADER, sign } from '../../../platform/subgraph/sign.ts';

const SDL = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@requiresScopes", "@policy"])
  type Query {
    open: Person
    closed: Person @requiresScopes(scopes: [["hr"]])
    level: Level
    named: Named
    desk: Int @policy(policies: [["desk"]])
  }
  type Mutation { fire: Int @requiresScopes(scopes: [["hr"]]) }
  enum Level @requiresScopes(scopes: [["hr"]]) { HIGH }
  interface Named { salary: Int }
  type Person implements Named @key(fields: "ssn") {
    ssn: ID! @requiresScopes(scopes: [["hr"]])
    name: String
    salary: Int @requiresScopes(scopes: [["hr"], ["tax", "pay"]])
    friends: [Person!]
  }
`;

function office() {
  const ran: string[] = [];
  const person = { __typename: 'Person', ssn: 'canary', name: 'Ada', friends: [{ name: 'Bob' }] };
  const schema = buildSubgraphSchema({
    typeDefs: parse(SDL),
    resolvers: {
      Query: {
        open: () => person,
        named: () => person,
        level: () => 'HIGH',
        desk: () => 1,
        closed: () => {
          ran.push('closed');
          return person;
        },
      },
      Mutation: {
        fire: () => {
          ran.push('fire');
          return 1;
        },
      },
      Person: {
        __resolveReference: (reference: object) => ({ ...person, ...reference }),
        salary: () => {
          ran.push('salary');
          return 1234567;
        },
      },
    },
  });
  return { schema, ran, operations: createOperations(schema) };
}

const caller = (...scopes: string[]) => principalOf({ id: 'k', name: 'k', scopes });
const told = (errors: readonly { path?: unknown; extensions: Record<string, unknown> }[] = []) =>
  errors.map(({ path, extensions }) => [extensions.code, (path as unknown[])?.join('.')]);

test('a field that the gateway should have cut is refused at its path, and its resolver does not run', async () => {
  const { operations, ran } = office();
  const query = '{ open { name salary friends { salary } } closed { name } level named { salary } }';
  const { data, errors } = await operations.run({ query }, {}, caller('tax'));
  assert.deepEqual(JSON.parse(JSON.stringify(data)), {
    open: { name: 'Ada', salary: null, friends: [{ salary: null }] },
    closed: null,
    level: null,
    named: { salary: null },
  });
  assert.deepEqual(told(errors).sort(), [
    ['FORBIDDEN_FIELD', 'closed'],
    ['FORBIDDEN_FIELD', 'level'],
    ['FORBIDDEN_FIELD', 'named.salary'],
    ['FORBIDDEN_FIELD', 'open.friends.0.salary'],
    ['FORBIDDEN_FIELD', 'open.salary'],
  ]);
  assert.deepEqual(ran, []);
});

test('who holds the scopes, or is the hub itself, is answered', async () => {
  const { operations } = office();
  const query = '{ open { salary ssn } closed { name } level }';
  for (const who of [caller('hr'), { ...caller(), kind: 'HUB' as const }]) {
    assert.equal((await operations.run({ query }, {}, who)).errors, undefined);
  }
  const part = await operations.run({ query: '{ open { salary } }' }, {}, caller('pay', 'tax', 'tax'));
  assert.equal(part.errors, undefined, 'the other group of scopes');
});

test('an act is refused before it runs', async () => {
  const { operations, ran } = office();
  const { errors } = await operations.run({ query: 'mutation { fire }' }, {}, caller());
  assert.deepEqual([told(errors), ran], [[['FORBIDDEN_FIELD', 'fire']], []]);
});

test('B12 what the graph itself needs is let through for this fetch, and for no other', async () => {
  const { operations } = office();
  const query = '{ open { ssn salary } }';
  const { data, errors } = await operations.run({ query, inputs: ['Person.ssn'] }, {}, caller());
  assert.deepEqual(JSON.parse(JSON.stringify(data)), { open: { ssn: 'canary', salary: null } });
  assert.deepEqual(told(errors), [['FORBIDDEN_FIELD', 'open.salary']]);
  const without = await operations.run({ query }, {}, caller());
  assert.deepEqual(JSON.parse(JSON.stringify(without.data)), { open: null }, 'the null climbs');
});

test('an entity is judged as any other object', async () => {
  const { operations } = office();
  const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Person { name salary } } }';
  const variables = { r: [{ __typename: 'Person', ssn: '1' }] };
  const { data, errors } = await operations.run({ query, variables }, {}, caller());
  assert.deepEqual(JSON.parse(JSON.stringify(data)), { _entities: [{ name: 'Ada', salary: null }] });
  assert.deepEqual(told(errors), [['FORBIDDEN_FIELD', '_entities.0.salary']]);
});

test('a policy is the gateway’s to judge', async () => {
  const { operations } = office();
  assert.equal((await operations.run({ query: '{ desk }' }, {}, caller())).errors, undefined);
});

test('where nobody has judged the caller, the field is denied', async () => {
  const { schema } = office();
  const { errors } = await execute({ schema, document: parse('{ closed { name } }') });
  assert.deepEqual(told(errors), [['FORBIDDEN_FIELD', 'closed']]);
});

test('over HTTP the caller is the signed one, and so are the inputs', async (t) => {
  const { schema } = office();
  const secret = 'shared-by-gateway-and-subgraphs';
  const subgraph = { name: 'office', schema, contextFor: () => ({}) };
  const served = await serveSubgraph(subgraph, { host: '127.0.0.1', port: 0, secret, log: silentLog });
  t.after(() => served.close());
  const post = async (scopes: string[], body: string, signedBody = body) => {
    const deadlineAt = systemClock.now() + 10_000;
    const callHeader = encodeCall({ correlationId: 'c', deadlineAt, principal: caller(...scopes) });
    const signature = sign({ secret, subgraph: 'office', body: signedBody, callHeader }, systemClock.now());
    const response = await fetch(served.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', [CALL_HEADER]: callHeader, [SIGNATURE_HEADER]: signature },
      body,
    });
    return { status: response.status, text: await response.text() };
  };
  const query = '{ open { name ssn } }';
  const asked = JSON.stringify({ query });
  const withInputs = JSON.stringify({ query, extensions: { inputs: ['Person.ssn'] } });
  assert.match((await post([], asked)).text, /"FORBIDDEN_FIELD"/);
  assert.doesNotMatch((await post([], asked)).text, /canary/);
  assert.match((await post(['hr'], asked)).text, /canary/);
  assert.match((await post([], withInputs)).text, /canary/);
  assert.equal((await post([], withInputs, asked)).status, 401, 'inputs that were added on the way');
});
