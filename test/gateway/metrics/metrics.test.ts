import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startHub } from '../hub.ts';
import { fineWeather, smallGraph } from '../small-graph.ts';

const KEY = { authorization: 'Bearer k' };
const asked = (query: string) => ({
  method: 'POST',
  headers: { ...KEY, 'content-type': 'application/json' },
  body: JSON.stringify({ query }),
});

test('an operator reads what was answered, run and fetched', async (t) => {
  const weather = fineWeather();
  const hub = await startHub(t, { parts: smallGraph(weather), scopes: ['operate'] });
  await hub.send(asked('{ customer(id: 1) { name } }'));
  await hub.send(asked('{ nothing }'));
  await hub.send({ ...asked('{ customer(id: 1) { name } }'), headers: { 'content-type': 'application/json' } });
  const { status, headers, text } = await hub.send({ path: '/metrics', headers: KEY });
  assert.equal(status, 200);
  assert.equal(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8');
  for (const line of [
    'hub_answers_total{status="200"} 1',
    'hub_answers_total{status="400"} 1',
    'hub_answers_total{status="401"} 1',
    'hub_operations_total 1',
    'hub_fallbacks_total 0',
    `hub_subgraph_fetches_total ${hub.fetches.length}`,
    'hub_subgraph_failures_total 0',
  ]) {
    assert.ok(text.split('\n').includes(line), `${line} is not in\n${text}`);
  }
  assert.match(text, /^process_resident_memory_bytes \d{7,}$/m);
  assert.match(text, /^nodejs_eventloop_delay_p99_seconds \d+(\.\d+)?(e-\d+)?$/m);
});

test('nobody else reads it', async (t) => {
  const hub = await startHub(t, { parts: smallGraph(fineWeather()), scopes: ['audit'] });
  assert.equal((await hub.send({ path: '/metrics' })).status, 401);
  const { status, body } = await hub.send({ path: '/metrics', headers: KEY });
  assert.equal(status, 403);
  assert.equal(body.errors?.[0]?.extensions.code, 'FORBIDDEN');
});
