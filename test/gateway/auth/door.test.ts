import assert from 'node:assert/strict';
import { before, type TestContext, test } from 'node:test';
import { authenticating } from '../../../gateway/auth/authenticate.ts';
import { readTrustedProxies } from '../../../gateway/auth/client-address.ts';
import { createDoor, type Denial, type DoorOptions } from '../../../gateway/auth/door.ts';
import type { HttpRefusal } from '../../../gateway/http/answers.ts';
import { createLimiter } from '../../../gateway/limits/limiter.ts';
import { fixedClock } from '../../../platform/clock.ts';
import type { Db } from '../../../platform/db/db.ts';
import { createKeyStore, migrateKeys, type NewApiKey } from '../../../platform/keys/key-store.ts';
import { ForbiddenCaller } from '../../../platform/keys/verdict.ts';
import { silentLog } from '../../../platform/log.ts';
import { principalOf } from '../../../platform/principal.ts';
import { testDatabase } from '../../support/database.ts';
import { meanwhile } from '../../support/meanwhile.ts';
import { type Answer, startHub } from '../hub.ts';
import { fineWeather, smallGraph } from '../small-graph.ts';

let db: Db;
before(async () => {
  ({ db } = await testDatabase());
  await migrateKeys(db);
});

const START = '2027-01-31T08:00:00.000Z';
const READER: NewApiKey = { name: 'reader', scopes: ['customer:read'] };

/** A gateway over the small graph that lets in keys of the store. */
async function world(t: TestContext, door: Partial<DoorOptions> = {}) {
  const clock = fixedClock(START);
  const keys = createKeyStore(db, clock);
  const denials: Denial[] = [];
  const weather = fineWeather();
  const limiter = createLimiter({ redisUrl: null, clock, log: silentLog, queueMs: 50 });
  const hub = await startHub(t, {
    parts: smallGraph(weather),
    gateway: {
      authenticate: authenticating(keys, null),
      door: { limiter, judgeAgainMs: 20, onDenied: (denial) => denials.push(denial), ...door },
    },
  });
  const ask = (key: string, headers: Record<string, string> = {}, query = '{ customer(id: 1) { name } }') =>
    hub.ask(query, { headers: { authorization: `Bearer ${key}`, ...headers } });
  const made = async (more: Partial<NewApiKey> = {}) => keys.create({ ...READER, ...more });
  return { clock, keys, denials, weather, hub, ask, made };
}

const codeOf = ({ body }: Answer) => body.errors?.[0]?.extensions.code;

test('B33: a key that is bound to networks is refused from elsewhere, without a word of them', async (t) => {
  const { ask, made, denials, hub } = await world(t);
  const here = await made({ networks: ['127.0.0.0/8', '::1'] });
  assert.equal((await ask(here.key)).status, 200);
  hub.fetches.length = 0;
  const elsewhere = await made({ networks: ['10.0.0.0/8'] });
  const refused = await ask(elsewhere.key);
  assert.deepEqual([refused.status, codeOf(refused), refused.body.errors?.[0]?.message], [403, 'FORBIDDEN', 'Refused']);
  assert.doesNotMatch(refused.text, /10\.0|127\.|network|address/i);
  assert.deepEqual(hub.fetches, []);
  assert.deepEqual(denials, [
    {
      ...{ code: 'FORBIDDEN', reason: 'NETWORK', callerId: elsewhere.id, address: '127.0.0.1' },
      correlationId: refused.headers.get('x-correlation-id'),
    },
  ]);
});

test('B34: x-forwarded-for counts behind a trusted proxy only, and there its right-most address', async (t) => {
  const forged = { 'x-forwarded-for': '10.0.0.1, 192.0.2.9' };
  const alone = await world(t);
  const key = await alone.made({ networks: ['10.0.0.0/8'] });
  assert.equal((await alone.ask(key.key, forged)).status, 403);
  const behind = await world(t, { trustedProxies: readTrustedProxies('1') ?? assert.fail() });
  assert.equal((await behind.ask(key.key, forged)).status, 403, 'the left-most was written by the client');
  assert.equal((await behind.ask(key.key, { 'x-forwarded-for': '192.0.2.9, 10.0.0.1' })).status, 200);
  const known = await world(t, { trustedProxies: readTrustedProxies('127.0.0.1') ?? assert.fail() });
  assert.equal((await known.ask(key.key, { 'x-forwarded-for': '::ffff:10.0.0.1' })).status, 200);
});

test('B25: what a client says about whom it is for is not heard', async (t) => {
  const { ask, made, hub } = await world(t);
  const { key, id } = await made({ rows: { partnerOfRecord: ['P-7'] } });
  await ask(key, { 'x-tenant-id': 'other', 'x-partner': 'P-8', 'x-concord-call': 'x', 'x-user': 'root' });
  const { principal } = hub.requests.at(-1) ?? assert.fail('nothing was asked');
  assert.deepEqual([principal.id, principal.rows], [id, { partnerOfRecord: ['P-7'] }]);
});

/** What a caller can tell of two refusals. */
const told = ({ status, body, headers }: Answer) => [
  status,
  body.errors?.map(({ message, extensions: { correlationId: _own, ...rest } }) => [message, rest]),
  headers.get('www-authenticate'),
];

test('B27 B28 B29: whatever is wrong with a key, the answer is one and the same', async (t) => {
  const { ask, made, keys, clock, denials } = await world(t);
  const good = await made();
  const revoked = await made();
  await keys.revoke(revoked.id);
  const early = await made({ notBefore: '2027-01-31T09:00:00Z' });
  const late = await made({ expiresAt: '2027-01-31T08:00:10Z' });
  clock.advance(10_000);
  const wrong = [
    good.key.slice(0, -1),
    `${good.key.slice(0, -1)}${good.key.endsWith('a') ? 'b' : 'a'}`,
    'cnc_live_0123456789ab_nothing',
    'anything',
    'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.',
    revoked.key,
    early.key,
    late.key,
  ];
  const first = told(await ask('nobody'));
  assert.equal(first[0], 401);
  for (const key of wrong) assert.deepEqual(told(await ask(key)), first, key);
  assert.equal(denials.length, wrong.length + 1);
  assert.ok(denials.every(({ code, reason }) => code === 'UNAUTHENTICATED' && reason === 'BAD_CREDENTIAL'));
  assert.ok(!JSON.stringify(denials).includes(good.key.slice(22)), 'no secret is told on');
  assert.equal((await ask(good.key)).status, 200);
});

test('B28: a read that runs when its key is revoked elsewhere ends with 401, and what it asked of systems is aborted', async (t) => {
  const { ask, made, clock, weather, denials } = await world(t);
  const elsewhere = createKeyStore(db, clock);
  const { key, id } = await made();
  weather.erp = 'heeds';
  const running = ask(key, {}, '{ customer(id: 1) { name orders } }');
  await meanwhile(running, 'the ERP is asked', () => weather.signals.length > 0);
  await elsewhere.revoke(id);
  const early = await Promise.race([running, new Promise<null>((resolve) => setTimeout(resolve, 100, null))]);
  assert.equal(early, null, 'it is believed for some seconds');
  clock.advance(3_000);
  const ended = await running;
  assert.deepEqual([ended.status, codeOf(ended), ended.body.data ?? null], [401, 'UNAUTHENTICATED', null]);
  assert.equal(weather.signals[0]?.aborted, true);
  assert.deepEqual(
    denials.map(({ reason, callerId }) => [reason, callerId]),
    [['ENDED', id]],
  );
});

test('B29 B30: a read ends too when its key expires, or its old secret is rotated away, while it runs', async (t) => {
  const { ask, made, clock, weather, keys } = await world(t);
  weather.erp = 'heeds';
  const expiring = await made({ expiresAt: '2027-01-31T08:00:01Z' });
  const rotated = await made();
  const next = (await keys.rotate(rotated.id, { overlapMs: 1_000 }))?.key ?? assert.fail();
  const query = '{ customer(id: 1) { name orders } }';
  const ending = [ask(expiring.key, {}, query), ask(rotated.key, {}, query)];
  const staying = ask(next, {}, query);
  await meanwhile(
    Promise.race([...ending, staying]),
    'the ERP is asked for all three',
    () => weather.signals.length === 3,
  );
  clock.advance(1_000);
  assert.deepEqual(
    (await Promise.all(ending)).map(({ status }) => status),
    [401, 401],
  );
  await keys.revoke(rotated.id);
  assert.equal((await staying).status, 401, 'the new secret went on until the key itself ended');
});

test('a caller over its limits gets 429 with when to come back, and the limits are told with every answer', async (t) => {
  const { ask, made, denials, hub } = await world(t);
  const { key, id } = await made({ budget: { requestsPerMinute: 2 } });
  const first = await ask(key);
  assert.deepEqual(
    [first.status, first.headers.get('ratelimit-policy'), first.headers.get('ratelimit')],
    [200, '"requests";q=2;w=60, "cost";q=600000;w=60', '"requests";r=1;t=60, "cost";r=599999;t=60'],
  );
  assert.match((await ask(key, {}, '{ nothing }')).headers.get('ratelimit') ?? '', /r=0/, 'on errors too');
  hub.fetches.length = 0;
  const began = performance.now();
  const over = await ask(key);
  assert.ok(performance.now() - began < 200);
  assert.deepEqual(
    [over.status, codeOf(over), over.body.errors?.[0]?.extensions.retryable],
    [429, 'RATE_LIMITED', true],
  );
  assert.match(over.body.errors?.[0]?.message ?? '', /^You may send 2 requests a minute; ask again in \d+ s$/);
  assert.ok(Number(over.headers.get('retry-after')) > 60);
  assert.deepEqual(hub.fetches, []);
  assert.deepEqual(
    denials.map(({ reason, callerId }) => [reason, callerId]),
    [['REQUESTS', id]],
  );
});

test('calls in flight have a limit, and a place is free again when the answer is there or the client leaves', async (t) => {
  const { ask, made, weather, hub } = await world(t);
  const { key } = await made({ budget: { concurrency: 1 } });
  weather.erp = 'heeds';
  const left = new AbortController();
  const query = '{ customer(id: 1) { orders } }';
  const running = hub.ask(query, { headers: { authorization: `Bearer ${key}` }, signal: left.signal });
  await meanwhile(running, 'the ERP is asked', () => weather.signals.length > 0);
  const busy = await ask(key);
  assert.deepEqual([busy.status, codeOf(busy), busy.headers.get('retry-after')], [429, 'RATE_LIMITED', '1']);
  left.abort();
  await assert.rejects(running);
  for (let turn = 0; turn < 5; turn++) assert.equal((await ask(key)).status, 200, `turn ${turn}`);
});

test('I9: who cannot be judged is refused, and does not stay for long when it is inside already', async (t) => {
  let isDown = false;
  const denials: Denial[] = [];
  const door = createDoor({
    authenticate: async () => {
      if (isDown) throw new Error('the store is down');
      return principalOf({ id: 'k', name: 'x', scopes: [] });
    },
    log: silentLog,
    onDenied: (denial) => denials.push(denial),
    judgeAgainMs: 5,
    unjudgedMs: 50,
  });
  t.after(() => door.close());
  const knock = {
    ...{ url: '/graphql', rawHeaders: ['authorization', 'Bearer k'], socketAddress: '::1', forwardedFor: undefined },
    ...{ correlationId: 'c-1', gone: { aborted: false } },
  };
  const guest = await door.enter(knock);
  isDown = true;
  await assert.rejects(door.enter(knock), { status: 503, code: 'UNAVAILABLE' });
  const refusal = await new Promise<HttpRefusal>((resolve) => guest.ended.listen(resolve));
  assert.deepEqual([refusal.status, refusal.code, guest.ended.refusal], [503, 'UNAVAILABLE', refusal]);
  assert.deepEqual(
    denials.map(({ reason }) => reason),
    ['CANNOT_JUDGE', 'ENDED'],
  );
});

test('a callback that fails does not change the answer', async (t) => {
  const { ask } = await world(t, {
    onDenied: () => {
      throw new Error('the record is full');
    },
  });
  assert.equal((await ask('nobody')).status, 401);
});

test('who carries no role of this hub is refused as a whole', async (t) => {
  const hub = await startHub(t, {
    parts: smallGraph(fineWeather()),
    gateway: {
      authenticate: async () => {
        throw new ForbiddenCaller('staff:u-1', 'NO_ROLE');
      },
    },
  });
  const refused = await hub.ask('{ who }');
  assert.deepEqual([refused.status, codeOf(refused), refused.body.errors?.[0]?.message], [403, 'FORBIDDEN', 'Refused']);
});
