import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Redis } from 'ioredis';
import { createKeptTexts } from '../../../gateway/operations/kept-texts.ts';
import { sha256 } from '../../../gateway/operations/registry.ts';
import { silentLog } from '../../../platform/log.ts';
import { redisMissing, startRedis } from '../../support/redis.ts';
import { type HubOptions, startHub } from '../hub.ts';
import { fineWeather, smallGraph } from '../small-graph.ts';
import { changingGraph } from './changing-graph.ts';

const TEXT = 'query Q($id: ID!) { customer(id: $id) { name } }';
const HASH = sha256(TEXT);
const extensions = { persistedQuery: { version: 1, sha256Hash: HASH } };

async function start(t: TestContext, options: Partial<HubOptions> = {}) {
  const hub = await startHub(t, { parts: smallGraph(fineWeather()), ...options });
  const post = (body: object, headers: Record<string, string> = {}) =>
    hub.send({
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer k', ...headers },
      body: JSON.stringify(body),
    });
  const get = (parameters: Record<string, string>) =>
    hub.send({
      path: `/graphql?${new URLSearchParams(parameters)}`,
      headers: { authorization: 'Bearer k', 'apollo-require-preflight': '1' },
    });
  return { hub, post, get };
}

test('a client sends the hash, is told that the text is not known, sends both, and from then on the hash', async (t) => {
  const { post, get, hub } = await start(t);
  const variables = { id: '7' };
  for (const accept of ['application/json', 'application/graphql-response+json, application/json;q=0.9']) {
    const first = await post({ extensions, variables }, { accept });
    assert.equal(first.status, 200, 'clients read no other status');
    assert.equal(first.body.errors?.[0]?.message, 'PersistedQueryNotFound', 'clients compare this');
    assert.equal(first.body.errors?.[0]?.extensions.code, 'PERSISTED_QUERY_NOT_FOUND');
  }
  const both = await post({ query: TEXT, extensions, variables });
  assert.deepEqual(both.body.data, { customer: { name: 'name 7' } });
  for (const answer of [
    await post({ extensions, variables: { id: '8' } }),
    await post({ documentId: `sha256:${HASH}`, variables: { id: '8' } }),
    await get({ extensions: JSON.stringify(extensions), variables: '{"id":"8"}', operationName: 'Q' }),
    await get({ documentId: `sha256:${HASH}`, variables: '{"id":"8"}' }),
  ]) {
    assert.deepEqual(answer.body.data, { customer: { name: 'name 8' } }, answer.text);
  }
  assert.equal(hub.fetches.length, 5);
});

test('a GET may register too, and a mutation that was kept is not run by GET', async (t) => {
  const { post, get } = await start(t);
  const registered = await get({ query: TEXT, extensions: JSON.stringify(extensions), variables: '{"id":"1"}' });
  assert.equal(registered.status, 200);
  assert.equal((await get({ extensions: JSON.stringify(extensions), variables: '{"id":"1"}' })).status, 200);
  const write = 'mutation { write(n: 1) }';
  const byHash = { persistedQuery: { version: 1, sha256Hash: sha256(write) } };
  assert.equal((await post({ query: write, extensions: byHash })).status, 200);
  assert.equal((await get({ extensions: JSON.stringify(byHash) })).status, 405);
});

test('what one supergraph found valid is not known to the next', async (t) => {
  const hub = await changingGraph(t, { sdl: 'type Query { who: String }' });
  const byHash = { persistedQuery: { version: 1, sha256Hash: sha256('{ who }') } };
  assert.deepEqual((await hub.ask({ query: '{ who }', extensions: byHash })).data, { who: 'x' });
  assert.deepEqual((await hub.ask({ extensions: byHash })).data, { who: 'x' });
  await hub.update('type Query { who: String, whose: String }');
  assert.equal((await hub.ask({ extensions: byHash })).code, 'PERSISTED_QUERY_NOT_FOUND');
});

test('kept texts are bounded, by their length each and together', async () => {
  const kept = createKeptTexts({ redisUrl: null, log: silentLog });
  const keep = (text: string): string => {
    kept.keep('g', sha256(text), text);
    return sha256(text);
  };
  const long = keep(`{ who } #${'x'.repeat(33_000)}`);
  assert.equal(await kept.get('g', long), undefined, 'runs, but is not kept');
  const first = keep('{ who }');
  assert.equal(await kept.get('g', first), '{ who }');
  assert.equal(await kept.get('other', first), undefined, 'kept for its graph');
  for (let index = 0; index < 600; index++) keep(`${index} ${'x'.repeat(32_000)}`);
  assert.equal(await kept.get('g', first), undefined, 'the least used goes');
  await kept.close();
});

test('without Redis where there should be one, texts are kept in memory', async () => {
  const kept = createKeptTexts({ redisUrl: 'redis://127.0.0.1:9', log: silentLog });
  kept.keep('g', HASH, TEXT);
  assert.equal(await kept.get('g', HASH), TEXT);
  assert.equal(await kept.get('g', sha256('x')), undefined);
  await kept.close();
});

test('Redis shares texts between processes, no more than it may, and what is not the hash’s is not believed', {
  skip: redisMissing,
}, async (t) => {
  const server = await startRedis();
  t.after(() => server.close());
  const [one, other] = [1, 2].map(() => createKeptTexts({ redisUrl: server.url, log: silentLog }));
  assert.ok(one && other);
  t.after(() => Promise.all([one.close(), other.close()]));
  const until = async (condition: () => Promise<boolean>) => {
    for (const end = Date.now() + 5_000; Date.now() < end; await new Promise((resolve) => setTimeout(resolve, 10))) {
      if (await condition()) return;
    }
    assert.fail('never came true');
  };
  let turn = 0;
  await until(async () => {
    const text = `{ who } # ${turn++}`;
    one.keep('g', sha256(text), text);
    await new Promise((resolve) => setTimeout(resolve, 20));
    return (await other.get('g', sha256(text))) === text;
  });
  const redis = new Redis(server.url);
  t.after(() => redis.disconnect());
  await redis.set(`concord:query:{g}:${HASH}`, 'mutation { write(n: 1) }');
  assert.equal(await other.get('g', HASH), undefined);
  for (let index = 0; index < 5_050; index++) one.keep('full', sha256(`${index}`), `${index}`);
  await until(async () => (await redis.zcard('concord:queries:{full}')) === 5_000);
  await until(async () => (await redis.keys('concord:query:{full}:*')).length === 5_000);
  assert.ok((await redis.ttl(`concord:query:{full}:${sha256('5049')}`)) > 0);
});
