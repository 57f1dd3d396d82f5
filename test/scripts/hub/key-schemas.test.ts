import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Command } from 'commander';
import { buildSchema, validateSchema } from 'graphql';
import { systemClock } from '../../../platform/clock.ts';
import type { Environment } from '../../../platform/config.ts';
import { createKeyStore, type KeyStore, migrateKeys } from '../../../platform/keys/key-store.ts';
import { addKeySchemas } from '../../../scripts/hub/key-schemas.ts';
import { addKeys } from '../../../scripts/hub/keys.ts';
import { testDatabase } from '../../support/database.ts';

let store: KeyStore;
const folder = mkdtempSync(join(tmpdir(), 'concord-key-schemas-'));
before(async () => {
  const { db } = await testDatabase();
  await migrateKeys(db);
  store = createKeyStore(db, systemClock);
});
after(() => rmSync(folder, { recursive: true, force: true }));

async function keys(args: readonly string[], env: Environment = {}): Promise<string> {
  const printed: string[] = [];
  const print = (text: string) => void printed.push(text);
  const program = new Command('hub').exitOverride().configureOutput({ writeErr: () => {} });
  const withStore = <T>(work: (store: KeyStore) => Promise<T>) => work(store);
  addKeySchemas(addKeys(program, withStore, print), { withStore, withSettings: (work) => work(env), print });
  await program.parseAsync(['keys', ...args], { from: 'user' });
  return printed.join('\n');
}

test('keys schema prints the graph as the key sees it: valid, masks told, nothing denied', async () => {
  const key = await store.create({
    name: 'Acme',
    scopes: ['customer:read', 'order:write'],
    acts: { submitOrder: { upTo: { EUR: '500.00' } } },
  });
  const printed = await keys(['schema', key.id]);
  const schema = buildSchema(printed);
  assert.deepEqual(validateSchema(schema), []);
  assert.deepEqual(Object.keys(schema.getMutationType()?.getFields() ?? {}), ['submitOrder']);
  assert.match(schema.getMutationType()?.getFields().submitOrder?.description ?? '', /At most 500\.00 EUR/);
  assert.equal(schema.getType('Invoice'), undefined);
  assert.doesNotMatch(printed, /taxId|CreditStanding|invoices\(/);
  assert.match(printed, /Masked \(EMAIL\)/);
});

test('keys diff --schema says what one of two keys sees and the other does not', async () => {
  const one = await store.create({ name: 'one', scopes: ['customer:read', 'catalogue:read'] });
  const other = await store.create({
    name: 'other',
    scopes: ['customer:read', 'invoice:read'],
    unmasked: ['PERSONAL'],
  });
  const lines = (await keys(['diff', one.id, other.id, '--schema'])).split('\n');
  assert.ok(lines.includes('- Query.product: Product'), lines.join('\n'));
  assert.ok(lines.includes('+ Query.invoice: Invoice'));
  assert.ok(lines.includes('+ Invoice: type'));
  assert.ok(!lines.some((line) => line.startsWith('+ Invoice.')), 'fields of a new type are not told apart');
  assert.ok(lines.some((line) => /^~ Contact\.email: .*Masked \(EMAIL\)/.test(line)));
  assert.equal(await keys(['diff', one.id, one.id, '--schema']), 'They see the same graph.');
  assert.deepEqual(JSON.parse(await keys(['diff', one.id, other.id, '--schema', '--json'])), lines);
});

const ROLES = join(folder, 'tokens.yaml');
writeFileSync(
  ROLES,
  `issuers:
  - name: main
    issuer: https://id.example
    jwksUrl: https://id.example/keys
    audience: hub
    rolesClaim: roles
    roles:
      - { role: clerk, scopes: [invoice:read], rows: all }
      - { role: both, scopes: [invoice:read], rows: all }
  - name: second
    issuer: https://id2.example
    jwksUrl: https://id2.example/keys
    audience: hub
    rolesClaim: roles
    roles: [{ role: both, scopes: [order:read], rows: all }]
`,
);

test('keys schema --token-role prints the graph as the bearer of a token sees it', async () => {
  assert.match(await keys(['schema', '--token-role', 'clerk'], { AUTH_TOKENS: ROLES }), /type Invoice /);
  assert.doesNotMatch(await keys(['schema', '--token-role', 'second:both'], { AUTH_TOKENS: ROLES }), /type Invoice /);
});

test('a key or role that is unknown, unclear or not named is told with what would be right', async () => {
  const env = { AUTH_TOKENS: ROLES };
  const cases: [args: string[], env: Environment, says: RegExp][] = [
    [['schema', 'nowhere'], {}, /no key with the id nowhere/],
    [['schema'], {}, /the id of a key, or --token-role/],
    [['schema', 'k', '--token-role', 'clerk'], env, /Name one of the two/],
    [['schema', '--token-role', 'clerk'], {}, /AUTH_TOKENS names no file/],
    [['schema', '--token-role', 'boss'], env, /no role boss; there are main:clerk, main:both, second:both/],
    [['schema', '--token-role', 'both'], env, /name one of main:both, second:both/],
  ];
  for (const [args, about, says] of cases) await assert.rejects(keys(args, about), says);
});
