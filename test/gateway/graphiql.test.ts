import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { test } from 'node:test';
import { buildSchema, parse, validate } from 'graphql';
import { gatewayConfig } from '../../gateway/config.ts';
import { examples } from '../../gateway/graphiql/page.ts';
import { startHub } from './hub.ts';
import { fineWeather, smallGraph } from './small-graph.ts';

const graphiql = { keys: { support: 'cnc_demo_support' } };
const html = { headers: { accept: 'text/html' } };

test('in development a browser gets the page, with all it needs from this server', async (t) => {
  const config = gatewayConfig({ PORT: '0', HUB_MODE: 'development' });
  const hub = await startHub(t, { parts: smallGraph(fineWeather()), config, gateway: { graphiql } });
  const page = await hub.send({ path: '/', ...html });
  assert.equal(page.status, 200);
  const policy = page.headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'none'/);
  assert.ok(!/unsafe|http/.test(policy), policy);
  const loaded = [...page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
  assert.equal(loaded.length, 6);
  for (const path of loaded) {
    const file = await hub.send({ path });
    assert.equal(file.status, 200, path);
    assert.match(file.headers.get('content-type') ?? '', path.endsWith('.css') ? /css/ : /javascript/);
    const etag = file.headers.get('etag') ?? '';
    assert.equal((await hub.send({ path, headers: { 'if-none-match': etag } })).status, 304);
  }
  const settings = JSON.parse((await hub.send({ path: '/graphiql/settings.json' })).text);
  assert.deepEqual(settings.keys, graphiql.keys);
  assert.ok(settings.examples.length >= 5);
  assert.equal((await hub.send({ path: '/', headers: { accept: 'application/json' } })).status, 404);
});

test('the keys are told to pages of this machine only, under whatever name it is reached', async (t) => {
  const config = gatewayConfig({ PORT: '0', HUB_MODE: 'development' });
  const hub = await startHub(t, { parts: smallGraph(fineWeather()), config, gateway: { graphiql } });
  const status = await new Promise<number | undefined>((resolve, reject) => {
    const asked = { headers: { host: 'rebound.example:4000' }, signal: AbortSignal.timeout(30_000) };
    request(`${hub.url}/graphiql/settings.json`, asked, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on('error', reject)
      .end();
  });
  assert.equal(status, 404);
});

test('in production there is no page and no key, whatever the hub was given', async (t) => {
  const hub = await startHub(t, { parts: smallGraph(fineWeather()), gateway: { graphiql } });
  for (const path of ['/', '/graphiql/page.js', '/graphiql/settings.json']) {
    const answer = await hub.send({ path, ...html });
    assert.equal(answer.status, 404);
    assert.ok(!answer.text.includes('cnc_'));
  }
});

test('every example is a valid operation of the graph, with variables of the right form', () => {
  const supergraph = buildSchema(readFileSync(new URL('../../schema/supergraph.graphql', import.meta.url), 'utf8'), {
    assumeValidSDL: true,
  });
  assert.ok(examples().length >= 5);
  for (const { name, query, variables } of examples()) {
    assert.deepEqual(validate(supergraph, parse(query)), [], name);
    assert.equal(typeof JSON.parse(variables), 'object', name);
  }
});
