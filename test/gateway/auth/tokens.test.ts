import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { exportJWK, type JWK, SignJWT } from 'jose';
import { authConfig } from '../../../gateway/auth/auth-config.ts';
import { COOL_DOWN_MS } from '../../../gateway/auth/issuer-keys.ts';
import { createTokens } from '../../../gateway/auth/tokens.ts';
import { fixedClock } from '../../../platform/clock.ts';
import { silentLog } from '../../../platform/log.ts';
import { DEFAULT_BUDGET } from '../../../platform/principal.ts';

const START = '2027-01-31T08:00:00.000Z';
const NOW = Date.parse(START) / 1_000;
const ISSUER = 'https://id.example/realms/concord';

interface Signer {
  readonly kid: string;
  readonly alg: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}
const signer = (kid: string, alg: string): Signer => {
  const pair =
    alg === 'ES256'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : alg === 'EdDSA'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { kid, alg, ...pair };
};
const RSA = signer('rsa', 'RS256');

/** An issuer's JWKS on loopback, whose keys the test changes. */
async function issuerServer(t: TestContext) {
  const state = { keys: [] as JWK[], calls: 0, status: 200 };
  const server = createServer((_request, response) => {
    state.calls += 1;
    response.writeHead(state.status, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: state.keys }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo; // listening on TCP
  const publish = async (...signers: readonly Signer[]) => {
    state.keys = await Promise.all(
      signers.map(async ({ kid, alg, publicKey }) => ({ ...(await exportJWK(publicKey)), kid, alg, use: 'sig' })),
    );
  };
  return { state, publish, url: `http://127.0.0.1:${port}/jwks` };
}

const ROLES = [
  {
    role: 'agent',
    scopes: ['customer:read', 'support:read'],
    actsFor: 'SUPPORT',
    unmasked: ['PERSONAL'],
    rows: { partnerOfRecord: { claim: 'org.partner' }, regions: ['EMEA'] },
    acts: { submitOrder: { upTo: { EUR: '500.00' } } },
    budget: { concurrency: 5 },
  },
  { role: 'admin', scopes: ['operate', 'customer:read'], rows: 'all' },
];

const folder = mkdtempSync(join(tmpdir(), 'concord-tokens-'));
process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
let files = 0;
function configured(issuer: object) {
  const path = join(folder, `tokens-${files++}.json`);
  writeFileSync(path, JSON.stringify({ issuers: [issuer] }));
  return authConfig({ AUTH_TOKENS: path }, ['submitOrder']);
}

async function world(t: TestContext, more: object = {}, signers: readonly Signer[] = [RSA]) {
  const server = await issuerServer(t);
  await server.publish(...signers);
  const clock = fixedClock(START);
  const { issuers, budget } = configured({
    ...{ name: 'staff', issuer: ISSUER, jwksUrl: server.url, audience: 'concord', leewaySeconds: 60 },
    ...{ rolesClaim: 'realm_access.roles', roles: ROLES, ...more },
  });
  return { ...server, clock, tokens: createTokens({ issuers, clock, log: silentLog, budget }) };
}

interface Made {
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
  readonly by?: Signer;
}
const CLAIMS = {
  ...{ iss: ISSUER, aud: 'concord', sub: 'u-1', name: 'Ada', exp: NOW + 300, iat: NOW },
  ...{ realm_access: { roles: ['offline', 'agent'] }, org: { partner: 'P-7' } },
};
const token = ({ claims = {}, header = {}, by = RSA }: Made = {}): Promise<string> =>
  new SignJWT(JSON.parse(JSON.stringify({ ...CLAIMS, ...claims })))
    .setProtectedHeader({ alg: by.alg, kid: by.kid, typ: 'at+jwt', ...header })
    .sign(by.privateKey);

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a token of a known issuer is the user that it names, with what the first of the roles may do', async (t) => {
  const { tokens } = await world(t);
  assert.deepEqual(await tokens.verify(await token()), {
    id: 'staff:u-1',
    kind: 'USER',
    name: 'Ada',
    scopes: ['customer:read', 'support:read'],
    actsFor: 'SUPPORT',
    rows: { partnerOfRecord: ['P-7'], regions: ['EMEA'] },
    unmasked: ['PERSONAL'],
    acts: { submitOrder: { upTo: { EUR: '500.00' } } },
    operations: 'free',
    budget: { ...DEFAULT_BUDGET, concurrency: 5 },
  });
  const both = await tokens.verify(await token({ claims: { realm_access: { roles: ['admin', 'agent'] } } }));
  assert.deepEqual(
    both?.scopes,
    ['customer:read', 'support:read'],
    'the order of the configuration counts, nothing is mixed',
  );
  const admin = await tokens.verify(await token({ claims: { realm_access: { roles: 'admin' } } }));
  assert.deepEqual([admin?.scopes, admin?.rows], [['operate', 'customer:read'], null]);
});

test('a claim that should open rows and is missing, or no text, opens nothing', async (t) => {
  const { tokens } = await world(t);
  for (const org of [undefined, null, {}, { partner: 7 }, { partner: [7, null] }, 'P-7', { partner: {} }]) {
    const bearer = await tokens.verify(await token({ claims: { org } }));
    assert.deepEqual(bearer?.rows, { partnerOfRecord: [], regions: ['EMEA'] }, JSON.stringify(org));
  }
  const two = await tokens.verify(await token({ claims: { org: { partner: ['P-7', 'P 8'] } } }));
  assert.deepEqual(two?.rows, { partnerOfRecord: ['P-7', 'P 8'], regions: ['EMEA'] });
});

test('where the scope claim counts, a token may do only what it and its role both name', async (t) => {
  const { tokens } = await world(t, { scopeClaim: 'scope' });
  const scopesOf = async (scope: unknown) => (await tokens.verify(await token({ claims: { scope } })))?.scopes;
  assert.deepEqual(await scopesOf('openid customer:read operate'), ['customer:read']);
  assert.deepEqual(await scopesOf(undefined), []);
});

test('a token that holds and carries no role of this hub is refused as a whole', async (t) => {
  const { tokens } = await world(t);
  for (const realm_access of [{ roles: ['other'] }, { roles: [] }, {}, undefined, { roles: ['*'] }]) {
    await assert.rejects(tokens.verify(await token({ claims: { realm_access } })), {
      name: 'ForbiddenCaller',
      reason: 'NO_ROLE',
      principalId: 'staff:u-1',
    });
  }
});

test('B35: none, a shared secret made of the public key, and algorithms outside the list are refused', async (t) => {
  const others = [signer('pss', 'PS256'), signer('ec', 'ES256'), signer('ed', 'EdDSA'), signer('big', 'RS512')];
  const { tokens, state } = await world(t, { algorithms: ['RS256'] }, [RSA, ...others]);
  assert.ok(await tokens.verify(await token()));
  const body = part(CLAIMS);
  const publicPem = RSA.publicKey.export({ type: 'spki', format: 'pem' });
  const forged = await new SignJWT(CLAIMS)
    .setProtectedHeader({ alg: 'HS256', kid: 'rsa', typ: 'at+jwt' })
    .sign(Buffer.from(publicPem));
  const wrong = [
    `${part({ alg: 'none', typ: 'at+jwt' })}.${body}.`,
    `${part({ alg: 'None', typ: 'at+jwt', kid: 'rsa' })}.${body}.c2ln`,
    forged,
    `${part({ alg: 'RS256', kid: 'rsa', typ: 'at+jwt' })}.${body}.`,
    ...(await Promise.all(others.map((by) => token({ by })))),
  ];
  for (const text of wrong) assert.equal(await tokens.verify(text), null, text.slice(0, 60));
  assert.equal(state.calls, 1);
  const every = await world(t, {}, [RSA, ...others]);
  for (const by of others.slice(0, 3)) assert.ok(await every.tokens.verify(await token({ by })), by.alg);
  assert.equal(await every.tokens.verify(await token({ by: others[3] ?? RSA })), null, 'RS512 is on no list');
});

test('B36: issuer, audience and times, with a minute of leeway at most', async (t) => {
  const { tokens } = await world(t);
  const cases: readonly [string, Record<string, unknown>, boolean][] = [
    ['another issuer', { iss: 'https://evil.example' }, false],
    ['the issuer with a slash', { iss: `${ISSUER}/` }, false],
    ['no issuer', { iss: undefined }, false],
    ['no audience', { aud: undefined }, false],
    ['another audience', { aud: 'billing' }, false],
    ['a list without ours', { aud: ['billing', 'crm'] }, false],
    ['a list with ours', { aud: ['billing', 'concord'] }, true],
    ['no end', { exp: undefined }, false],
    ['an end that is text', { exp: String(NOW + 300) }, false],
    ['ended a minute ago', { exp: NOW - 60 }, false],
    ['ended 59 s ago', { exp: NOW - 59 }, true],
    ['begins in a minute', { nbf: NOW + 60 }, true],
    ['begins in 61 s', { nbf: NOW + 61 }, false],
    ['no subject', { sub: undefined }, false],
    ['an empty subject', { sub: '' }, false],
    ['a subject with a line break', { sub: 'a\nb' }, false],
  ];
  for (const [name, claims, holds] of cases) {
    assert.equal((await tokens.verify(await token({ claims }))) !== null, holds, name);
  }
});

test('B36: a token that ends while it is used is refused from its end on', async (t) => {
  const { tokens, clock } = await world(t, { leewaySeconds: 0 });
  const text = await token({ claims: { exp: NOW + 10 } });
  clock.advance(9_999);
  assert.ok(await tokens.verify(text));
  clock.advance(1);
  assert.equal(await tokens.verify(text), null);
});

test('B37: of an issuer of typed tokens only at+jwt is an access token', async (t) => {
  const typed = await world(t);
  for (const [typ, holds] of [
    ['JWT', false],
    ['id+jwt', false],
    [undefined, false],
    ['application/at+jwt', true],
    ['AT+JWT', true],
  ] as const) {
    assert.equal((await typed.tokens.verify(await token({ header: { typ } }))) !== null, holds, String(typ));
  }
  const untyped = await world(t, { typed: false });
  assert.ok(await untyped.tokens.verify(await token({ header: { typ: 'JWT' } })));
});

test('B38: a new signing key is taken after one question, and the one that went is refused', async (t) => {
  const { tokens, clock, state, publish } = await world(t);
  const next = signer('next', 'RS256');
  assert.ok(await tokens.verify(await token()));
  await publish(RSA, next);
  clock.advance(COOL_DOWN_MS);
  const fresh = await token({ by: next });
  assert.ok((await Promise.all(Array.from({ length: 20 }, () => tokens.verify(fresh)))).every((one) => one !== null));
  assert.equal(state.calls, 2, 'twenty at once ask together');
  await publish(next);
  clock.advance(10 * 60_000);
  const old = await token({ claims: { exp: NOW + 3_600 } });
  assert.equal(await tokens.verify(old), null, 'keys are looked at again after ten minutes');
  assert.ok(await tokens.verify(await token({ by: next, claims: { exp: NOW + 3_600 } })));
});

test('B38: a flood of unknown keys asks the issuer once in each cool-down', async (t) => {
  const { tokens, clock, state } = await world(t);
  assert.ok(await tokens.verify(await token()));
  const flood = async () => {
    for (let n = 0; n < 30; n++) assert.equal(await tokens.verify(await token({ header: { kid: `k${n}` } })), null);
  };
  await flood();
  assert.equal(state.calls, 1, 'the keys were read a moment ago');
  clock.advance(COOL_DOWN_MS);
  await flood();
  assert.equal(state.calls, 2);
  const elsewhere = await token({ claims: { iss: 'https://evil.example' } });
  clock.advance(COOL_DOWN_MS);
  assert.equal(await tokens.verify(elsewhere), null);
  assert.equal(state.calls, 2, 'nobody is asked for the tokens of strangers');
});

test('while the issuer is down its keys go on holding for an hour, and it is not asked for each token', async (t) => {
  const { tokens, clock, state } = await world(t);
  const long = await token({ claims: { exp: NOW + 7_200 } });
  state.status = 500;
  for (let n = 0; n < 10; n++) await assert.rejects(tokens.verify(long), { code: 'UNAVAILABLE' });
  assert.equal(state.calls, 1);
  state.status = 200;
  clock.advance(COOL_DOWN_MS);
  assert.ok(await tokens.verify(long));
  state.status = 500;
  clock.advance(59 * 60_000);
  for (let n = 0; n < 10; n++) assert.ok(await tokens.verify(long));
  assert.equal(state.calls, 3);
  clock.advance(60_000);
  await assert.rejects(tokens.verify(long), { code: 'UNAVAILABLE' });
});

test('what is no token is refused', async (t) => {
  const { tokens } = await world(t);
  const good = await token();
  const [head, body, signature] = good.split('.');
  const wrong = [
    '',
    'x',
    'a.b.c',
    `${head}.${body}`,
    `${good}.x`,
    `${head}.${part({ ...CLAIMS, sub: 'u-2' })}.${signature}`,
  ];
  for (const text of [...wrong, good.slice(0, -2), `eyJ.${body}.x`])
    assert.equal(await tokens.verify(text), null, text);
});

test('all that is wrong in the configuration of tokens is told at once, with where it stands', () => {
  const wrong = {
    ...{ name: 'Staff', issuer: ISSUER, jwksUrl: 'http://id.example/jwks', audience: [], algorithms: ['HS256'] },
    ...{ leewaySeconds: 61, rolesClaim: 'a b', extra: 1 },
    roles: [
      { role: 'x', scopes: ['customer:raed'], acts: { submitOdrer: {} } },
      { role: 'y', scopes: ['operate'], rows: {} },
    ],
  };
  assert.throws(
    () => configured(wrong),
    ({ problems }: { problems: readonly string[] }) => {
      const places = problems.map((problem) => /tokens-\d+\.json: ([^:]+): /.exec(problem)?.[1]);
      for (const place of [
        ...['name', 'jwksUrl', 'audience', 'algorithms.0', 'leewaySeconds', 'rolesClaim'],
        ...['roles.0.scopes', 'roles.0.acts', 'roles.0.rows', 'roles.1.rows'],
      ]) {
        assert.ok(places.includes(`issuers.0.${place}`), `${place} in ${problems.join('\n')}`);
      }
      assert.ok(places.includes('issuers.0') && problems.some((problem) => problem.includes('extra')));
      return problems.every((problem) => problem.startsWith('AUTH_TOKENS: '));
    },
  );
  assert.throws(() => authConfig({ AUTH_TOKENS: '/nowhere.yaml', TRUSTED_PROXIES: 'all', HUB_KEY_CONCURRENCY: '0' }), {
    problems: [
      'HUB_KEY_CONCURRENCY: must be a whole number from 1 to 1000',
      'TRUSTED_PROXIES: must be the number of proxies before the hub, like 1, or their addresses and ranges, like 10.0.0.0/8',
      'AUTH_TOKENS: /nowhere.yaml cannot be read (ENOENT)',
    ],
  });
});
