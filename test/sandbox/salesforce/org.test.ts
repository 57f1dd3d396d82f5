import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import Fastify, { type FastifyInstance } from 'fastify';
import { fixedClock } from '../../../platform/clock.ts';
import type { LedgerEntry } from '../../../sandbox/core/vendor.ts';
import { createWorld } from '../../../sandbox/data/generate.ts';
import * as keys from '../../../sandbox/data/keys.ts';
import { createSalesforce } from '../../../sandbox/salesforce/vendor.ts';

const ROOT = '/services/data/v66.0';
const CREDENTIALS = { clientId: 'client', clientSecret: 'secret-of-the-client' };

describe('rules of the Salesforce sandbox that no client library shows', () => {
  const clock = fixedClock('2026-10-05T08:00:00Z');
  const world = createWorld({ seed: 3, size: 60, today: '2026-10-05' });
  const ledger: LedgerEntry[] = [];
  const vendor = createSalesforce(
    { world, clock, record: (entry) => ledger.push(entry), emit: () => {}, credentials: CREDENTIALS },
    { dailyRequests: 300 },
  );
  let app: FastifyInstance;
  let token = '';
  const account = keys.salesforce.account([...world.customers()].find(({ known }) => known.crm)?.index ?? 0);

  const signIn = async (form: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url: '/services/oauth2/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams({
        grant_type: 'client_credentials',
        client_id: CREDENTIALS.clientId,
        client_secret: CREDENTIALS.clientSecret,
        ...form,
      }).toString(),
    });

  const send = async (method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) => {
    const response = await app.inject({
      method,
      url: path.startsWith('/services') ? path : ROOT + path,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return {
      status: response.statusCode,
      body: response.body === '' ? null : response.json(),
      headers: response.headers,
    };
  };

  const together = (compositeRequest: object[], allOrNone = false) =>
    send('POST', '/composite', { allOrNone, compositeRequest });
  const patch = (referenceId: string, id: string, body: object) => ({
    method: 'PATCH',
    url: `${ROOT}/sobjects/Account/${id}`,
    referenceId,
    body,
  });
  const outcomes = (answer: Awaited<ReturnType<typeof together>>): [string, number, string | null][] =>
    answer.body.compositeResponse.map((part: { referenceId: string; httpStatusCode: number; body: unknown }) => [
      part.referenceId,
      part.httpStatusCode,
      Array.isArray(part.body) ? part.body[0].errorCode : null,
    ]);

  before(async () => {
    app = Fastify();
    vendor.routes(app);
    await app.ready();
    token = (await signIn()).json().access_token;
  });
  after(() => app.close());
  beforeEach(() => {
    ledger.length = 0;
  });

  test('a token ends with its time or by revocation, and is refused without saying why', async () => {
    assert.equal((await signIn({ client_secret: 'wrong' })).statusCode, 400);
    assert.equal((await signIn({ grant_type: 'password' })).json().error, 'unsupported_grant_type');
    const mine = token;
    clock.advance(2 * 60 * 60 * 1000);
    const late = await send('GET', '/query?q=SELECT+Id+FROM+Account+LIMIT+1');
    assert.deepEqual(
      [late.status, late.body],
      [401, [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }]],
    );
    token = (await signIn()).json().access_token;
    assert.notEqual(token, mine);
    assert.equal((await send('GET', '/query?q=SELECT+Id+FROM+Account+LIMIT+1')).status, 200);
    clock.advance(1);
    const other = (await signIn()).json().access_token;
    await app.inject({
      method: 'POST',
      url: '/services/oauth2/revoke',
      payload: `token=${encodeURIComponent(token)}`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    assert.equal((await send('GET', '/query?q=SELECT+Id+FROM+Account+LIMIT+1')).status, 401);
    token = other;
  });

  test('parts of a composite request stand alone, unless all or none is asked for', async () => {
    const parts = [patch('good', account, { Industry: 'A' }), patch('bad', account, { Segment__c: 'X' })];
    assert.deepEqual(outcomes(await together(parts)), [
      ['good', 204, null],
      ['bad', 400, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST'],
    ]);
    assert.equal(ledger.length, 1);

    parts[0] = patch('good', account, { Industry: 'B' });
    assert.deepEqual(outcomes(await together(parts, true)), [
      ['good', 400, 'PROCESSING_HALTED'],
      ['bad', 400, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST'],
    ]);
    assert.equal(ledger.length, 1);
    assert.equal((await send('GET', `/sobjects/Account/${account}?fields=Industry`)).body.Industry, 'A');
  });

  test('what was rolled back leaves no id behind: the next record gets the same', async () => {
    const task = {
      method: 'POST',
      url: `${ROOT}/sobjects/Task`,
      referenceId: 'task',
      body: { WhatId: account, Hub_Key__c: 'k' },
    };
    const failed = await together([task, patch('bad', account, { Segment__c: 'X' })], true);
    assert.deepEqual(outcomes(failed)[0], ['task', 400, 'PROCESSING_HALTED']);
    const done = await together([task, patch('note', account, { Website: 'https://@{task.id}.example' })], true);
    const id = done.body.compositeResponse[0].body.id;
    assert.equal(id, '00TQ90000000001MAA');
    assert.equal(
      (await send('GET', `/sobjects/Account/${account}?fields=Website`)).body.Website,
      `https://${id}.example`,
    );
    const unknown = await together([patch('p', account, { Website: '@{nobody.id}' })]);
    assert.deepEqual(outcomes(unknown), [['p', 400, 'PROCESSING_HALTED']]);
  });

  test('a composite request takes 25 parts, 5 of them queries, each named once', async () => {
    const query = (at: number) => ({
      method: 'GET',
      url: `${ROOT}/query?q=SELECT+Id+FROM+Account+LIMIT+1`,
      referenceId: `q${at}`,
    });
    const read = (at: number) => ({ method: 'GET', url: `${ROOT}/sobjects/Account/${account}`, referenceId: `r${at}` });
    const many = (length: number, part: (at: number) => object) => Array.from({ length }, (_, at) => part(at));
    assert.equal((await together([...many(5, query), ...many(20, read)])).status, 200);
    for (const [parts, errorCode] of [
      [many(6, query), 'LIMIT_EXCEEDED'],
      [many(26, read), 'LIMIT_EXCEEDED'],
      [[read(1), read(1)], 'DUPLICATE_REFERENCE_ID'],
      [[{ ...read(1), referenceId: 'a b' }], 'INVALID_REFERENCE_ID'],
      [[], 'JSON_PARSER_ERROR'],
    ] as const) {
      const { status, body } = await together([...parts]);
      assert.deepEqual([status, body[0].errorCode], [400, errorCode]);
    }
  });

  test('an upsert says whether it created, and a deleted key may be used again', async () => {
    const put = (body: object) => send('PATCH', '/sobjects/Task/Hub_Key__c/upsert%3A1', body);
    const [created, changed, same] = [
      await put({ Subject: 'a' }),
      await put({ Subject: 'b' }),
      await put({ Subject: 'b' }),
    ];
    assert.deepEqual([created.status, created.body.created], [201, true]);
    assert.deepEqual([changed.status, changed.body.created, changed.body.id], [200, false, created.body.id]);
    assert.equal(same.status, 200);
    assert.deepEqual(
      ledger.map(({ effect, businessKey }) => [effect, businessKey]),
      [
        ['activity.noted', 'upsert:1'],
        ['task.updated', 'upsert:1'],
      ],
    );
    assert.equal((await send('DELETE', '/sobjects/Task/Hub_Key__c/upsert%3A1')).status, 204);
    assert.equal((await send('DELETE', '/sobjects/Task/Hub_Key__c/upsert%3A1')).status, 404);
    const again = await put({ Subject: 'a' });
    assert.notEqual(again.body.id, created.body.id);
  });

  test('what is no request of the API is refused as the API does', async () => {
    const odd = [
      ['PATCH', `/sobjects/Account/${account}`, '{"Name":', 400, 'JSON_PARSER_ERROR'],
      ['PATCH', `/sobjects/Account/${account}`, '[]', 400, 'JSON_PARSER_ERROR'],
      ['PATCH', '/sobjects/Account/not-an-id', '{}', 400, 'MALFORMED_ID'],
      ['GET', '/sobjects/Nothing/1', undefined, 404, 'NOT_FOUND'],
      ['GET', `/sobjects/Account/${keys.salesforce.account(900_000)}`, undefined, 404, 'NOT_FOUND'],
      ['GET', '/sobjects/Account/Name/x', undefined, 404, 'NOT_FOUND'],
      ['GET', '/nothing', undefined, 404, 'NOT_FOUND'],
      ['GET', '/services/data/v1.0/query?q=x', undefined, 404, 'NOT_FOUND'],
      ['POST', '/query', '{}', 405, 'METHOD_NOT_ALLOWED'],
      ['GET', '/query', undefined, 400, 'MALFORMED_QUERY'],
    ] as const;
    for (const [method, path, body, status, errorCode] of odd) {
      const answer = await send(method, path, body);
      assert.deepEqual([answer.status, answer.body[0].errorCode], [status, errorCode], `${method} ${path} ${body}`);
    }
  });

  test('reset gives the seeded state back, ids included', async () => {
    await send('PATCH', `/sobjects/Account/${account}`, { Industry: 'CHANGED' });
    vendor.reset();
    assert.notEqual((await send('GET', `/sobjects/Account/${account}?fields=Industry`)).body.Industry, 'CHANGED');
    const created = await send('POST', '/sobjects/Task', { Subject: 'first' });
    assert.equal(created.body.id, '00TQ90000000001MAA');
  });

  test('a composite request of reads only is no write', () => {
    const reads = JSON.stringify({ compositeRequest: [{ method: 'GET', url: `${ROOT}/query?q=x`, referenceId: 'a' }] });
    const writes = JSON.stringify({ compositeRequest: [patch('a', account, {})] });
    assert.equal(vendor.onlyReads?.('POST', `${ROOT}/composite`, reads), true);
    assert.equal(vendor.onlyReads?.('POST', `${ROOT}/composite`, writes), false);
    assert.equal(vendor.onlyReads?.('POST', `${ROOT}/sobjects/Task`, reads), false);
  });

  test('every answer says how much of the day is used, and past it there is none', async () => {
    let last = await send('GET', '/query?q=SELECT+COUNT()+FROM+Account');
    assert.match(String(last.headers['sforce-limit-info']), /^api-usage=\d+\/300$/);
    for (let sent = 0; sent < 300 && last.status === 200; sent += 1)
      last = await send('GET', '/query?q=SELECT+COUNT()+FROM+Account');
    assert.deepEqual([last.status, last.body[0].errorCode], [403, 'REQUEST_LIMIT_EXCEEDED']);
    clock.advance(24 * 60 * 60 * 1000);
    token = (await signIn()).json().access_token;
    assert.equal((await send('GET', '/query?q=SELECT+COUNT()+FROM+Account')).status, 200);
  });
});
