import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import type { Fault } from '../../../sandbox/start.ts';
import { startNotebooks } from './notebook.ts';

const sandbox = await startNotebooks();
after(() => sandbox.close());
beforeEach(() => sandbox.reset());

const fault = (rest: Omit<Fault, 'vendor'>): string => sandbox.addFault({ vendor: 'stripe', ...rest });
const impatient = (ms = 150): RequestInit => ({ signal: AbortSignal.timeout(ms) });
const whole = async (answer: Response) => JSON.parse(await answer.text());
const written = (): number => sandbox.ledger('stripe').length;
const lastStatus = (): number | null | undefined => sandbox.calls().at(-1)?.status;

test('without faults a vendor answers, and the call log tells what it was asked', async () => {
  const answer = await sandbox.send(
    'POST',
    '/notes?x=1',
    { text: 'Grüße' },
    { headers: { 'x-correlation-id': 'abc' } },
  );
  assert.equal(answer.status, 201);
  const [call, ...more] = sandbox.calls();
  assert.deepEqual(more, []);
  assert.equal(call?.body, '{"text":"Grüße"}');
  assert.deepEqual([call?.vendor, call?.method, call?.path, call?.query], ['stripe', 'POST', '/notes', 'x=1']);
  assert.deepEqual([call?.status, call?.correlationId], [201, 'abc']);
  sandbox.clearCalls();
  assert.deepEqual(sandbox.calls(), []);
});

test('refuse drops the connection, and nothing is done', async () => {
  fault({ kind: 'refuse' });
  await assert.rejects(sandbox.send('POST', '/notes', { text: 'a' }), TypeError);
  assert.equal(written(), 0);
  assert.equal(lastStatus(), null);
});

test('hang and time-out-without-applying never answer, and nothing is done', async () => {
  for (const kind of ['hang', 'time-out-without-applying'] as const) {
    const id = fault({ kind });
    await assert.rejects(sandbox.send('POST', '/notes', { text: 'a' }, impatient()), { name: 'TimeoutError' });
    assert.equal(sandbox.removeFault(id), true);
    assert.equal(written(), 0);
    assert.equal(sandbox.calls().at(-1)?.body, '{"text":"a"}', 'the request did arrive');
  }
});

test('apply-then-time-out never answers, yet it happened', async () => {
  fault({ kind: 'apply-then-time-out', count: 1 });
  await assert.rejects(sandbox.send('POST', '/notes', { text: 'a' }, impatient()), { name: 'TimeoutError' });
  assert.equal(written(), 1);
  assert.equal(lastStatus(), null);
  assert.equal((await whole(await sandbox.send('GET', '/notes'))).total, 2);
});

test('status answers in the place of the vendor, with Retry-After and any body', async () => {
  fault({ kind: 'status', status: 503, retryAfter: '7', body: '<h1>x</h1>', contentType: 'text/html' });
  const answer = await sandbox.send('POST', '/notes', { text: 'a' });
  assert.equal(answer.status, 503);
  assert.equal(answer.headers.get('retry-after'), '7');
  assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
  assert.equal(await answer.text(), '<h1>x</h1>');
  assert.equal(written(), 0);
});

test('latency comes on top of what else is in force', async () => {
  fault({ kind: 'latency', ms: 120 });
  fault({ kind: 'status', status: 500 });
  const startedAt = performance.now();
  assert.equal((await sandbox.send('GET', '/notes')).status, 500);
  assert.ok(performance.now() - startedAt >= 115);
});

test('the latency of every call is within the range that was set', async () => {
  sandbox.setLatency({ minMs: 40, maxMs: 60 });
  const startedAt = performance.now();
  await sandbox.send('GET', '/notes');
  assert.ok(performance.now() - startedAt >= 38);
  sandbox.setLatency({ minMs: 0, maxMs: 0 });
});

test('drip sends the right answer a byte at a time', async () => {
  fault({ kind: 'drip', ms: 1 });
  const answer = await sandbox.send('GET', '/notes');
  let pieces = 0;
  const decoder = new TextDecoder();
  let text = '';
  for await (const piece of answer.body ?? []) {
    pieces += 1;
    text += decoder.decode(piece, { stream: true });
  }
  assert.equal(JSON.parse(text).total, 1);
  assert.ok(pieces > 10, `${pieces} pieces`);
});

test('a client that leaves in the middle of any answer does no harm', async () => {
  for (const kind of ['drip', 'latency', 'cut-body', 'huge-body', 'apply-then-time-out', 'hang'] as const) {
    const id = fault({ kind, ms: 3 });
    const leaving = Array.from({ length: 20 }, async (_, at) => {
      const answer = await sandbox.send('GET', '/notes', undefined, impatient(2 + at)).catch(() => null);
      await answer?.text().catch(() => null); // leaving early is the point
    });
    await Promise.all(leaving);
    sandbox.removeFault(id);
    assert.equal((await sandbox.send('GET', '/notes')).status, 200, kind);
  }
});

test('cut-body promises more than it sends', async () => {
  fault({ kind: 'cut-body' });
  const answer = await sandbox.send('POST', '/notes', { text: 'a' });
  assert.equal(answer.status, 201);
  await assert.rejects(answer.text(), TypeError);
  assert.equal(written(), 1);
});

test('wrong-content-type says that it is something else, or is', async () => {
  fault({ kind: 'wrong-content-type', count: 1 });
  const answer = await sandbox.send('GET', '/notes');
  assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
  assert.equal((await whole(answer)).total, 1);
  fault({ kind: 'wrong-content-type', body: '<p>Sign in</p>' });
  assert.equal(await (await sandbox.send('GET', '/notes')).text(), '<p>Sign in</p>');
});

test('huge-body is more than nine mebibytes of the same answer', async () => {
  fault({ kind: 'huge-body' });
  const text = await (await sandbox.send('GET', '/notes')).text();
  assert.ok(text.length > 9 * 1024 * 1024);
  assert.equal(JSON.parse(text).total, 1);
});

test('shape-change breaks another field at each hit, the same ones in each run', async () => {
  const right = await whole(await sandbox.send('GET', '/notes'));
  const run = async (): Promise<string[]> => {
    const id = fault({ kind: 'shape-change' });
    const answers: string[] = [];
    for (let i = 0; i < 8; i += 1) answers.push(await (await sandbox.send('GET', '/notes')).text());
    sandbox.removeFault(id);
    return answers;
  };
  const answers = await run();
  for (const answer of answers) assert.notDeepEqual(JSON.parse(answer), right);
  assert.ok(new Set(answers).size >= 6);
  assert.deepEqual(await run(), answers);
});

test('shape-change keeps to the field that is named', async () => {
  fault({ kind: 'shape-change', field: 'total' });
  const right = await whole(await sandbox.send('GET', '/query'));
  assert.equal(right.error, 'Not Found', 'nothing to change there');
  const totals: unknown[] = [];
  for (let i = 0; i < 4; i += 1) totals.push((await whole(await sandbox.send('GET', '/notes'))).total);
  assert.deepEqual(new Set(totals), new Set([undefined, [], '1']));
});

test('a fault ends after its count, keeps to its path and vendor, and strikes its share', async () => {
  fault({ kind: 'status', status: 500, match: '^GET /notes$', count: 2 });
  const statuses: number[] = [];
  for (const path of ['/notes', '/other', '/notes?page=2', '/notes'])
    statuses.push((await sandbox.send('GET', path)).status);
  assert.deepEqual(statuses, [500, 404, 500, 200]);

  sandbox.addFault({ vendor: 'zendesk', kind: 'refuse' });
  fault({ kind: 'status', status: 429, share: 0.3 });
  let struck = 0;
  for (let i = 0; i < 200; i += 1) if ((await sandbox.send('GET', '/notes')).status === 429) struck += 1;
  assert.ok(struck > 35 && struck < 90, `${struck} of 200`);
});

test('reset ends faults and empties ledgers, call log and state; a wrong pattern is refused', async () => {
  await sandbox.send('POST', '/notes', { text: 'a' });
  fault({ kind: 'refuse' });
  await sandbox.reset();
  assert.deepEqual([sandbox.ledger('stripe'), sandbox.calls()], [[], []]);
  assert.equal((await whole(await sandbox.send('GET', '/notes'))).total, 1);
  assert.throws(() => fault({ kind: 'refuse', match: '(' }), SyntaxError);
});

test('the call log keeps the last twenty thousand', async () => {
  const { createCallLog } = await import('../../../sandbox/core/call-log.ts');
  const log = createCallLog(3);
  const call = {
    vendor: 'stripe',
    method: 'GET',
    path: '/',
    query: '',
    body: '',
    at: '',
    correlationId: null,
  } as const;
  for (let i = 0; i < 11; i += 1) log.open(call);
  assert.deepEqual(
    log.all().map(({ sequence }) => sequence),
    [9, 10, 11],
  );
});
