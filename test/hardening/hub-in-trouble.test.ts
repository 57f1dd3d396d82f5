import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sql } from 'kysely';
import { createDb, type Db } from '../../platform/db/db.ts';
import { createWorld } from '../../sandbox/data/generate.ts';
import type { Wanted } from '../chaos/acts.ts';
import { askUntilAnswered } from '../chaos/client.ts';
import { type ChaosKeys, chaosKeys } from '../chaos/keys.ts';
import { check, told } from '../invariants/check.ts';
import { collect } from '../invariants/collect.ts';
import type { Acknowledgement } from '../invariants/evidence.ts';
import { type FaultProxy, faultProxy } from '../support/fault-proxy.ts';
import { freePort } from '../support/free-port.ts';
import { eventually, type StartedHub, startHub, TEST_CUSTOMERS } from '../support/hub.ts';
import { issuerFor, type TestIssuer } from '../support/token-issuer.ts';
import { ownDatabase } from './ground.ts';

/** One whole hub on a PostgreSQL that is not its own, with a way to it that can be cut. */
let database: Awaited<ReturnType<typeof ownDatabase>>;
let way: FaultProxy;
let hub: StartedHub;
let issuer: TestIssuer;
/** Straight to the database. */
let pool: Db;
let keys: ChaosKeys;
const acknowledgements: Acknowledgement[] = [];

before(async () => {
  database = await ownDatabase();
  const url = new URL(database.url);
  way = await faultProxy({ host: url.hostname, port: Number(url.port) });
  url.port = String(way.port);
  pool = createDb(database.url, { max: 2 });
  issuer = await issuerFor([{ role: 'sales', scopes: ['catalogue:read'], rows: 'all' }]);
  const env = { DATABASE_URL: url.href, AUTH_TOKENS: issuer.settingsFile, LOG_LEVEL: 'error' };
  hub = await startHub({ port: await freePort(), env, sandbox: { latency: { minMs: 1, maxMs: 5 } } });
  keys = await chaosKeys(database.url, hub.dataDir);
});
after(async () => {
  await hub?.close();
  await pool?.destroy();
  await issuer?.close();
  await way?.close();
  await database?.close();
});

const world = createWorld({ seed: 1, size: TEST_CUSTOMERS, today: new Date().toISOString().slice(0, 10) });
const customers = [...world.customers()].filter(
  ({ known, traits }) => Object.values(known).every(Boolean) && traits.length === 0,
);
let asked = 0;
/** A change of a customer whom no other one changes. */
function change(): Wanted {
  const customer = customers[asked % customers.length] ?? assert.fail('nobody to change');
  asked += 1;
  return {
    act: 'updateCustomer',
    key: 'crm',
    query: `mutation Act($input: UpdateCustomerInput!) {
      updateCustomer(input: $input) { __typename ... on CustomerUpdateAccepted { process { id } } } }`,
    input: {
      idempotencyKey: `trouble-${asked}`,
      customerId: customer.hubId,
      website: `https://trouble-${asked}.example`,
    },
  };
}
const later = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** So many changes, 50 each second, each asked for until it is answered. */
const load = (count: number) =>
  Promise.all(
    Array.from({ length: count }, async (_, nr) => {
      await later(nr * 20);
      acknowledgements.push(await askUntilAnswered({ url: hub.url, keys }, change()));
    }),
  );
const status = async (path: string) => (await fetch(`${hub.url}${path}`)).status;

/** All that was ever acknowledged has ended, once in each system, told and audited. */
async function allIsWell(): Promise<void> {
  const open = () => sql<{ id: string }>`select id from process.run where ended_at is null`.execute(pool);
  await eventually('every process has ended', async () => (await open()).rows.length === 0);
  assert.equal(acknowledgements.filter(({ answer }) => answer !== 'ACCEPTED').length, 0);
  const ledger = hub.sandbox.ledger;
  assert.deepEqual(check(await collect({ db: pool, ledger, acknowledgements, audit: true })).map(told), []);
}

for (const [what, signal] of [
  ['C34 PostgreSQL restarted (fast)', 'SIGINT'],
  ['C35 PostgreSQL killed', 'SIGKILL'],
] as const) {
  test(`${what} under 50 mutations a second: callers are told to ask again, and nothing that was acknowledged is lost`, {
    timeout: 120_000,
  }, async () => {
    const startedAt = async () => {
      const { rows } = await sql<{ at: string }>`select pg_postmaster_start_time()::text as at`.execute(pool);
      return rows[0]?.at;
    };
    const before = await startedAt();
    const loaded = load(75);
    await later(500);
    database.signal(signal);
    // what it takes to recover is not the hub's; a busy disk may take long
    await eventually(
      'the database is there again',
      () =>
        startedAt().then(
          (at) => at !== before,
          () => false,
        ),
      60_000,
    );
    await eventually('the hub is ready again', async () => (await status('/readyz')) === 200, 10_000);
    await loaded;
    await allIsWell();
  });
}

test('C36 while PostgreSQL is away mutations are refused as to be repeated, the hub says that it is not ready and lives, and cached reads go on', {
  timeout: 120_000,
}, async () => {
  const read = `{ products(first: 3) { nodes { sku name } } }`;
  const byToken = async (query: string, variables = {}) => {
    const response = await fetch(`${hub.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await issuer.token('sales')}` },
      body: JSON.stringify({ query, variables }),
    });
    return {
      response,
      body: (await response.json()) as { data?: unknown; errors?: { extensions: { code: string } }[] },
    };
  };
  const known = await byToken(read);
  assert.equal(known.body.errors, undefined, JSON.stringify(known.body));
  way.refuse();
  const wanted = change();
  const send = () =>
    fetch(`${hub.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.crm}` },
      body: JSON.stringify({ query: wanted.query, variables: { input: wanted.input } }),
    });
  for (let times = 0; times < 3; times += 1) {
    const refused = await send();
    assert.equal(refused.status, 503);
    assert.match(refused.headers.get('retry-after') ?? '', /^\d+$/);
    const { errors } = (await refused.json()) as { errors: { extensions: { code: string } }[] };
    assert.equal(errors[0]?.extensions.code, 'UNAVAILABLE');
  }
  assert.deepEqual([await status('/readyz'), await status('/livez')], [503, 200]);
  const again = await byToken(read);
  assert.deepEqual([again.response.status, again.body.data], [200, known.body.data]);
  way.accept();
  await eventually('the hub is ready again', async () => (await status('/readyz')) === 200, 15_000);
  const { rows } = await sql`select 1 from process.run where idempotency_key = ${wanted.input.idempotencyKey}`.execute(
    pool,
  );
  assert.equal(rows.length, 0, 'nothing is half accepted');
  acknowledgements.push(await askUntilAnswered({ url: hub.url, keys }, wanted));
  await allIsWell();
});

test('C42 told to end under load, the hub takes nothing new, ends or hands over what is under way, and ends with code 0', {
  timeout: 120_000,
}, async () => {
  const statuses = new Map<number, number>();
  let ending = false;
  const wanted: Wanted[] = Array.from({ length: 60 }, change);
  const sent = wanted.map(async ({ query, input }, nr) => {
    await later(nr * 10);
    const response = await fetch(`${hub.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${keys.crm}` },
      body: JSON.stringify({ query, variables: { input } }),
    }).catch(() => null);
    await response?.text().catch(() => null);
    if (response === null) return; // a connection that was closed
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    if (response.status === 503) {
      assert.deepEqual([ending, response.headers.get('connection')], [true, 'close'], 'only while it ends');
      assert.ok(response.headers.has('retry-after'));
    }
  });
  await later(300);
  ending = true;
  const began = performance.now();
  assert.equal(await hub.stop(), 0);
  assert.ok(performance.now() - began <= 25_000, 'within what a supervisor waits');
  await Promise.all(sent);
  assert.deepEqual(
    [...statuses.keys()].filter((one) => ![200, 503].includes(one)),
    [],
  );
  assert.ok((statuses.get(200) ?? 0) > 0, 'it was at work');
  const { rows } = await sql`select 1 from process.run where owner is not null`.execute(pool);
  assert.equal(rows.length, 0, 'what did not end is handed over');
  await hub.start();
  for (const one of wanted) acknowledgements.push(await askUntilAnswered({ url: hub.url, keys }, one));
  await allIsWell();
});
