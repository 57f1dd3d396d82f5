import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'graphql';
import { subgraphsOf } from '../../../gateway/execution/supergraph.ts';
import { readLiveFields } from '../../../gateway/live/live-fields.ts';
import { repeatedQuery } from '../../../gateway/live/repeated.ts';
import { hub } from './equality/runner.ts';

const ROOT = join(import.meta.dirname, '../../..');
const EXAMPLES = join(ROOT, 'gateway/graphiql/examples');

test("no example over the hub's own graph falls back to ApolloGateway's runner", async (t) => {
  const supergraph = readFileSync(join(ROOT, 'schema/supergraph.graphql'), 'utf8');
  // Whole plans are compiled before the first fetch: what the subgraphs answer does not matter here.
  const down = async () => ({ data: null, errors: [{ message: 'down', extensions: { code: 'SOURCE_UNAVAILABLE' } }] });
  const running = await hub(supergraph, Object.fromEntries(subgraphsOf(parse(supergraph)).map((name) => [name, down])));
  t.after(() => running.stop());
  const files = readdirSync(EXAMPLES).filter((name) => name.endsWith('.graphql'));
  assert.ok(files.length >= 5);
  const { schema } = running;
  const live = readLiveFields(parse(supergraph), schema, new Map());
  for (const file of files) {
    const given = join(EXAMPLES, file.replace('.graphql', '.variables.json'));
    const variables = existsSync(given) ? JSON.parse(readFileSync(given, 'utf8')) : {};
    const text = readFileSync(join(EXAMPLES, file), 'utf8');
    // A subscription is run as the query that it repeats.
    const repeated = repeatedQuery(parse(text), undefined, schema, live);
    const { errors } = await running.run(repeated?.text ?? text, variables);
    assert.deepEqual([...new Set(errors.map(({ message }) => message))], ['down'], `${file} was planned and run`);
  }
  assert.equal(running.fallbacks(), 0);
});
