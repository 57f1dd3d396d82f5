import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLimiter } from '../../../gateway/limits/limiter.ts';
import { systemClock } from '../../../platform/clock.ts';
import { silentLog } from '../../../platform/log.ts';
import { DEFAULT_BUDGET, principalOf } from '../../../platform/principal.ts';
import { eventually } from '../../support/hub.ts';
import { composed } from '../hub.ts';
import { ORDERS, smallWorld } from './small-world.ts';

const CHANGED = 'subscription ($id: ID!) { orderChanged(id: $id) { state } }';
const EVENTS = { accept: 'text/event-stream' };

test('each change is told once, and the last with the end', async (t) => {
  const { listen, change, tell, asked } = await smallWorld(t);
  const order = listen(CHANGED, { id: '1' });
  assert.deepEqual((await order.next())?.data, { orderChanged: { state: 'OPEN' } });
  const before = asked.length;
  tell('order:1');
  await eventually('it is asked again', async () => asked.length > before);
  change({ id: '1', state: 'SHIPPED', endedAt: null });
  assert.deepEqual(
    (await order.next())?.data,
    { orderChanged: { state: 'SHIPPED' } },
    'what did not change was not told',
  );
  change({ id: '1', state: 'DONE', endedAt: '2027-01-31' });
  assert.deepEqual((await order.next())?.data, { orderChanged: { state: 'DONE' } });
  assert.equal(await order.next(), null, 'complete');
});

test('alias, fragments on Subscription and several operations in one document are understood', async (t) => {
  const { hub } = await smallWorld(t);
  const query = `query Other { ordersOf(customer: "c") { id } }
    subscription It($id: ID!) { ...Root }
    fragment Root on Subscription { ... on Subscription { mine: orderChanged(id: $id) { ...Part __typename endedAt } } }
    fragment Part on Order { id }`;
  const stream = await firstOf(hub.url, { query, operationName: 'It', variables: { id: '1' } });
  assert.match(stream, /^event: next\ndata: \{"data":\{"mine":\{"id":"1","__typename":"Order","endedAt":null\}\}/);
  assert.doesNotMatch(stream, /concordEnded/);
});

test('what nobody knows is told as null, and that is all', async (t) => {
  const { listen } = await smallWorld(t);
  const order = listen(CHANGED, { id: 'unknown' });
  assert.deepEqual((await order.next())?.data, { orderChanged: null });
  assert.equal(await order.next(), null);
});

test('A26: without the header a subscription is 400, and the answer says which header', async (t) => {
  const { hub } = await smallWorld(t);
  const { status, body } = await hub.ask(CHANGED, { variables: { id: '1' } });
  assert.deepEqual([status, body.errors?.[0]?.extensions.code], [400, 'OPERATION_RESOLUTION_FAILURE']);
  assert.match(body.errors?.[0]?.message ?? '', /accept: text\/event-stream/);
});

test('A26: a subscription that nothing answers, or that is wrong, is 400 before a stream begins', async (t) => {
  const { hub } = await smallWorld(t);
  for (const [query, code] of [
    ['subscription { unheard }', 'OPERATION_RESOLUTION_FAILURE'],
    ['subscription { nothing }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscription { orderChanged { state } }', 'GRAPHQL_VALIDATION_FAILED'],
    ['subscription { a: orderChanged(id: 1) { state } b: orderChanged(id: 1) { state } }', 'GRAPHQL_VALIDATION_FAILED'],
  ] as const) {
    const { status, body } = await hub.ask(query, { headers: EVENTS });
    assert.deepEqual([query, status, body.errors?.[0]?.extensions.code], [query, 400, code]);
  }
  const list = await hub.send({
    method: 'POST',
    headers: { ...EVENTS, 'content-type': 'application/json', authorization: 'Bearer k' },
    body: '[{"query":"{ __typename }"}]',
  });
  assert.deepEqual([list.status, list.body.errors?.[0]?.extensions.code], [400, 'BAD_REQUEST']);
  assert.equal((await hub.ask(CHANGED, { headers: { ...EVENTS, authorization: 'Bearer x' } })).status, 401);
});

test('A26: where no changes are heard of, a subscription is 400', async (t) => {
  const { hub } = await smallWorld(t, { gateway: { changes: undefined as never } });
  for (const headers of [{}, EVENTS]) {
    const { status, body } = await hub.ask('subscription { orderChanged(id: 1) { state } }', { headers });
    assert.deepEqual([status, body.errors?.[0]?.extensions.code], [400, 'OPERATION_RESOLUTION_FAILURE']);
    assert.match(body.errors?.[0]?.message ?? '', /not offered/);
  }
});

test('a query may be asked as events too: one, and complete', async (t) => {
  const { hub } = await smallWorld(t);
  const { status, text, headers } = await hub.ask('{ order(id: 1) { state } }', { headers: EVENTS });
  assert.equal(status, 200);
  assert.match(headers.get('content-type') ?? '', /^text\/event-stream/);
  assert.match(text, /^event: next\ndata: \{"data":\{"order":\{"state":"OPEN"\}\}.*\n\nevent: complete\ndata: \n\n$/);
  const both = await hub.ask('{ order(id: 1) { state } }', {
    headers: { accept: 'application/json, text/event-stream' },
  });
  assert.deepEqual(both.body.data, { order: { state: 'OPEN' } }, 'who takes JSON too gets JSON');
});

test('a stream asks for the scopes of its query, and what is denied of the answer stays so', async (t) => {
  const { listen, caller } = await smallWorld(t);
  const order = listen('subscription { orderChanged(id: 1) { state secret } }');
  const answer = await order.next();
  assert.deepEqual(answer?.data, { orderChanged: { state: 'OPEN', secret: null } });
  assert.deepEqual(
    answer?.errors?.map(({ extensions, path }) => [extensions?.code, path]),
    [['FORBIDDEN_FIELD', ['orderChanged', 'secret']]],
  );
  caller.principal = principalOf({ id: 'k2', name: 'other', scopes: [] });
  const denied = listen(CHANGED, { id: '1' });
  const first = await denied.next();
  assert.deepEqual([first?.data, first?.errors?.[0]?.extensions?.code], [{ orderChanged: null }, 'FORBIDDEN_FIELD']);
  assert.equal(await denied.next(), null);
});

test('rights that are taken from a key while it listens are taken from the stream', async (t) => {
  const { listen, caller, change } = await smallWorld(t);
  const order = listen(CHANGED, { id: '1' });
  await order.next();
  caller.principal = principalOf({ id: 'k1', name: 'test', scopes: [] });
  let state = 0;
  const changing = setInterval(() => change({ id: '1', state: `${state++}`, endedAt: null }), 5);
  t.after(() => clearInterval(changing));
  let last = await order.next();
  while (last?.data?.orderChanged) last = await order.next();
  assert.equal(last?.errors?.[0]?.extensions?.code, 'FORBIDDEN_FIELD');
  assert.equal(await order.next(), null);
});

test('B28: the stream of a key that ends is told so and cut, and hears nothing more', async (t) => {
  const { listen, caller, listening } = await smallWorld(t);
  const order = listen(CHANGED, { id: '1' });
  await order.next();
  assert.equal(listening('order:1'), 1);
  caller.principal = null;
  const last = await order.next();
  assert.deepEqual([last?.data, last?.errors?.[0]?.extensions?.code], [undefined, 'UNAUTHENTICATED']);
  assert.equal(await order.next(), null);
  assert.equal(listening('order:1'), 0);
});

test('a client that leaves is forgotten', async (t) => {
  const { listen, listening } = await smallWorld(t);
  const order = listen(CHANGED, { id: '1' });
  await order.next();
  order.close();
  await eventually('nobody listens', async () => listening('order:1') === 0);
});

test('a key has so many streams, and the hub so many', async (t) => {
  const { listen, hub, caller } = await smallWorld(t, {
    env: { HUB_LIVE_STREAMS_PER_KEY: '2', HUB_LIVE_STREAMS: '3' },
  });
  const code = async () => {
    const { status, headers, body } = await hub.ask(CHANGED, { variables: { id: '1' }, headers: EVENTS });
    return [status, body.errors?.[0]?.extensions.code, headers.has('retry-after')];
  };
  const open = [listen(CHANGED, { id: '1' }), listen(CHANGED, { id: '1' })];
  for (const one of open) await one.next();
  assert.deepEqual(await code(), [429, 'RATE_LIMITED', true]);
  caller.principal = principalOf({ id: 'k2', name: 'other', scopes: ['order:read'] });
  const third = listen(CHANGED, { id: '1' });
  await third.next();
  assert.deepEqual(await code(), [503, 'UNAVAILABLE', true]);
  third.close();
  await eventually('its place is free', async () => {
    const again = listen(CHANGED, { id: '1' });
    const first = await again.next().catch(() => null);
    return first !== null;
  });
});

test('when another graph takes over, the stream goes on upon it; on one that lost the field it ends and says so', async (t) => {
  const { listen, change, hub } = await smallWorld(t);
  const graph = (sdl: string) => composed({ orders: { sdl, resolvers: {} } });
  const order = listen(CHANGED, { id: '1' });
  await order.next();
  await hub.gateway.update(graph(`${ORDERS} type Added { n: Int }`));
  change({ id: '1', state: 'B', endedAt: null });
  assert.deepEqual((await order.next())?.data, { orderChanged: { state: 'B' } });
  await hub.gateway.update(graph(ORDERS.replaceAll('orderChanged', 'renamed')));
  change({ id: '1', state: 'C', endedAt: null });
  const last = await order.next();
  assert.deepEqual([last?.data, last?.errors?.[0]?.extensions?.code], [undefined, 'GRAPHQL_VALIDATION_FAILED']);
  assert.equal(await order.next(), null);
});

test('a hub that shuts down cuts its streams without completing them, so that clients come again', async (t) => {
  const { hub, listen } = await smallWorld(t);
  const order = listen(CHANGED, { id: '1' });
  await order.next();
  const cut = assert.rejects(order.next());
  await hub.gateway.close();
  await cut;
});

test('each answer is paid for: a key whose minute is used up hears the next change when it may ask again', async (t) => {
  const limiter = createLimiter({ redisUrl: null, clock: systemClock, log: silentLog, windowMs: 300 });
  const spent: number[] = [];
  const { listen, caller, change } = await smallWorld(t, {
    gateway: {
      door: {
        limiter: {
          ...limiter,
          spend: (principal, points) => {
            spent.push(points);
            return limiter.spend(principal, points);
          },
        },
      },
    },
  });
  const budget = { ...DEFAULT_BUDGET, costPerMinute: 1 };
  caller.principal = principalOf({ id: 'k1', name: 'test', scopes: ['order:read'], budget });
  const order = listen(CHANGED, { id: '1' });
  await order.next();
  change({ id: '1', state: 'B', endedAt: null });
  assert.deepEqual((await order.next())?.data, { orderChanged: { state: 'B' } });
  assert.ok(spent.length >= 2 && spent.every((points) => points === 1), String(spent));
});

/** The first event of a stream, as text. */
async function firstOf(url: string, body: object): Promise<string> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { ...EVENTS, 'content-type': 'application/json', authorization: 'Bearer k' },
    body: JSON.stringify(body),
  });
  assert.ok(response.body);
  let text = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    if (text.includes('\n\n')) break;
  }
  return text;
}
