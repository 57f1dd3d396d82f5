import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { type Account, account, SUITEQL } from './account.ts';

describe('NetSuite lets in only who proves it is the integration', () => {
  let netsuite: Account;
  before(async () => {
    netsuite = await account();
  });
  after(() => netsuite.app.close());

  test('a right assertion gets a bearer token for an hour', async () => {
    const answer = await netsuite.tokenFor(await netsuite.assertion());
    assert.equal(answer.statusCode, 200);
    assert.deepEqual([answer.json().token_type, answer.json().expires_in], ['bearer', '3600']);
  });

  test('an assertion that is wrong in any point gets none', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey;
    const now = Math.floor(netsuite.clock.now() / 1_000);
    const wrong = {
      'another key': { key: other.export({ type: 'pkcs8', format: 'pem' }).toString() },
      'another client': { claims: { iss: 'somebody' } },
      'another audience': { claims: { aud: 'https://example.com/token' } },
      'another certificate': { header: { kid: 'other' } },
      'an algorithm that NetSuite dropped': { header: { alg: 'RS256' } },
      'one that ended': { claims: { iat: now - 600, exp: now - 300 } },
      'one that lives too long': { claims: { exp: now + 7_200 } },
      'another scope': { claims: { scope: ['restlets'] } },
    };
    for (const [what, changes] of Object.entries(wrong)) {
      const answer = await netsuite.tokenFor(await netsuite.assertion(changes));
      assert.ok(answer.statusCode === 400 || answer.statusCode === 401, what);
      assert.match(answer.json().error, /^invalid_/, what);
    }
    const forms: Record<string, string>[] = [
      { grant_type: 'password' },
      { client_assertion_type: 'x' },
      { client_assertion: 'a.b.c' },
    ];
    for (const form of forms) {
      const answer = await netsuite.tokenFor(await netsuite.assertion(), form);
      assert.ok(answer.statusCode >= 400);
    }
  });

  test('without a token, or with one that is forged or ended, there is a 401 in the vendor’s form', async () => {
    const [endsAt, seal] = netsuite.bearer.split('.');
    const forged = ['', 'Bearer', 'Bearer x', `Bearer ${Number(endsAt) + 9_000}.${seal}`, `Basic ${netsuite.bearer}`];
    const ask = (authorization: string) =>
      netsuite.send({
        method: 'POST',
        url: SUITEQL,
        headers: { authorization, prefer: 'transient' },
        payload: { q: 'SELECT id FROM term' },
      });
    for (const authorization of forged) {
      const answer = await ask(authorization);
      assert.equal(answer.statusCode, 401, authorization);
      assert.equal(answer.json()['o:errorDetails'][0]['o:errorCode'], 'INVALID_LOGIN');
      assert.match(String(answer.headers['content-type']), /type=error/);
    }
    assert.equal((await ask(`Bearer ${netsuite.bearer}`)).statusCode, 200);
    netsuite.clock.advance(3_600_000);
    assert.equal((await ask(`Bearer ${netsuite.bearer}`)).statusCode, 401);
    netsuite.clock.advance(-3_600_000);
  });
});

test('more requests at a time than the account has are refused with 429', async () => {
  const netsuite = await account({ customers: 20, concurrentRequests: 2 });
  let open: () => void = () => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  let inside = 0;
  netsuite.app.server.on('request', () => {
    inside += 1;
    if (inside === 5) open();
  });
  await netsuite.app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = netsuite.app.server.address() as AddressInfo; // listening on TCP
  // The body is sent only once all have come: until then each request is under way.
  const ask = async () => {
    const body = new ReadableStream({
      async start(controller) {
        controller.enqueue(new TextEncoder().encode('{"q":'));
        await opened;
        controller.enqueue(new TextEncoder().encode('"SELECT id FROM term"}'));
        controller.close();
      },
    });
    const answer = await fetch(`http://127.0.0.1:${port}${SUITEQL}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${netsuite.bearer}`, prefer: 'transient', 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit); // `duplex` is Node's own and not in the type
    const text = await answer.text();
    return { status: answer.status, text };
  };
  const answers = await Promise.all(Array.from({ length: 5 }, ask));
  await netsuite.app.close();
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 200, 429, 429, 429]);
  assert.ok(answers.filter(({ status }) => status === 429).every(({ text }) => text.includes('CONCURRENCY_LIMIT')));
});
