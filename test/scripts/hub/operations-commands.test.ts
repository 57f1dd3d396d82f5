import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { Command } from 'commander';
import { ManifestError } from '../../../gateway/operations/manifest.ts';
import { addOperations } from '../../../scripts/hub/operations.ts';
import { composed } from '../../gateway/hub.ts';

const folder = mkdtempSync(join(tmpdir(), 'concord-operations-'));
after(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => {
  process.exitCode = 0; // the commands set it, and it is also this process's own
});

const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const operation = (name: string, body: string) => ({ id: name.toLowerCase(), name, type: 'query', body });
const manifest = (...operations: readonly object[]): string =>
  file('manifest.json', JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations }));

/** What `hub operations …` prints, and its exit code. */
async function operations(...args: readonly string[]): Promise<{ text: string; exitCode: unknown }> {
  const printed: string[] = [];
  const program = new Command('hub').exitOverride().configureOutput({ writeErr: () => {} });
  addOperations(
    program,
    (work) => work({ OPERATIONS: 'registered', OPERATIONS_FILE: '/nowhere', HUB_LIMIT_ROOT_FIELDS: '2' }),
    (text) => printed.push(text),
  );
  await program.parseAsync(['operations', ...args], { from: 'user' });
  return { text: printed.join('\n'), exitCode: process.exitCode ?? 0 };
}

const CUSTOMER = operation('Customer', 'query Customer($id: ID!) { customer(id: $id) { displayName } }');

test('operations that fit the hub’s own graph are counted, with exit code 0', async () => {
  const { text, exitCode } = await operations('check', manifest(CUSTOMER));
  assert.deepEqual([text, exitCode], ['1 of 1 registered operations fit the graph.', 0]);
});

test('operations that a supergraph breaks are named with what is wrong and where, with exit code 1', async () => {
  const supergraph = file(
    'next.graphql',
    composed({
      one: {
        sdl: 'type Query { customer(id: ID!): C, a: Int, b: Int, c: Int } type C { name: String }',
        resolvers: {},
      },
    }),
  );
  const path = manifest(
    CUSTOMER,
    operation('Fits', 'query Fits { customer(id: 1) { name } }'),
    operation('TooMuch', 'query TooMuch { a b c }'),
  );
  const { text, exitCode } = await operations('check', path, '--supergraph', supergraph);
  assert.equal(
    text,
    [
      'Customer (customer)',
      '  Cannot query field "displayName" on type "C". (line 1, column 48)',
      'TooMuch (toomuch)',
      '  The document is over the limit of 2 for root fields; ask in several requests',
      '2 of 3 registered operations do not fit the graph.',
    ].join('\n'),
  );
  assert.equal(exitCode, 1);
  const json = JSON.parse((await operations('check', path, '--supergraph', supergraph, '--json')).text);
  assert.equal(json.operations, 3);
  assert.deepEqual(json.broken[0], {
    name: 'Customer',
    id: 'customer',
    problems: [
      {
        message: 'Cannot query field "displayName" on type "C".',
        code: 'GRAPHQL_VALIDATION_FAILED',
        line: 1,
        column: 48,
      },
    ],
  });
});

test('a manifest that cannot be read is told as such', async () => {
  await assert.rejects(operations('check', join(folder, 'none')), ManifestError);
  await assert.rejects(operations('check', manifest({ ...CUSTOMER, body: '{' })), /^Error|Customer: cannot be parsed/);
});
