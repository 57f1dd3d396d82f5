import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { compose, PEOPLE, POSTS, serveForeign, supergraphFile } from './foreign-graph.ts';
import { ask, startGateway, statusOf, until } from './gateway-process.ts';

async function graph(t: TestContext) {
  const people = await serveForeign(t, PEOPLE);
  const posts = await serveForeign(t, POSTS);
  return { people, posts, sdl: compose({ people, posts }) };
}

test('the gateway serves a foreign supergraph from a file, and asks nobody for a key', async (t) => {
  const { sdl, people } = await graph(t);
  const { path } = await supergraphFile(t, sdl);
  const gateway = startGateway(t, ['--supergraph', path, '--port', '0', '--no-auth', '--forward-header', 'X-Tenant']);
  const url = await gateway.url;
  await until(async () => (await statusOf(`${url}/readyz`)) === 200, 'ready');
  assert.equal(await statusOf(`${url}/livez`), 200);
  const { data, errors } = await ask(url, '{ people { id name posts } }');
  assert.equal(errors, undefined);
  assert.deepEqual(data, {
    people: [
      { id: '1', name: 'name 1', posts: ['post of 1'] },
      { id: '2', name: 'name 2', posts: ['post of 2'] },
    ],
  });
  assert.deepEqual(
    (await ask(url, '{ secret }')).data,
    { secret: 'open' },
    'scopes mean nothing where nobody is asked',
  );
  assert.deepEqual((await ask(url, '{ tenant }', { 'x-tenant': 'red', cookie: 'a=b' })).data, { tenant: 'red' });
  assert.deepEqual((await ask(url, '{ tenant }')).data, { tenant: null });
  assert.ok(people.headers.every(({ cookie, authorization }) => cookie === undefined && authorization === undefined));
  gateway.child.kill('SIGTERM');
  assert.equal(await gateway.ended, 0);
});

test('the supergraph comes from a URL, and a subgraph is where its variable says', async (t) => {
  const { sdl, people, posts } = await graph(t);
  const lost = compose({ people, posts: { ...posts, url: '' } });
  let text = lost;
  let asked = 0;
  let notModified = 0;
  const registry = createServer((request, response) => {
    asked += 1;
    const etag = `"${text === lost ? 1 : 2}"`;
    if (request.headers['if-none-match'] === etag) {
      notModified += 1;
      response.writeHead(304).end();
    } else response.writeHead(200, { etag }).end(text);
  });
  registry.listen(0, '127.0.0.1');
  await once(registry, 'listening');
  t.after(() => {
    registry.close();
    registry.closeAllConnections();
  });
  const place = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/graph`; // listening on TCP
  const flags = ['--supergraph', place, '--port', '0', '--no-auth', '--poll', '1'];

  const without = startGateway(t, ['--supergraph', place, '--port', '0', '--no-auth']);
  assert.equal(await without.ended, 1);
  assert.match(without.text(), /SUBGRAPH_POSTS_URL: is required; the supergraph does not say where posts is/);

  const gateway = startGateway(t, flags, { SUBGRAPH_POSTS_URL: posts.url });
  const url = await gateway.url;
  await gateway.said('The supergraph is served');
  assert.deepEqual((await ask(url, '{ people { posts } }')).data, {
    people: [{ posts: ['post of 1'] }, { posts: ['post of 2'] }],
  });
  await until(() => notModified >= 2, 'asked for changes only');
  text = sdl;
  await gateway.said('The supergraph is served', 2);

  registry.closeAllConnections();
  registry.close();
  await gateway.said('The supergraph cannot be read; the present one stays');
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  assert.equal(gateway.log.filter(({ msg }) => /cannot be read/.test(String(msg))).length, 1, 'told once');
  assert.equal((await ask(url, '{ people { id } }')).errors, undefined);
  assert.ok(asked >= 4);
});

test('who polls a source that is not there yet is alive, and not ready until it is', async (t) => {
  const { sdl } = await graph(t);
  let there = false;
  const registry = createServer(
    (_request, response) => void response.writeHead(there ? 200 : 503).end(there ? sdl : ''),
  );
  registry.listen(0, '127.0.0.1');
  await once(registry, 'listening');
  t.after(() => {
    registry.close();
    registry.closeAllConnections();
  });
  const place = `http://127.0.0.1:${(registry.address() as AddressInfo).port}/`; // listening on TCP
  const gateway = startGateway(t, ['--supergraph', place, '--port', '0', '--no-auth', '--poll', '1']);
  const url = await gateway.url;
  assert.equal(await statusOf(`${url}/livez`), 200);
  assert.equal(await statusOf(`${url}/readyz`), 503);
  const early = await ask(url, '{ people { id } }');
  assert.deepEqual([early.status, early.errors?.[0]?.extensions.code], [503, 'UNAVAILABLE']);
  there = true;
  await until(async () => (await statusOf(`${url}/readyz`)) === 200, 'ready');
  assert.equal((await ask(url, '{ people { id } }')).errors, undefined);
});
