import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { sql } from 'kysely';
import { openDatabase } from '../../platform/db/database.ts';
import { createDb, type Db } from '../../platform/db/db.ts';
import { SCOPES } from '../../platform/keys/scopes.ts';
import { silentLog } from '../../platform/log.ts';
import type { DataClass } from '../../platform/principal.ts';
import { withKeyStore } from '../../scripts/hub/with-key-store.ts';
import { freePort } from '../support/free-port.ts';
import { askHub, eventually, type StartedHub, startHub } from '../support/hub.ts';
import { type AskUnmasked, consent, maskedFields, READS, readingOf, textsIn } from './behaviours/masked-fields.ts';
import { freshCustomer, orderLines } from './behaviours/world.ts';

/**
 * Where the database holds values of customers, and says so: the register, which finds customers by name and e-mail, and the
 * journal, whose runs must know what they write and what was there, to go on after a crash and to undo.
 */
const HOLDS_CUSTOMER_DATA = [
  'identity.customer',
  'identity.external_id',
  'identity.unmatched',
  'process.run',
  'process.step',
  'process.proposal',
];

const WRITTEN = 'canary.written@leak.example';
const UPSTREAM = 'UPSTREAM-BODY-CANARY';
/** Stands in the field in which a vendor says why it refuses. Operators find that one in the log; nobody else does. */
const REASON = 'VENDOR-REASON-CANARY';

describe('what callers, logs and the database are told', () => {
  let hub: StartedHub;
  let database: { db: Db; password: string; close(): Promise<void> };
  const keys = new Map<string, string>();
  /** Every answer of the hub, with its headers. */
  const answers: string[] = [];

  const keyFor = async (unmasked: readonly DataClass[]): Promise<string> => {
    const name = ['canary', ...unmasked].join(' ');
    const known = keys.get(name);
    if (known !== undefined) return known;
    const { key } = await withKeyStore({ HUB_DATA_DIR: hub.dataDir }, (store) =>
      store.create({ name, scopes: Object.keys(SCOPES), unmasked, actsFor: 'BILLING', env: 'test' }),
    );
    keys.set(name, key);
    return key;
  };
  const askUnmasked: AskUnmasked = async (unmasked, query) => askHub(hub.url, await keyFor(unmasked), query);

  before(async () => {
    hub = await startHub({ port: await freePort(), env: { LOG_LEVEL: 'debug' } });
    const opened = await openDatabase({ dataDir: hub.dataDir, databaseUrl: null, log: silentLog });
    const db = createDb(opened.url, { max: 1, log: silentLog });
    database = {
      db,
      password: decodeURIComponent(new URL(opened.url).password),
      close: async () => {
        await db.destroy();
        await opened.close();
      },
    };
  });
  after(async () => {
    await database?.close();
    await hub?.close();
  });

  describe('masks', () => maskedFields(() => askUnmasked));
  describe('consent', () => consent(() => askUnmasked));

  test('B26 every full read is in the audit, by the key and the field; a masked read is not', async () => {
    const keyId = async (unmasked: readonly DataClass[]) => (await keyFor(unmasked)).split('_')[2] ?? '';
    const readBy = async (unmasked: readonly DataClass[]) => {
      const { rows } = await sql<{ coordinate: string }>`
        SELECT DISTINCT unnest(coordinates) AS coordinate FROM audit.record
        WHERE kind = 'FULL_READ' AND principal_id = ${await keyId(unmasked)}`.execute(database.db);
      return rows.map(({ coordinate }) => coordinate);
    };
    for (const unmasked of [[], ['PERSONAL']] as const) await askUnmasked(unmasked, readingOf('Contact.email'));
    await eventually('the full read is recorded', async () => (await readBy(['PERSONAL'])).includes('Contact.email'));
    // With nothing unmasked only what consent opens is read in full.
    assert.deepEqual(
      (await readBy([])).filter((coordinate) => coordinate !== 'Contact.marketingEmail'),
      [],
    );
  });

  test('I7 a canary in a key, a password, a vendor’s secret, a masked value, an upstream’s body is told nowhere', async () => {
    const customer = freshCustomer();
    const bare = await keyFor([]);
    const send = async (key: string | null, body: unknown, headers: Record<string, string> = {}) => {
      const response = await fetch(`${hub.url}/graphql`, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(key === null ? {} : { authorization: `Bearer ${key}` }),
          ...headers,
        },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });
      const text = await response.text();
      answers.push(`${JSON.stringify([...response.headers])} ${text}`);
      return JSON.parse(text) as { data?: Record<string, never>; errors?: { extensions: { code: string } }[] };
    };
    const graph = (query: string, variables: object = {}, key = bare) => send(key, { query, variables });

    // What must not be told to this caller, read by one who may.
    const values = new Set<string>();
    for (const coordinate of Object.keys(READS)) {
      const { data } = await askUnmasked(['PERSONAL', 'FINANCIAL', 'SECRET'], readingOf(coordinate));
      for (const text of textsIn(data)) if (text.length > 6) values.add(text);
    }
    assert.ok(values.size > 30, 'there are values to leak');
    const cities = new Set(['München']);
    for (const city of cities) values.delete(city);

    // Reads
    for (const coordinate of Object.keys(READS)) {
      if (coordinate !== 'Contact.marketingEmail') await graph(readingOf(coordinate));
    }
    // Writes
    const input = { idempotencyKey: 'canary-1', customerId: customer.hubId, billingEmail: WRITTEN, waitSeconds: 20 };
    const WRITE = `mutation ($input: UpdateCustomerInput!) { updateCustomer(input: $input) { __typename
      ... on CustomerUpdateAccepted { writes { field oldValue newValue } process { id state outcome reason steps { name error result } } }
      ... on CustomerUpdateRefused { refusals { message } reasons { message } } } }`;
    const written = await graph(WRITE, { input });
    assert.match(JSON.stringify(written), /c\*\*\*@leak\.example/);
    await graph(
      `mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) { __typename
        ... on OrderAccepted { process { id state outcome steps { name result error } } } ... on OrderRejected { reasons { message } } } }`,
      {
        input: {
          idempotencyKey: 'canary-2',
          customerId: customer.hubId,
          currency: customer.currency,
          lines: orderLines(customer),
          waitSeconds: 20,
        },
      },
    );
    // Refusals
    const lost = `${bare.slice(0, -8)}AAAAAAAA`;
    await graph('{ __typename }', {}, lost);
    await graph('{ __typename }', {}, 'canary-of-no-form');
    await send(null, { query: '{ __typename }' });
    await send(bare, { query: '{ __typename }' }, { cookie: `key=${bare}`, 'x-api-key': bare });
    await fetch(`${hub.url}/graphql?key=${bare}&query={__typename}`).then(async (refused) =>
      answers.push(await refused.text()),
    );
    await graph('{ nothingLikeThis }');
    await graph('query ($on: Date!) { __typename }', { on: WRITTEN });
    await graph(`mutation { giveUpProcess(id: "none", reason: "${WRITTEN}") { process { id } } }`);
    await send(bare, `{"query": "${WRITTEN}`);
    // Failures, each with a body that says too much
    const body = `<html><body>${UPSTREAM} postgres://root:${UPSTREAM}@10.9.8.7/db ${WRITTEN}</body></html>`;
    for (const fault of [
      { kind: 'status', status: 500, body, contentType: 'text/html' },
      {
        kind: 'status',
        status: 404,
        body: JSON.stringify({ error: { message: `${UPSTREAM} ${WRITTEN}` } }),
        contentType: 'application/json',
      },
      { kind: 'wrong-content-type', body },
    ] as const) {
      for (const vendor of ['netsuite', 'stripe', 'salesforce', 'zendesk'] as const)
        hub.sandbox.addFault({ vendor, ...fault });
      const other = freshCustomer();
      const failed = await graph(
        '{ customer(id: "ID") { billingEmail taxId segment supportTier cases(first: 1) { nodes { number } } contacts(first: 1) { nodes { name } } } }'.replace(
          'ID',
          other.hubId,
        ),
      );
      assert.ok((failed.errors ?? []).length > 0, 'the upstream did fail');
      hub.sandbox.removeFaults();
    }
    hub.sandbox.addFault({
      vendor: 'stripe',
      kind: 'status',
      status: 400,
      match: '^POST',
      body: JSON.stringify({
        error: { type: 'invalid_request_error', message: `${REASON}: invalid email ${WRITTEN}` },
      }),
      contentType: 'application/json',
    });
    const refused = await eventually('the systems answer again', async () => {
      const answer = await graph(WRITE, {
        input: { ...input, idempotencyKey: `canary-${answers.length}`, customerId: freshCustomer().hubId },
      });
      return JSON.stringify(answer).includes('"state":"COMP') && answer;
    });
    assert.match(JSON.stringify(refused), /COMPENSATED/);
    hub.sandbox.removeFaults();

    // The search. A secret must be nowhere at all; a masked value nowhere but where customers' data is kept.
    const secrets = new Map<string, string>([['the database’s password', database.password]]);
    for (const [name, key] of keys) secrets.set(`the key “${name}”`, key.split('_').at(-1) ?? '');
    for (const [vendor, credentials] of Object.entries(hub.sandbox.credentials)) {
      for (const [name, secret] of Object.entries(credentials)) {
        if (secret.length >= 12 && !/url|account$/i.test(name))
          secrets.set(`${vendor} ${name}`, secret.includes('PRIVATE KEY') ? (secret.split('\n')[2] ?? '') : secret);
      }
    }
    for (const vendor of Object.keys(hub.sandbox.credentials)) {
      assert.ok(
        [...secrets.keys()].some((name) => name.startsWith(vendor)),
        `${vendor} has a secret to leak`,
      );
    }
    secrets.set('a lost key', lost.split('_').at(-1) ?? '');
    secrets.set('what an upstream said', UPSTREAM);
    values.add(WRITTEN);
    for (const path of ['/livez', '/readyz', '/metrics', '/']) {
      const response = await fetch(hub.url + path);
      answers.push(`${JSON.stringify([...response.headers])} ${await response.text()}`);
    }
    const logs = hub.output();
    const told: Record<string, string> = { answers: answers.join('\n'), logs, ...filesOf(hub.dataDir) };
    assert.ok(logs.length > 0 && 'postgres/server.log' in told);
    const tables = await dump(database.db);
    const found: string[] = [];
    const search = (what: string, text: string, where: string, haystack: string) => {
      if (haystack.includes(text)) found.push(`${what} in ${where}: …${around(haystack, text)}…`);
    };
    for (const [where, haystack] of [...Object.entries(told), ...tables]) {
      for (const [what, secret] of secrets) search(what, secret, where, haystack);
      if (where !== 'logs') search('a vendor’s reason', REASON, where, haystack);
      if (HOLDS_CUSTOMER_DATA.includes(where)) continue;
      for (const value of values) search('a masked value', value, where, haystack);
    }
    assert.deepEqual(found, []);
    assert.ok(tables.size > 15, 'every table was read');
  });
});

/** Files that are there to keep a secret, readable by the hub alone. */
const KEEPS_SECRET = /^(demo-keys\.json|postgres\/password)$/;

/** What the hub wrote beside the database's own files: among them the server's log, which repeats statements that failed. */
function filesOf(dataDir: string): Record<string, string> {
  const names = ['', 'postgres'].flatMap((folder) =>
    readdirSync(join(dataDir, folder), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(folder, entry.name)),
  );
  const kept = names.filter((name) => !KEEPS_SECRET.test(name));
  return Object.fromEntries(kept.map((name) => [name, readFileSync(join(dataDir, name), 'utf8')]));
}

/** Every table of the database, the engine's included, as text of all its columns; bytes in hexadecimal digits and as text. */
async function dump(db: Db): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ schema: string; name: string }>`
    SELECT table_schema AS schema, table_name AS name FROM information_schema.tables
    WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`.execute(db);
  const found = new Map<string, string>();
  for (const { schema, name } of rows) {
    const table = sql.table(`${schema}.${name}`);
    const lines = await sql<{ line: string }>`SELECT to_jsonb(t)::text AS line FROM ${table} AS t`.execute(db);
    found.set(`${schema}.${name}`, lines.rows.map(({ line }) => line).join('\n'));
  }
  return found;
}

/** What stands around a find, without telling it whole in a test's output. */
function around(haystack: string, text: string): string {
  const at = haystack.indexOf(text);
  return haystack.slice(Math.max(0, at - 150), at + Math.min(text.length, 12));
}
