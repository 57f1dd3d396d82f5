import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, getOperationAST, type OperationDefinitionNode, parse } from 'graphql';
import { pino } from 'pino';
import { createDocuments } from '../../../gateway/documents.ts';
import { createExecutor } from '../../../gateway/execution/executor.ts';
import { planAhead } from '../../../gateway/operations/plan-ahead.ts';
import { prepareRegistered } from '../../../gateway/operations/prepare-registered.ts';
import { type RegisteredOperation, sha256 } from '../../../gateway/operations/registry.ts';
import { DEFAULT_LIMITS } from '../../../gateway/plugins/limits.ts';
import { silentLog } from '../../../platform/log.ts';
import { composed } from '../hub.ts';
import { changingGraph } from './changing-graph.ts';

const registered = (name: string, body: string): RegisteredOperation => ({
  id: sha256(body),
  name,
  type: 'query',
  body,
});
const WHO = registered('Who', 'query Who { who }');
const WHERE = registered('Where', 'query Where { where }');
const OPERATIONS = [WHO, WHERE];

/** A log, and the warnings that came. */
function warnings() {
  const lines: { msg: string; operations?: { name: string; problems: string[] }[] }[] = [];
  return { lines, log: pino({ level: 'warn' }, { write: (line: string) => void lines.push(JSON.parse(line)) }) };
}

test('a graph that breaks a registered operation is served; the operation is named, and answers with its error', async (t) => {
  const { lines, log } = warnings();
  const both = 'type Query { who: String, where: String }';
  const hub = await changingGraph(t, { sdl: both, log, config: { registered: OPERATIONS } });
  assert.deepEqual(
    lines.map(({ msg }) => msg),
    [],
  );
  assert.deepEqual((await hub.ask({ documentId: WHERE.id })).data, { where: 'x' });

  await hub.update('type Query { who: String, there: String }');
  assert.equal(lines.length, 1);
  assert.match(lines[0]?.msg ?? '', /breaks 1 of the registered operations; .*: Where$/);
  assert.match(lines[0]?.operations?.[0]?.problems.join() ?? '', /Cannot query field "where" on type "Query"/);
  assert.deepEqual((await hub.ask({ documentId: WHO.id })).data, { who: 'x' }, 'the others go on');
  hub.fetches.length = 0;
  for (const body of [{ documentId: WHERE.id }, { query: WHERE.body }]) {
    const { status, code, message } = await hub.ask(body);
    assert.deepEqual([status, code], [400, 'GRAPHQL_VALIDATION_FAILED']);
    assert.match(message ?? '', /^The registered operation Where does not fit the graph: Cannot query field "where"/);
  }
  assert.deepEqual(hub.fetches, []);

  await hub.update(both);
  assert.deepEqual((await hub.ask({ documentId: WHERE.id })).data, { where: 'x' }, 'back with the field');
});

test('every registered operation that the first graph breaks is named in one warning, and the hub starts', async (t) => {
  const { lines, log } = warnings();
  const hub = await changingGraph(t, { sdl: 'type Query { other: String }', log, config: { registered: OPERATIONS } });
  assert.deepEqual(
    lines.map(({ operations }) => operations?.map(({ name }) => name)),
    [['Who', 'Where']],
  );
  assert.deepEqual((await hub.ask({ query: '{ other }' })).data, { other: 'x' });
});

test('in a hub for registered operations every key is held to them', async (t) => {
  const hub = await changingGraph(t, {
    sdl: 'type Query { who: String, where: String }',
    config: { registered: [WHO], operations: 'registered' },
  });
  assert.deepEqual((await hub.ask({ documentId: `sha256:${WHO.id}` })).data, { who: 'x' });
  assert.equal((await hub.ask({ query: '{ where }' })).code, 'QUERY_NOT_IN_SAFELIST');
});

test('a registered operation stays prepared however many other documents come', async () => {
  const schema = buildSchema('type Query { who: String }');
  const documents = createDocuments({ schema, limits: DEFAULT_LIMITS, kept: 2 });
  const broken = prepareRegistered([WHO, WHERE], documents);
  assert.deepEqual(
    broken.map(({ operation }) => operation.name),
    ['Where'],
  );
  const prepared = await documents.store.get(`schema:${WHO.id}`);
  assert.ok(prepared);
  for (let index = 0; index < 5; index++) assert.deepEqual(documents.prepare(`query Q${index} { who }`), []);
  assert.deepEqual(documents.prepare(WHO.body), []);
  assert.equal(await documents.store.get(`schema:${WHO.id}`), prepared, 'the very document that was prepared at first');
  assert.equal(await documents.store.get(`schema:${sha256('query Q0 { who }')}`), undefined, 'others make room');
});

test('registered operations are planned one after the other, those that fit and no others, until the graph goes', async () => {
  const schema = buildSchema('type Query { who: String, there: String }');
  const documents = createDocuments({ schema, limits: DEFAULT_LIMITS });
  const operations = [WHO, WHERE, registered('There', 'query There { there }')];
  prepareRegistered(operations, documents);
  const planned: string[] = [];
  const over = new AbortController();
  const executor = {
    prepare(_document: unknown, operation: OperationDefinitionNode, queryHash: string) {
      planned.push(`${operation.name?.value} ${queryHash}`);
    },
  };
  await planAhead(operations, { documents, executor, signal: over.signal });
  assert.deepEqual(
    planned.map((line) => line.split(' ')[0]),
    ['Who', 'There'],
  );
  assert.equal(planned[0], `Who ${WHO.id}`);
  over.abort();
  await planAhead(operations, { documents, executor, signal: over.signal });
  assert.equal(planned.length, 2);
});

test('the first request for an operation that was planned ahead finds its plan', () => {
  const executor = createExecutor({
    supergraphSdl: composed({ one: { sdl: 'type Query { who: String }', resolvers: {} } }),
    transports: { one: { fetch: async () => ({ data: { who: 'x' } }), close: async () => {} } },
    log: silentLog,
  });
  const document = parse('query Who($more: Boolean = false) { who ... @include(if: $more) { more: who } }');
  const operation = getOperationAST(document);
  assert.ok(operation);
  const timed = (hash: string): number => {
    const before = performance.now();
    executor.prepare(document, operation, hash);
    return performance.now() - before;
  };
  const first = timed('a');
  const again = Math.min(timed('a'), timed('a'), timed('a'));
  assert.ok(again < first / 5, `${first} ms, then ${again} ms`);
});
