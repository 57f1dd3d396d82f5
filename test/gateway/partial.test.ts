import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { gatewayConfig } from '../../gateway/config.ts';
import type { Transport } from '../../gateway/execution/transports/transport.ts';
import { HubError } from '../../platform/errors.ts';
import { meanwhile } from '../support/meanwhile.ts';
import { type Answer, type HubOptions, startHub, verdicts } from './hub.ts';
import { CANARY, fineWeather, smallGraph } from './small-graph.ts';

async function start(t: TestContext, options: Partial<HubOptions> = {}) {
  const weather = fineWeather();
  return { weather, hub: await startHub(t, { parts: smallGraph(weather), ...options }) };
}

const extensionsOf = (answer: Answer) => (answer.body.errors ?? []).map(({ extensions }) => extensions);

for (const http of [false, true]) {
  const way = http ? 'HTTP' : 'in process';

  test(`both systems answer one question, and the answer says how (${way})`, async (t) => {
    const { hub } = await start(t, { http });
    const answer = await hub.ask('{ customer(id: 1) { name orders credit } }');
    assert.deepEqual(answer.body, {
      data: { customer: { name: 'name 1', orders: [1, 2], credit: 7 } },
      extensions: { sources: [{ system: 'ERP', state: 'FRESH', asOf: '2027-01-31T08:15:00.000Z', ms: 4.1, calls: 2 }] },
    });
  });

  test(`I6 a system that is down leaves its fields empty, each with an error that names it (${way})`, async (t) => {
    const { hub, weather } = await start(t, { http });
    weather.erp = 'down';
    const answer = await hub.ask('{ customer(id: 1) { name orders credit } }', {
      headers: { 'x-correlation-id': 'c-1' },
    });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body.data, { customer: { name: 'name 1', orders: null, credit: null } });
    assert.deepEqual(verdicts(answer), [
      ['SOURCE_UNAVAILABLE', 'customer.orders'],
      ['SOURCE_UNAVAILABLE', 'customer.credit'],
    ]);
    assert.deepEqual(extensionsOf(answer)[0], {
      code: 'SOURCE_UNAVAILABLE',
      system: 'ERP',
      retryable: true,
      correlationId: 'c-1',
    });
    assert.ok(!answer.text.includes('canary'));
  });

  test(`a system that asks to wait says how long (${way})`, async (t) => {
    const { hub, weather } = await start(t, { http });
    weather.erp = 'throttled';
    const [first] = extensionsOf(await hub.ask('{ customer(id: 1) { orders } }'));
    assert.equal(first?.code, 'SOURCE_THROTTLED');
    assert.equal(first?.retryAfterSeconds, 3);
  });

  test(`A51 I7 a defect is told in general words, with the id under which the log tells more (${way})`, async (t) => {
    const { hub, weather } = await start(t, { http });
    weather.erp = 'defect';
    const answer = await hub.ask('{ customer(id: 1) { name orders } }');
    assert.deepEqual(answer.body.data, { customer: { name: 'name 1', orders: null } });
    assert.deepEqual(verdicts(answer), [['INTERNAL_SERVER_ERROR', 'customer.orders']]);
    assert.equal(extensionsOf(answer)[0]?.correlationId, answer.headers.get('x-correlation-id'));
    assert.ok(!/canary|10\.0\.0\.7|stack/.test(answer.text));
  });

  test(`a system that never answers costs the deadline and its own part (${way})`, async (t) => {
    const config = { ...gatewayConfig({ PORT: '0', HUB_MODE: 'production' }), deadlineMs: 150 };
    const { hub, weather } = await start(t, { http, config });
    weather.erp = 'hangs';
    const partial = await hub.ask('{ customer(id: 1) { name orders } }');
    assert.equal(partial.status, 200);
    assert.deepEqual(partial.body.data, { customer: { name: 'name 1', orders: null } });
    assert.deepEqual(verdicts(partial), [['SOURCE_TIMEOUT', 'customer.orders']]);
  });

  test(`A60 a client that leaves ends the calls made for it (${way})`, async (t) => {
    const { hub, weather } = await start(t, { http });
    weather.erp = 'heeds';
    const leave = new AbortController();
    const asked = hub.ask('{ customer(id: 1) { name orders } }', { signal: leave.signal });
    const signal = await meanwhile(asked, 'the ERP is asked', () => weather.signals[0]);
    const ended = signal.aborted ? undefined : once(signal, 'abort');
    leave.abort();
    await assert.rejects(asked);
    await ended;
    weather.erp = 'fine';
    assert.equal((await hub.ask('{ customer(id: 1) { orders } }')).status, 200);
  });
}

test('a deadline that passes before anything came is 504', async (t) => {
  const config = { ...gatewayConfig({ PORT: '0', HUB_MODE: 'production' }), deadlineMs: 100 };
  const weather = fineWeather();
  const parts = smallGraph(weather);
  const { hub } = await start(t, {
    config,
    parts: {
      people: {
        sdl: 'type Query { slow: String }',
        resolvers: { Query: { slow: () => new Promise(() => {}) } },
      },
      erp: { sdl: 'type Query { fast: Int }', resolvers: { Query: { fast: () => 1 } } },
    },
  });
  assert.ok(parts);
  const answer = await hub.ask('{ slow }');
  assert.equal(answer.status, 504);
  assert.deepEqual(verdicts(answer), [['GATEWAY_TIMEOUT', undefined]]);
  const partial = await hub.ask('{ slow fast }');
  assert.equal(partial.status, 200);
  assert.deepEqual(partial.body.data, { slow: null, fast: 1 });
});

test('a fetch that fails as a whole is told at the path of each thing it was to bring', async (t) => {
  const weather = fineWeather();
  const failing: Transport = {
    fetch: () => Promise.reject(new HubError('UNAVAILABLE', 'ERP cannot be reached', { system: 'ERP' })),
    close: async () => {},
  };
  const { hub } = await start(t, { parts: smallGraph(weather), replace: { erp: failing } });
  const answer = await hub.ask('{ customers(first: 2) { name money: credit ...F } } fragment F on Customer { orders }');
  assert.deepEqual(verdicts(answer).sort(), [
    ['SOURCE_UNAVAILABLE', 'customers.0.money'],
    ['SOURCE_UNAVAILABLE', 'customers.0.orders'],
    ['SOURCE_UNAVAILABLE', 'customers.1.money'],
    ['SOURCE_UNAVAILABLE', 'customers.1.orders'],
  ]);
  assert.deepEqual(answer.body.extensions?.sources, [{ system: 'ERP', state: 'UNAVAILABLE' }]);
});

test('many equal errors are told ten times and counted', async (t) => {
  const { hub, weather } = await start(t);
  weather.erp = 'down';
  const ten = await hub.ask('{ customers(first: 10) { orders } }');
  assert.equal(ten.body.errors?.length, 10);
  const answer = await hub.ask('{ customers(first: 50) { name orders credit } }');
  assert.equal(answer.body.errors?.length, 11);
  assert.match(answer.body.errors?.at(-1)?.message ?? '', /^90 more/);
  assert.equal(answer.body.errors?.at(-1)?.extensions.code, 'MORE_ERRORS');
});

test('a subgraph that cannot be reached, or does not take our signature, is a system that is not available', async (t) => {
  const weather = fineWeather();
  const { overHttp } = await import('../../gateway/execution/transports/http.ts');
  const { silentLog } = await import('../../platform/log.ts');
  const { systemClock } = await import('../../platform/clock.ts');
  const { createServer } = await import('node:http');
  const answers = [
    (end: (status: number, text: string) => void) => end(401, '{"errors":[]}'),
    (end: (status: number, text: string) => void) => end(200, '<html>canary</html>'),
    (end: (status: number, text: string) => void) => end(200, '{"data":"canary"}'),
    (end: (status: number, text: string) => void) => end(502, CANARY),
  ];
  let next = 0;
  const odd = createServer((_request, response) => {
    answers[next++ % answers.length]?.((status, text) => response.writeHead(status).end(text));
  });
  odd.listen(0, '127.0.0.1');
  await once(odd, 'listening');
  t.after(() => odd.close());
  const port = (odd.address() as { port: number }).port;
  const about = { subgraph: 'erp', system: 'ERP', secret: 'some-secret', clock: systemClock, log: silentLog };
  const { hub } = await start(t, {
    parts: smallGraph(weather),
    replace: { erp: overHttp({ ...about, url: `http://127.0.0.1:${port}/graphql` }) },
  });
  const codes = [];
  for (const _ of answers) {
    const answer = await hub.ask('{ customer(id: 1) { name orders } }');
    assert.deepEqual(answer.body.data, { customer: { name: 'name 1', orders: null } });
    assert.ok(!/canary|127\.0\.0\.1/.test(answer.text));
    codes.push(verdicts(answer)[0]?.[0]);
  }
  assert.deepEqual(codes, ['SOURCE_UNAVAILABLE', 'SOURCE_BAD_RESPONSE', 'SOURCE_BAD_RESPONSE', 'SOURCE_UNAVAILABLE']);

  const gone = overHttp({ ...about, url: 'http://127.0.0.1:1/graphql' });
  const { hub: alone } = await start(t, { parts: smallGraph(weather), replace: { erp: gone } });
  assert.deepEqual(verdicts(await alone.ask('{ customer(id: 1) { orders } }')), [
    ['SOURCE_UNAVAILABLE', 'customer.orders'],
  ]);
});

test('a value that does not fit the graph is an error, never a silent null', async (t) => {
  const weather = fineWeather();
  const drifting: Transport = {
    fetch: async () => ({ data: { _entities: [{ __typename: 'Customer', credit: 'seven' }] } }),
    close: async () => {},
  };
  const { hub } = await start(t, { parts: smallGraph(weather), replace: { erp: drifting } });
  const answer = await hub.ask('{ customer(id: 1) { name credit } }');
  assert.deepEqual(answer.body.data, { customer: { name: 'name 1', credit: null } });
  assert.deepEqual(verdicts(answer), [['SOURCE_SCHEMA_MISMATCH', 'customer.credit']]);
});

test('in process, one context serves all fetches of a request, and none the next', async (t) => {
  const { hub } = await start(t);
  await hub.ask('{ customer(id: 1) { orders parent { parent { orders } } } }');
  const fetches = hub.fetches.filter((text) => text.startsWith('erp')).length;
  assert.ok(fetches >= 2);
  assert.equal(hub.requests.length, 2, 'one for each subgraph');
  await hub.ask('{ customer(id: 1) { orders } }');
  assert.equal(hub.requests.length, 4);
});
