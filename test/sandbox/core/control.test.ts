import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, beforeEach, test } from 'node:test';
import { SCENARIOS } from '../../../sandbox/data/scenarios.ts';
import { eventually } from '../../support/hub.ts';
import { startNotebooks } from './notebook.ts';

const sandbox = await startNotebooks();
after(() => sandbox.close());
beforeEach(() => sandbox.reset());
const { control } = sandbox;

test('it says what there is', async () => {
  const { status, body } = await control('GET', '/');
  assert.equal(status, 200);
  assert.match(JSON.stringify(body), /"customers":60.*GET \/ledger\/<vendor>.*POST \/reset/);
});

test('the ledger of a vendor has each effective write once, with its keys', async () => {
  await sandbox.send('POST', '/notes', { text: 'a' }, { headers: { 'idempotency-key': 'p1:open' } });
  await sandbox.send('POST', '/notes', {});
  const { body } = await control('GET', '/ledger/stripe');
  const { entries } = body as { entries: Record<string, unknown>[] }; // compared in full below
  const [entry, ...more] = entries;
  assert.deepEqual(more, []);
  assert.deepEqual(
    { ...entry, at: typeof entry?.at },
    {
      sequence: 1,
      at: 'string',
      effect: 'note.written',
      id: 'n-2',
      businessKey: 'a',
      idempotencyKey: 'p1:open',
      details: {},
    },
  );
  assert.deepEqual((await control('GET', '/ledger/zendesk')).body, { vendor: 'zendesk', entries: [] });
});

test('calls are listed, narrowed and forgotten', async () => {
  await sandbox.send('GET', '/notes');
  await fetch(`${sandbox.url.zendesk}/notes`);
  const paths = async (query: string) => {
    const { body } = await control('GET', `/calls${query}`);
    return (body as { calls: { vendor: string; sequence: number }[] }).calls; // as CallLogEntry says
  };
  const [first] = await paths('');
  assert.equal((await paths('')).length, 2);
  assert.deepEqual(
    (await paths('?vendor=zendesk')).map(({ vendor }) => vendor),
    ['zendesk'],
  );
  assert.equal((await paths(`?since=${first?.sequence}`)).length, 1);
  await control('DELETE', '/calls');
  assert.deepEqual(await paths(''), []);
});

test('requests in flight are counted for each vendor, now and at most', async () => {
  const inFlight = async (method = 'GET') => {
    const { body } = await control(method, '/in-flight');
    return (body as { inFlight: Record<string, { now: number; most: number; total: number }> }).inFlight; // as InFlightCount says
  };
  await inFlight('DELETE');
  sandbox.addFault({ vendor: 'stripe', kind: 'hang' });
  const gone = new AbortController();
  const hanging = [1, 2, 3].map(() => fetch(`${sandbox.url.stripe}/notes`, { signal: gone.signal }).catch(() => null));
  await eventually('three hang', async () => (await inFlight()).stripe?.now === 3);
  assert.deepEqual((await inFlight()).zendesk, { now: 0, most: 0, total: 0 });
  gone.abort();
  await Promise.all(hanging);
  await eventually('none hangs', async () => (await inFlight()).stripe?.now === 0);
  assert.deepEqual((await inFlight()).stripe, { now: 0, most: 3, total: 3 });
  assert.deepEqual((await inFlight('DELETE')).stripe, { now: 0, most: 0, total: 0 });
});

test('faults are added, counted and ended, one or all', async () => {
  const { status, body } = await control('POST', '/faults', { vendor: 'stripe', kind: 'status', status: 418 });
  assert.equal(status, 201);
  const { id } = body as { id: string }; // the answer to a fault that was taken
  assert.equal((await sandbox.send('GET', '/notes')).status, 418);
  assert.deepEqual((await control('GET', '/faults')).body, {
    faults: [{ id, vendor: 'stripe', kind: 'status', status: 418, hits: 1 }],
  });
  assert.equal((await control('DELETE', `/faults/${id}`)).status, 200);
  assert.equal((await sandbox.send('GET', '/notes')).status, 200);
  assert.equal((await control('DELETE', `/faults/${id}`)).status, 404);
  await control('POST', '/faults', { vendor: 'stripe', kind: 'refuse' });
  assert.deepEqual((await control('DELETE', '/faults')).body, { faults: [] });
  assert.equal((await sandbox.send('GET', '/notes')).status, 200);
});

test('a wrong request is refused with the field that is wrong and what would be right', async () => {
  const cases: [method: string, path: string, body: unknown, status: number, problem: RegExp][] = [
    ['POST', '/faults', { kind: 'refuse' }, 400, /vendor: must be one of salesforce, netsuite, stripe, zendesk/],
    [
      'POST',
      '/faults',
      { vendor: 'stripe', kind: 'explode' },
      400,
      /kind: must be one of latency, refuse.*time-out-without/,
    ],
    ['POST', '/faults', { vendor: 'stripe', kind: 'status' }, 400, /status: is required.*200 to 599/],
    [
      'POST',
      '/faults',
      { vendor: 'stripe', kind: 'status', status: 99 },
      400,
      /status: must be a whole number from 200/,
    ],
    ['POST', '/faults', { vendor: 'stripe', kind: 'refuse', match: '(' }, 400, /match: must be a regular expression/],
    ['POST', '/faults', { vendor: 'stripe', kind: 'refuse', share: 2 }, 400, /share: must be from 0 to 1/],
    ['POST', '/faults', { vendor: 'stripe', kind: 'refuse', count: 0 }, 400, /count: must be a whole number from 1/],
    ['POST', '/faults', { vendor: 'stripe', kind: 'refuse', retryAfter: 'a\nb' }, 400, /retryAfter: must be seconds/],
    ['POST', '/faults', { vendor: 'stripe', kind: 'refuse', colour: 'red' }, 400, /body: knows no colour/],
    ['POST', '/faults', { vendor: 'nobody', kind: 'nothing' }, 400, /vendor: .*kind: /],
    ['POST', '/faults', [], 400, /body: must be a JSON object/],
    ['POST', '/faults', undefined, 400, /body: must be a JSON object/],
    ['POST', '/latency', { minMs: 9, maxMs: 3 }, 400, /maxMs: must not be below minMs/],
    ['POST', '/latency', { minMs: -1, maxMs: 3 }, 400, /minMs: must be a whole number from 0/],
    ['POST', '/webhooks', { vendor: 'stripe', url: 'ftp://x' }, 400, /url: must be an http or https URL/],
    ['GET', '/ledger/sap', undefined, 404, /vendor: must be one of salesforce/],
    ['GET', '/calls?vendor=sap&since=x', undefined, 400, /vendor: must be one of.*since: must be a sequence number/],
    ['GET', '/customers?trait=rich', undefined, 400, /trait: must be one of hierarchy-parent/],
    ['POST', '/scenario/end-of-world', undefined, 404, /there are calm, erp-down/],
    ['POST', '/scenario/constructor', undefined, 404, /there are calm/],
    ['DELETE', '/webhooks/9', undefined, 404, /no webhook 9/],
    ['GET', '/nowhere', undefined, 404, /there are GET \/ledger/],
  ];
  for (const [method, path, body, status, problem] of cases) {
    const answer = await control(method, path, body);
    const about = `${method} ${path} ${JSON.stringify(body)}`;
    assert.equal(answer.status, status, about);
    assert.match((answer.body as { error: { problems: string[] } }).error.problems.join('; '), problem, about); // refusals look like this
  }
});

test('a body that is not JSON, and a page of another origin, are refused', async () => {
  const send = (init: RequestInit) => fetch(`${sandbox.url.control}/reset`, { method: 'POST', ...init });
  const asText = await send({ body: '{}', headers: { 'content-type': 'text/plain' } });
  assert.equal(asText.status, 415);
  assert.match(await asText.text(), /application\/json/);
  assert.equal((await send({ body: '{', headers: { 'content-type': 'application/json' } })).status, 400);
  assert.equal((await send({ headers: { origin: 'http://evil.example' } })).status, 403);
  assert.equal((await send({ headers: { 'content-type': 'application/json' } })).status, 200);
});

test('every scenario sets up what it says and names customers it shows in', async () => {
  for (const [name, scenario] of Object.entries(SCENARIOS)) {
    const { status, body } = await control('POST', `/scenario/${name}`);
    assert.equal(status, 200, name);
    const { description, faults, customers } = body as {
      description: string;
      faults: unknown[];
      customers: { id: string; traits: string[] }[];
    }; // what a scenario answers
    assert.ok(description.length > 30, name);
    assert.equal(faults.length, scenario.faults.length);
    assert.ok(customers.length >= (scenario.books ? 1 : 2), `${name} has customers`);
    for (const { id, traits } of customers) {
      assert.match(id, /^C-\d{5}$/);
      assert.equal(scenario.trait ? traits.includes(scenario.trait) : traits.length === 0, true, `${name}: ${id}`);
    }
  }
  const small = await startNotebooks({ customers: 10 });
  const refused = await small.control('POST', '/scenario/large-account');
  await small.close();
  assert.equal(refused.status, 409);
  assert.match(JSON.stringify(refused.body), /name: large-account cannot be set up: .*this world has 10/);
  assert.notDeepEqual((await control('GET', '/faults')).body, { faults: [] });
  await control('POST', '/scenario/calm');
  assert.deepEqual((await control('GET', '/faults')).body, { faults: [] });
  const { body } = await control('GET', '/scenarios');
  assert.deepEqual(
    (body as { scenarios: { name: string }[] }).scenarios.map(({ name }) => name),
    Object.keys(SCENARIOS),
  ); // as above
});

test('latency is changed for all', async () => {
  await control('POST', '/latency', { minMs: 50, maxMs: 50 });
  const startedAt = performance.now();
  await sandbox.send('GET', '/notes');
  assert.ok(performance.now() - startedAt >= 48);
  await control('POST', '/latency', { minMs: 0, maxMs: 0 });
});

test('a webhook goes to who asked for it, signed by the vendor, and again when it was refused', async () => {
  const received: { headers: IncomingMessage['headers']; body: string }[] = [];
  const answers = [500, 204];
  let told = (): void => {};
  const listener = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      received.push({ headers: request.headers, body });
      response.writeHead(answers[received.length - 1] ?? 204).end(told);
    });
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/hook`; // listens on TCP
  const { body } = await control('POST', '/webhooks', { vendor: 'stripe', url });
  assert.deepEqual(
    (await control('POST', '/webhooks', { vendor: 'stripe', url })).body,
    body,
    'asked twice, told once',
  );

  const twice = new Promise<void>((resolve) => {
    told = () => received.length === 2 && resolve();
  });
  await sandbox.send('POST', '/notes', { text: 'told' });
  await twice;
  assert.equal(received[0]?.body, received[1]?.body);
  assert.match(received[0]?.body ?? '', /"text":"told"/);
  assert.equal(received[0]?.headers['x-signature'], sandbox.credentials.stripe.token);

  const { id } = body as { id: string }; // a subscription that was taken
  assert.equal((await control('DELETE', `/webhooks/${id}`)).status, 200);
  assert.deepEqual((await control('GET', '/webhooks')).body, { webhooks: [] });
  listener.close();
  listener.closeAllConnections();
});
