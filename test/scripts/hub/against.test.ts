import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ManifestError } from '../../../gateway/operations/manifest.ts';
import { type AgainstOptions, tellImpact } from '../../../scripts/hub/against.ts';
import { composed } from '../../gateway/hub.ts';

const folder = mkdtempSync(join(tmpdir(), 'concord-against-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

const graph = (sdl: string) => composed({ one: { sdl, resolvers: {} } });
const before = file('before.graphql', graph('type Query { name: String, size: Int }'));
const operations = file(
  'manifest.json',
  JSON.stringify({
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: [{ id: 'n', name: 'Name', type: 'query', body: 'query Name { name }' }],
  }),
);
const WITHOUT_NAME = graph('type Query { size: Int }');
const WITHOUT_SIZE = graph('type Query { name: String }');

function tell(options: Partial<AgainstOptions>): { text: string; exitCode: number } {
  const printed: string[] = [];
  const standard = { against: before, after: WITHOUT_NAME, operations, today: '2026-11-21' };
  const exitCode = tellImpact({ ...standard, ...options }, (text) => printed.push(text));
  return { text: printed.join('\n'), exitCode };
}

test('a change that breaks a registered operation is refused with exit code 1, and let through by --allow-breaking', () => {
  const refused = tell({});
  assert.equal(refused.exitCode, 1);
  assert.match(refused.text, /Registered operation Name \(n\) breaks\n {2}Query\.name was removed\./);
  const allowed = tell({ allowBreaking: true });
  assert.equal(allowed.exitCode, 0);
  assert.match(allowed.text, /Name \(n\) breaks/);
});

test('a change that breaks no registered operation is told with exit code 0, though it could break others', () => {
  const { text, exitCode } = tell({ after: WITHOUT_SIZE });
  assert.equal(exitCode, 0);
  assert.match(text, /Could break callers\n {2}Query\.size was removed\./);
});

test('programs read the same as JSON', () => {
  const { text, exitCode } = tell({ json: true });
  assert.equal(exitCode, 1);
  const { broken, changes } = JSON.parse(text);
  assert.deepEqual(broken, [
    { operation: { name: 'Name', id: 'n' }, reasons: ['Query.name was removed.'], announced: false },
  ]);
  assert.deepEqual(
    changes.removed.map(({ at }: { at: string }) => at),
    ['Query.name'],
  );
});

const repository = existsSync(new URL('../../../.git', import.meta.url));
test('the graph of a revision of git is compared', { skip: !repository && 'this is no clone' }, () => {
  const committed = execFileSync('git', ['show', 'HEAD:schema/supergraph.graphql'], {
    cwd: new URL('../../..', import.meta.url),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const { text, exitCode } = tell({ against: 'HEAD', after: committed, operations: undefined });
  assert.deepEqual([text, exitCode], ['The graph is the same for everybody.', 0]);
});

test('what is neither a file nor a revision, and a manifest that cannot be read, are told as such', () => {
  assert.throws(() => tell({ against: 'no-such-revision' }), /--against must be a file .* no-such-revision is neither/);
  assert.throws(() => tell({ against: '--output=x' }), /is neither/);
  assert.throws(() => tell({ operations: join(folder, 'nowhere') }), ManifestError);
});
