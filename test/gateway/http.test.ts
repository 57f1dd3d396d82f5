import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Answer, type Hub, type HubOptions, startHub } from './hub.ts';
import { CANARY, fineWeather, smallGraph } from './small-graph.ts';

const JSON_AND_KEY = { 'content-type': 'application/json', authorization: 'Bearer k' };
const GOOD = JSON.stringify({ query: '{ customer(id: 1) { name } }' });

async function start(t: TestContext, options: Partial<HubOptions> = {}) {
  const weather = fineWeather();
  return { weather, hub: await startHub(t, { parts: smallGraph(weather), ...options }) };
}

/** Every refusal is JSON with one readable error and the correlation id, and nothing was executed. */
function refused(
  name: string,
  answer: Answer,
  status: number | readonly number[],
  code: string | readonly string[],
  hub: Hub,
): void {
  assert.ok([status].flat().includes(answer.status), `${name}: ${answer.status} ${answer.text}`);
  assert.match(answer.headers.get('content-type') ?? '', /application\/(json|graphql-response\+json)/, name);
  const [error] = answer.body.errors ?? [];
  assert.ok(error, `${name}: ${answer.text}`);
  assert.ok([code].flat().includes(String(error.extensions.code)), `${name}: ${answer.text}`);
  assert.equal(error.extensions.correlationId, answer.headers.get('x-correlation-id'), name);
  assert.equal(answer.body.data ?? null, null, name);
  assert.deepEqual(hub.fetches, [], name);
}

test('B01 B27 B32 without a key that holds, nothing is said but how to send one', async (t) => {
  const { hub } = await start(t);
  const key = 'cnc_demo_0123456789ab_secret';
  const cases: [string, RequestInit & { path?: string }][] = [
    ['no key', { headers: { 'content-type': 'application/json' } }],
    ['wrong key', { headers: { ...JSON_AND_KEY, authorization: 'Bearer other' } }],
    ['other scheme', { headers: { ...JSON_AND_KEY, authorization: 'Basic azpr' } }],
    ['in the URL', { path: `/graphql?key=${key}`, headers: JSON_AND_KEY }],
    ['in a cookie', { headers: { ...JSON_AND_KEY, cookie: `key=${key}` } }],
  ];
  for (const [name, init] of cases) {
    const answer = await hub.send({ method: 'POST', body: GOOD, ...init });
    refused(name, answer, 401, 'UNAUTHENTICATED', hub);
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer /);
  }
});

test('I9 when keys cannot be judged the answer is no, and that it passes', async (t) => {
  const { hub } = await start(t, {
    gateway: {
      authenticate: async () => {
        throw new Error(CANARY);
      },
    },
  });
  const answer = await hub.ask('{ who }');
  refused('store down', answer, 503, 'UNAVAILABLE', hub);
  assert.ok(answer.headers.get('retry-after'));
  assert.ok(!answer.text.includes('canary'));
});

test('a sane correlation id of the caller is kept everywhere, any other is replaced', async (t) => {
  const { hub } = await start(t);
  const mine = await hub.ask('{ who }', { headers: { 'x-correlation-id': 'order-4711.a' } });
  assert.deepEqual(mine.body.data, { who: 'test order-4711.a' });
  assert.equal(mine.headers.get('x-correlation-id'), 'order-4711.a');
  for (const odd of ['x'.repeat(129), 'a b', '{"x":1}', '../x', '<script>']) {
    const answer = await hub.ask('{ who }', { headers: { 'x-correlation-id': odd } });
    assert.notEqual(answer.headers.get('x-correlation-id'), odd);
    assert.match(answer.headers.get('x-correlation-id') ?? '', /^[0-9a-f-]{36}$/);
  }
});

test('addresses and headers have limits, and what is no HTTP is told as JSON', async (t) => {
  const { hub } = await start(t);
  refused(
    '414',
    await hub.send({ path: `/graphql?query=${'x'.repeat(8 * 1024)}`, headers: JSON_AND_KEY }),
    414,
    'BAD_REQUEST',
    hub,
  );
  refused('431', await hub.ask('{ who }', { headers: { 'x-large': 'x'.repeat(17 * 1024) } }), 431, 'BAD_REQUEST', hub);
  for (const [request, status] of [
    [`GET / HTTP/1.1\r\nhost: x\r\nx-a: ${'x'.repeat(33 * 1024)}\r\n\r\n`, 431],
    ['no http at all\r\n\r\n', 400],
  ] as const) {
    const socket = connect(Number(new URL(hub.url).port), '127.0.0.1');
    t.after(() => socket.destroy());
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => {}); // it may hang up before all was written
    socket.write(request);
    await once(socket, 'close');
    assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.match(answer, /\r\n\r\n\{"errors":\[\{"message"/);
  }
});

test('health: alive without a key; ready when every check passes', async (t) => {
  let database = true;
  const { hub } = await start(t, { gateway: { checks: { database: async () => database, broken: async () => true } } });
  assert.equal((await hub.send({ path: '/livez' })).status, 200);
  assert.equal((await hub.send({ path: '/readyz' })).status, 200);
  database = false;
  const answer = await hub.send({ path: '/readyz' });
  assert.equal(answer.status, 503);
  assert.deepEqual(JSON.parse(answer.text).checks, { database: 'failing', broken: 'ok', graph: 'ok' });
});
