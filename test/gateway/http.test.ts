import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DEFAULT_LIMITS } from '../../gateway/plugins/limits.ts';
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

test('A01-A07 A17-A18 A21 A23 what is no GraphQL request over JSON is refused as JSON and not executed', async (t) => {
  const { hub } = await start(t);
  const form = 'query=%7B__typename%7D';
  const boundary = '--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n{}\r\n--x--\r\n';
  const cases: [
    name: string,
    body: string | undefined,
    type: string | null,
    status: number | number[],
    code: string | string[],
  ][] = [
    ['A01 cut-off JSON', '{"query":', 'application/json', 400, 'BAD_REQUEST'],
    ['A02 empty body', '', 'application/json', 400, 'BAD_REQUEST'],
    ['A03 text/plain', GOOD, 'text/plain', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['A04 a form', form, 'application/x-www-form-urlencoded', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['A05 multipart', boundary, 'multipart/form-data; boundary=x', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['A06 no content type', GOOD, null, 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['A07 utf-7', GOOD, 'application/json; charset=utf-7', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['A07 shift_jis', GOOD, 'application/json; charset=shift_jis', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ['nonsense type', GOOD, ';;;', 415, 'UNSUPPORTED_MEDIA_TYPE'],
    ...['1', 'true', '["{x}"]', '{"a":1}', 'null', '""'].map((query): [string, string, string, number, string] => [
      `A17 query ${query}`,
      `{"query":${query}}`,
      'application/json',
      400,
      'BAD_REQUEST',
    ]),
    ...['[]', '"x"', '1', 'true'].map((variables): [string, string, string, number, string] => [
      `A18 variables ${variables}`,
      `{"query":"{__typename}","variables":${variables}}`,
      'application/json',
      400,
      'BAD_REQUEST',
    ]),
    ['A21 batch', `[${Array(10).fill(GOOD).join(',')}]`, 'application/json', 400, 'BATCHING_DISABLED'],
    ...['null', '"x"', '1', '[]', '{}'].map((body): [string, string, string, number, string] => [
      `A23 body ${body}`,
      body,
      'application/json',
      400,
      'BAD_REQUEST',
    ]),
    [
      'A56 persisted query',
      '{"query":"{__typename}","extensions":{"persistedQuery":{"version":1,"sha256Hash":"x"}}}',
      'application/json',
      400,
      'PERSISTED_QUERY_HASH_MISMATCH',
    ],
  ];
  for (const [name, body, type, status, code] of cases) {
    const headers = new Headers({ authorization: 'Bearer k', ...(type ? { 'content-type': type } : {}) });
    // A Blob without a type, so that fetch adds no content type of its own.
    const answer = await hub.send({
      method: 'POST',
      headers,
      body: type === null ? new Blob([body ?? '']) : (body ?? null),
    });
    refused(name, answer, status, code, hub);
    assert.ok(!/position|\.ts|node_modules/.test(answer.text), name);
  }
  assert.equal(
    (await hub.send({ method: 'POST', headers: JSON_AND_KEY, body: GOOD })).status,
    200,
    'the next good one',
  );
});

test('A08 a caller that takes no JSON is refused before its mutation runs', async (t) => {
  const { hub, weather } = await start(t);
  for (const accept of ['text/xml', 'text/html', 'application/json;q=0', 'multipart/mixed']) {
    refused(accept, await hub.ask('mutation { write(n: 1) }', { headers: { accept } }), 406, 'NOT_ACCEPTABLE', hub);
  }
  assert.equal(weather.writes, 0);
  for (const accept of ['*/*', 'text/html, application/json;q=0.9', 'application/graphql-response+json']) {
    assert.equal((await hub.ask('{ who }', { headers: { accept } })).status, 200, accept);
  }
});

test('A09 A10 A15 bodies end at the limit, honest or not, compressed or not', async (t) => {
  const { hub } = await start(t);
  const limit = DEFAULT_LIMITS.bodyBytes;
  const exactly = (bytes: number) => {
    const start = '{"query":"{ who }","extensions":{},"x":"';
    return `${start}${'x'.repeat(bytes - start.length - 2)}"}`;
  };
  assert.equal((await hub.send({ method: 'POST', headers: JSON_AND_KEY, body: exactly(limit) })).status, 200);
  hub.fetches.length = 0;
  refused(
    'A09',
    await hub.send({ method: 'POST', headers: JSON_AND_KEY, body: exactly(limit + 1) }),
    413,
    'PAYLOAD_TOO_LARGE',
    hub,
  );

  const bomb = gzipSync(Buffer.alloc(100 * 1024 * 1024));
  const before = process.memoryUsage().rss;
  const zipped = { ...JSON_AND_KEY, 'content-encoding': 'gzip' };
  refused('A10', await hub.send({ method: 'POST', headers: zipped, body: bomb }), 413, 'PAYLOAD_TOO_LARGE', hub);
  assert.ok(process.memoryUsage().rss - before < 40e6);
  refused('no gzip', await hub.send({ method: 'POST', headers: zipped, body: GOOD }), 400, 'BAD_REQUEST', hub);
  refused(
    'unknown',
    await hub.send({ method: 'POST', headers: { ...JSON_AND_KEY, 'content-encoding': 'zstd' }, body: GOOD }),
    415,
    'UNSUPPORTED_MEDIA_TYPE',
    hub,
  );
  const small = await hub.send({ method: 'POST', headers: zipped, body: gzipSync(GOOD) });
  assert.equal(small.status, 200);
  hub.fetches.length = 0;

  const socket = connect(Number(new URL(hub.url).port), '127.0.0.1');
  t.after(() => socket.destroy());
  let answer = '';
  socket.on('data', (chunk) => {
    answer += chunk;
  });
  socket.on('error', () => {}); // the server hangs up while we still write: that is the point
  socket.write(
    'POST /graphql HTTP/1.1\r\nhost: x\r\nauthorization: Bearer k\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  const chunk = `${(64 * 1024).toString(16)}\r\n${'x'.repeat(64 * 1024)}\r\n`;
  for (let sent = 0; sent < 5; sent++) socket.write(chunk); // past the limit, and never ended
  await once(socket, 'close');
  assert.match(answer, /^HTTP\/1\.1 413 /, 'A15 told at the limit');
  assert.match(answer, /PAYLOAD_TOO_LARGE/);
});

test('A11-A13 only POST, and GET for queries that cannot be forged', async (t) => {
  const { hub, weather } = await start(t);
  const get = (query: string, headers: Record<string, string> = {}) =>
    hub.send({
      path: `/graphql?query=${encodeURIComponent(query)}`,
      headers: { authorization: 'Bearer k', ...headers },
    });
  const preflight = { 'apollo-require-preflight': '1' };
  const mutation = await get('mutation { write(n: 1) }', preflight);
  refused('A11', mutation, 405, 'BAD_REQUEST', hub);
  assert.match(mutation.headers.get('allow') ?? '', /POST/);
  assert.equal(weather.writes, 0);
  refused('A12', await get('{ who }'), 400, 'BAD_REQUEST', hub);
  assert.equal((await get('{ who }', preflight)).status, 200);
  hub.fetches.length = 0;
  for (const method of ['PUT', 'PATCH', 'DELETE', 'OPTIONS']) {
    const answer = await hub.send({ method, headers: JSON_AND_KEY });
    refused(`A13 ${method}`, answer, 405, 'METHOD_NOT_ALLOWED', hub);
    assert.match(answer.headers.get('allow') ?? '', /POST/);
  }
});

test('A14 answers may be read by pages of configured origins only', async (t) => {
  const { hub } = await start(t, { config: { corsOrigins: ['https://portal.example'] } });
  const evil = await hub.ask('{ who }', { headers: { origin: 'https://evil.example' } });
  assert.equal(evil.headers.get('access-control-allow-origin'), null);
  const portal = await hub.ask('{ who }', { headers: { origin: 'https://portal.example' } });
  assert.equal(portal.headers.get('access-control-allow-origin'), 'https://portal.example');
  assert.equal(portal.headers.get('access-control-allow-credentials'), null);
  const preflight = await hub.send({ method: 'OPTIONS', headers: { origin: 'https://portal.example' } });
  assert.equal(preflight.status, 204);
  assert.equal((await hub.send({ method: 'OPTIONS', headers: { origin: 'https://evil.example' } })).status, 405);
});

test('A16 a byte-order mark before the JSON changes nothing', async (t) => {
  const { hub } = await start(t);
  const answer = await hub.send({ method: 'POST', headers: JSON_AND_KEY, body: `\uFEFF${GOOD}` });
  assert.deepEqual(answer.body.data, { customer: { name: 'name 1' } });
});

test('A24 prototype keys in variables are refused or plain data', async (t) => {
  const { hub } = await start(t);
  const body = '{"query":"query Q($t: String) { echo(text: $t) }","variables":{"t":"x","__proto__":{"admin":true}}}';
  refused('__proto__', await hub.send({ method: 'POST', headers: JSON_AND_KEY, body }), 400, 'BAD_REQUEST', hub);
  const plain =
    '{"query":"{ who }","variables":{"constructor":{"prototype":{"admin":true}}},"__proto__":{"admin":true}}';
  assert.equal((await hub.send({ method: 'POST', headers: JSON_AND_KEY, body: plain })).status, 200);
  assert.equal(({} as { admin?: unknown }).admin, undefined);
});

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

test('A53 A54 every answer is private, has no version in it, and nothing but JSON outside development', async (t) => {
  const { hub } = await start(t);
  const answers = [
    await hub.ask('{ who }'),
    await hub.ask('{'),
    await hub.send({ path: '/nowhere' }),
    await hub.send({ path: '/', headers: { accept: 'text/html' } }),
    await hub.send({ path: '/graphql', headers: { ...JSON_AND_KEY, accept: 'text/html' } }),
    await hub.send({ path: '/graphiql/page.js' }),
  ];
  for (const { headers, text } of answers) {
    assert.equal(headers.get('cache-control'), 'private, no-store');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('x-powered-by'), null);
    assert.equal(headers.get('server'), null);
    assert.ok(headers.get('x-correlation-id'));
    assert.ok(!/<html|apollo|fastify/i.test(text), text);
  }
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 400, 404, 404, 406, 404],
  );
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
