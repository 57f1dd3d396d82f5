import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gatewayConfig } from '../../../gateway/config.ts';
import { ManifestError, readManifest } from '../../../gateway/operations/manifest.ts';
import { createRegistry, sha256 } from '../../../gateway/operations/registry.ts';
import { ConfigError } from '../../../platform/config.ts';

/** A folder with these files. */
function folder(t: TestContext, files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'operations-'));
  t.after(() => rmSync(path, { recursive: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return path;
}
const manifest = (operations: readonly unknown[], more: object = {}) =>
  JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations, ...more });
const problemsOf = (path: string): readonly string[] => {
  try {
    readManifest(path);
  } catch (error) {
    assert.ok(error instanceof ManifestError);
    return error.problems;
  }
  return assert.fail('it was read');
};
const WHO = { id: 'w', name: 'Who', type: 'query', body: 'query Who { who }' };

test('a manifest is read as client build tools write it', (t) => {
  const write = { id: 'a'.repeat(64), name: 'Write', type: 'mutation', body: 'mutation Write { write(n: 1) }' };
  const path = folder(t, { 'm.json': manifest([WHO, { ...write, clientName: 'portal' }], { generatedBy: 'a tool' }) });
  assert.deepEqual(readManifest(join(path, 'm.json')), [WHO, write]);
});

test('a folder has one operation in each file, found below it too, and its id is the hash of its text', (t) => {
  const text = 'query Who { ...F }\nfragment F on Query { who }';
  const path = folder(t, {
    'b/who.graphql': `\n${text}\n\n`,
    'a.gql': 'mutation Write { write(n: 1) }',
    'README.md': '#',
  });
  assert.deepEqual(
    readManifest(path).map(({ id, name, type }) => [id, name, type]),
    [
      [sha256('mutation Write { write(n: 1) }'), 'Write', 'mutation'],
      [sha256(text), 'Who', 'query'],
    ],
  );
});

test('every problem of a manifest is told at once, by the name of its operation', (t) => {
  const path = folder(t, {
    'm.json': manifest([
      { ...WHO, id: '1', name: 'Other' },
      { ...WHO, id: '2', type: 'mutation' },
      { ...WHO, id: '3', name: 'Cut', body: 'query Cut {' },
      { ...WHO, id: '4', name: 'Two', body: 'query Two { who } query Three { who }' },
      { ...WHO, id: '5', name: '', body: '{ who }' },
      { ...WHO, id: '6', name: 'None', body: 'fragment F on Query { who }' },
      { ...WHO, id: '7', name: 'Sub', body: 'subscription Sub { who }' },
      { ...WHO, id: '8' },
      { ...WHO, id: '8', name: 'Same', body: 'query Same { who }' },
      { ...WHO, id: '8' },
      { ...WHO, id: sha256(WHO.body), name: 'Hash', body: 'query Hash { who }' },
    ]),
  });
  const problems = problemsOf(join(path, 'm.json'));
  const expected = [
    /^Other: the name must be "Who"/,
    /^Who: the type must be "query"/,
    /^Cut: cannot be parsed: .*line 1/,
    /^Two: must hold exactly one operation, and holds 2/,
    /^operations\.4: the operation has no name/,
    /^None: must hold exactly one operation, and holds 0/,
    /^Sub: the type must be "subscription"/,
    /^Same: has the id 8, and so has Who/,
    /^Who: has the id 8, and so has Same/,
    /^Hash: has the id [0-9a-f]{64}, and so has Who/,
  ];
  assert.equal(problems.length, expected.length, problems.join('\n'));
  for (const [index, pattern] of expected.entries()) assert.match(problems[index] ?? '', pattern);
});

test('what is no manifest is told with what would be one', (t) => {
  const path = folder(t, {
    'no.json': '{',
    'other.json': JSON.stringify({
      format: 'x',
      version: 2,
      operations: [{ id: 'a b', name: 1, type: 'list' }],
    }),
    'empty.json': manifest([]),
  });
  assert.match(problemsOf(join(path, 'no.json')).join(), /must be JSON in the form "apollo-persisted-query-manifest"/);
  assert.match(
    problemsOf(join(path, 'other.json')).join('\n'),
    /format: must be .*\nversion: must be 1\noperations\.0\.id: must be 1 to 256.*\noperations\.0\.name: .*\noperations\.0\.type: must be query, mutation or subscription.*\noperations\.0\.body: /,
  );
  assert.match(problemsOf(join(path, 'empty.json')).join(), /holds no operations/);
  assert.match(problemsOf(join(path, 'none.json')).join(), /cannot be read \(ENOENT\)/);
  assert.match(problemsOf(folder(t, {})).join(), /holds no operations/);
});

test('the configuration tells the problems of the manifest beside its own', (t) => {
  const path = folder(t, {
    'm.json': manifest([WHO]),
    'bad.json': manifest([
      { ...WHO, body: '{' },
      { ...WHO, name: 'X' },
    ]),
  });
  const { operations, registered } = gatewayConfig({ OPERATIONS: 'registered', OPERATIONS_FILE: join(path, 'm.json') });
  assert.deepEqual([operations, registered.length], ['registered', 1]);
  assert.deepEqual(gatewayConfig({}).registered, []);
  const problems = (env: Record<string, string>): readonly string[] => {
    try {
      gatewayConfig(env);
    } catch (error) {
      assert.ok(error instanceof ConfigError);
      return error.problems;
    }
    return [];
  };
  assert.match(
    problems({ OPERATIONS: 'registered' }).join(),
    /^OPERATIONS_FILE: is required while OPERATIONS=registered/,
  );
  const all = problems({ PORT: 'x', OPERATIONS: 'some', OPERATIONS_FILE: join(path, 'bad.json') });
  assert.equal(all.length, 4, all.join('\n'));
});

test('a text is found in any spacing, and only where it is the same document', () => {
  const body = 'query Who($id: ID!) {\n  customer(id: $id) { name }\n}';
  const registry = createRegistry([{ id: 'who', name: 'Who', type: 'query', body }]);
  for (const same of [body, 'query Who($id:ID!){customer(id:$id){name}}', `# note\n${body},,,\n`]) {
    assert.equal(registry.withText(same)?.id, 'who', same);
  }
  for (const other of ['', '"', 'query Who($id: ID!) { customer(id: $id) { name id } }', body.replace('Who', 'who')]) {
    assert.equal(registry.withText(other), undefined, other);
  }
  assert.equal(registry.withId('who')?.body, body);
  assert.equal(registry.withId(sha256(body))?.body, body);
  assert.equal(registry.withId('__proto__'), undefined);
  assert.equal(registry.withText(`${body}${' '.repeat(70_000)}`), undefined, 'too long to be read for its spacing');
});
