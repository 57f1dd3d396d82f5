import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { HubContext } from '../../../gateway/context.ts';
import { type PlainHttpOptions, plainHttp } from '../../../gateway/execution/transports/plain-http.ts';
import type { Transport } from '../../../gateway/execution/transports/transport.ts';
import { silentLog } from '../../../platform/log.ts';
import { principalOf } from '../../../platform/principal.ts';
import { graphqlError } from '../../../platform/subgraph/errors.ts';
import { eventually } from '../../support/hub.ts';
import { endless, json, type OddServer, oddServer, SPOILT } from './odd-server.ts';

const contextOf = (more: Partial<HubContext> = {}, signal = new AbortController().signal): HubContext => ({
  correlationId: 'c1',
  principal: principalOf({ id: 'p', name: 'p', scopes: [] }),
  call: { correlationId: 'c1', signal },
  deadlineAt: Date.now() + 10_000,
  notes: [],
  keptByTransports: new Map(),
  ...more,
});

function asking(t: TestContext, url: URL, more: Partial<PlainHttpOptions> = {}): Transport {
  const transport = plainHttp({
    subgraph: 'a',
    system: 'A',
    url,
    showErrors: false,
    connections: 8,
    connectTimeoutMs: 500,
    timeoutMs: 300,
    maxAnswerBytes: 1024 * 1024,
    log: silentLog,
    ...more,
  });
  t.after(() => transport.close());
  return transport;
}

const READ = { query: 'query{a}' };
const WRITE = { query: 'mutation{a}' };

/** What the caller would read. */
async function refusal(answer: Promise<unknown>): Promise<{ code: unknown; message: string }> {
  const error = await answer.then(
    () => assert.fail('it answered'),
    (thrown: unknown) => graphqlError(thrown),
  );
  return { code: error.extensions.code, message: error.message };
}

const soonNone = async (server: OddServer, most: number) => {
  for (let waited = 0; server.sockets.size > most && waited < 100; waited += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.ok(server.sockets.size <= most, `${server.sockets.size} sockets are open`);
};

test('an answer comes back whole, in one piece or in many', async (t) => {
  const server = await oddServer(t, json({ data: { a: 'ä€' } }));
  const transport = asking(t, server.url);
  assert.deepEqual(await transport.fetch(READ, contextOf()), { data: { a: 'ä€' }, plain: true });
  assert.equal(server.headers.accept, 'application/graphql-response+json, application/json');
  const bytes = Buffer.from(JSON.stringify({ data: { a: 'ä€'.repeat(1_000) } }));
  server.behave = async (response) => {
    for (let at = 0; at < bytes.length; at += 501) {
      response.write(bytes.subarray(at, at + 501)); // through the middle of characters
      await new Promise((resolve) => setImmediate(resolve));
    }
    response.end();
  };
  assert.deepEqual(await transport.fetch(READ, contextOf()), { data: { a: 'ä€'.repeat(1_000) }, plain: true });
});

test('the operation goes as it was written, or as the sender wrote it already', async (t) => {
  const server = await oddServer(t, (response, body) => json({ data: { a: body } })(response));
  const transport = asking(t, server.url);
  const { data } = await transport.fetch({ ...READ, variables: { n: 1 } }, contextOf());
  assert.equal(data?.a, '{"query":"query{a}","variables":{"n":1}}');
  const written = await transport.fetch({ ...READ, body: '{"query":"{ready}"}' }, contextOf());
  assert.equal(written.data?.a, '{"query":"{ready}"}');
});

for (const { name, behave, code } of SPOILT) {
  test(`a subgraph that ${name} is ${code}, in time`, async (t) => {
    const server = await oddServer(t, behave);
    const from = performance.now();
    const told = await refusal(asking(t, server.url).fetch(READ, contextOf()));
    assert.equal(told.code, code);
    assert.ok(performance.now() - from < 800, 'within its 300 ms and some');
    assert.ok(!/canary|127\.0\.0\.1/.test(told.message), told.message);
  });
}

test('a port where nobody listens is a source that is not available', async (t) => {
  const told = await refusal(asking(t, new URL('http://127.0.0.1:1/graphql')).fetch(READ, contextOf()));
  assert.equal(told.code, 'SOURCE_UNAVAILABLE');
});

test('200 requests to each kind of spoilt subgraph leave no socket behind', async (t) => {
  for (const { name, behave } of SPOILT) {
    if (name === 'sends a body without an end') continue; // 200 MB of whitespace; it is cut as the announced one is
    const server = await oddServer(t, behave);
    const transport = asking(t, server.url, { timeoutMs: 50, connections: 64 });
    await Promise.all(Array.from({ length: 200 }, () => refusal(transport.fetch(READ, contextOf()))));
    await transport.close();
    await soonNone(server, 0);
    assert.ok(server.requests <= 200 + 20, `${name}: asked ${server.requests} times`);
  }
});

test('what hangs gives its connections back at once, not only at the end', async (t) => {
  const server = await oddServer(t, () => {});
  const transport = asking(t, server.url, { timeoutMs: 50, connections: 4 });
  await Promise.all(Array.from({ length: 50 }, () => refusal(transport.fetch(READ, contextOf()))));
  await soonNone(server, 4);
  server.behave = json({ data: { a: 1 } });
  assert.deepEqual(await transport.fetch(READ, contextOf()), { data: { a: 1 }, plain: true });
});

test('no more is held of a body than the limit', async (t) => {
  const server = await oddServer(t, (response) => endless(response));
  const transport = asking(t, server.url, { maxAnswerBytes: 8 * 1024 * 1024, timeoutMs: 5_000 });
  const before = process.memoryUsage().rss;
  for (let round = 0; round < 3; round += 1) {
    assert.equal((await refusal(transport.fetch(READ, contextOf()))).code, 'SOURCE_BAD_RESPONSE');
  }
  assert.ok(process.memoryUsage().rss - before < 100 * 1024 * 1024, 'server and client together');
});

test('a request that is over stops its fetches, and asks nothing any more', async (t) => {
  const server = await oddServer(t, () => {});
  const transport = asking(t, server.url, { timeoutMs: 5_000 });
  const over = new AbortController();
  const context = contextOf({}, over.signal);
  const answers = [transport.fetch(READ, context), transport.fetch(READ, context)].map(refusal);
  await eventually('the one request has arrived', async () => server.requests === 1);
  over.abort();
  for (const answer of answers) assert.equal((await answer).code, 'SOURCE_TIMEOUT');
  await soonNone(server, 0);
  assert.equal((await refusal(transport.fetch(READ, context))).code, 'SOURCE_TIMEOUT');
  assert.equal(server.requests, 1, 'the two are one request, and the third is none');
});

test('a write without a clear answer is in doubt, and is never sent twice', async (t) => {
  const server = await oddServer(t, () => {});
  const transport = asking(t, server.url, { timeoutMs: 50 });
  for (const { name, behave, code } of SPOILT) {
    if (code === 'SOURCE_THROTTLED' || name === 'sends 403') continue; // these say that nothing was done
    server.behave = behave;
    server.requests = 0;
    const told = await refusal(transport.fetch(WRITE, contextOf()));
    assert.ok(told.code === 'IN_DOUBT' || told.code === 'SOURCE_BAD_RESPONSE', `${name}: ${told.code}`);
    if (code !== 'SOURCE_BAD_RESPONSE') assert.equal(told.code, 'IN_DOUBT', name);
    assert.equal(server.requests, 1, name);
  }
  const nowhere = asking(t, new URL('http://127.0.0.1:1/'));
  assert.equal((await refusal(nowhere.fetch(WRITE, contextOf()))).code, 'SOURCE_UNAVAILABLE', 'it was never sent');
});

test('a read that meets a connection just closed is asked once more', async (t) => {
  const server = await oddServer(t, json({ data: { a: 1 } }));
  const transport = asking(t, server.url);
  server.behave = (response) => {
    if (server.requests === 1) response.destroy();
    else json({ data: { a: 1 } })(response);
  };
  assert.deepEqual(await transport.fetch(READ, contextOf()), { data: { a: 1 }, plain: true });
  assert.equal(server.requests, 2);
});

test('GraphQL is read whatever the status and the content type', async (t) => {
  const server = await oddServer(t, json({ errors: [{ message: 'no', extensions: { code: 'NOT_FOUND' } }] }, 400));
  const transport = asking(t, server.url);
  assert.deepEqual((await transport.fetch(READ, contextOf())).errors, [
    { message: 'no', extensions: { code: 'NOT_FOUND', system: 'A', retryable: false } },
  ]);
  server.behave = (response) => void response.writeHead(500, { 'content-type': 'text/plain' }).end('{"data":{"a":1}}');
  assert.deepEqual(await transport.fetch(READ, contextOf()), { data: { a: 1 }, plain: true });
});

test('the words of an error that was written for somebody else are shown in development only', async (t) => {
  const error = { message: 'canary', path: ['a'], extensions: { code: 'SQL', stacktrace: ['canary'] } };
  const server = await oddServer(t, json({ data: { a: null }, errors: [error] }));
  const kept = await asking(t, server.url).fetch(READ, contextOf());
  assert.deepEqual(kept.errors, [
    {
      message: 'A answered this with an error',
      path: ['a'],
      extensions: { code: 'SOURCE_ERROR', system: 'A', retryable: false },
    },
  ]);
  const shown = await asking(t, server.url, { showErrors: true }).fetch(READ, contextOf());
  assert.equal(shown.errors?.[0]?.message, 'canary');
  assert.ok(!JSON.stringify(shown).includes('stacktrace'));
});

test('nothing of the caller goes to a subgraph but the headers that were named', async (t) => {
  const server = await oddServer(t, json({ data: { a: 1 } }));
  const transport = asking(t, server.url);
  await transport.fetch(READ, contextOf());
  assert.deepEqual(Object.keys(server.headers).sort(), [
    'accept',
    'connection',
    'content-length',
    'content-type',
    'host',
  ]);
  await transport.fetch(READ, contextOf({ forwarded: ['x-tenant', 'red'] }));
  assert.equal(server.headers['x-tenant'], 'red');
});
