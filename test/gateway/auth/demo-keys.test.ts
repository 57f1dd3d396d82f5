import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ensureDemoKeys } from '../../../gateway/auth/demo-keys.ts';
import { systemClock } from '../../../platform/clock.ts';
import { createKeyStore, type KeyStore, migrateKeys } from '../../../platform/keys/key-store.ts';
import { ROLES } from '../../../platform/keys/scopes.ts';
import { DATA_CLASSES } from '../../../platform/principal.ts';
import { testDatabase } from '../../support/database.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'concord-demo-keys-'));
});
after(() => rm(folder, { recursive: true }));

async function newStore(): Promise<KeyStore> {
  const { db } = await testDatabase();
  await migrateKeys(db);
  return createKeyStore(db, systemClock);
}

test('the first start writes one key for each role, for the owner alone, and later starts keep them', async () => {
  const store = await newStore();
  const file = join(folder, 'first', 'demo-keys.json');
  const keys = await ensureDemoKeys({ store, file });
  assert.deepEqual(Object.keys(keys), ['operator', 'support', 'portal', 'partner']);
  assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), keys);
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  for (const [role, key] of Object.entries(keys)) {
    const bearer = await store.verify(key);
    const expected = ROLES[role as keyof typeof ROLES]; // the keys just asserted
    assert.deepEqual([bearer?.scopes, bearer?.actsFor], [expected.scopes, expected.actsFor]);
  }
  assert.deepEqual(await ensureDemoKeys({ store, file }), keys);
  assert.equal((await store.list()).length, 4);
});

test('a new database gets new keys', async () => {
  const file = join(folder, 'new-database.json');
  const old = await ensureDemoKeys({ store: await newStore(), file });
  const store = await newStore();
  const keys = await ensureDemoKeys({ store, file });
  assert.notEqual(keys.operator, old.operator);
  assert.ok(await store.verify(keys.operator));
  assert.deepEqual(JSON.parse(await readFile(file, 'utf8')), keys);
});

test('when the file is lost or cut short, the keys that were in it end', async () => {
  const store = await newStore();
  const file = join(folder, 'lost.json');
  const old = await ensureDemoKeys({ store, file });
  await unlink(file);
  const keys = await ensureDemoKeys({ store, file });
  assert.equal(await store.verify(old.portal), null);
  await writeFile(file, JSON.stringify(keys).slice(0, 50));
  const again = await ensureDemoKeys({ store, file });
  assert.equal(await store.verify(keys.portal), null);
  assert.ok(await store.verify(again.portal));
});

test('a demo key of an earlier hub gets what its role may do now, unless somebody changed it', async () => {
  const store = await newStore();
  const file = join(folder, 'earlier.json');
  const keys = await ensureDemoKeys({ store, file });
  const operator = (await store.verify(keys.operator)) ?? assert.fail();
  assert.deepEqual([operator.unmasked, operator.rows, operator.actsFor], [[...DATA_CLASSES], null, 'HUB']);
  const partner = (await store.verify(keys.partner)) ?? assert.fail();
  assert.deepEqual([partner.unmasked, partner.rows], [[], ROLES.partner.rows]);
  await store.update(operator.id, { unmasked: [], scopes: ['operate'] }, { by: 'hub' }); // as an earlier hub would have left it
  await store.update(partner.id, { unmasked: ['PERSONAL'], rows: null }, { by: 'ada' });
  assert.deepEqual(await ensureDemoKeys({ store, file }), keys);
  assert.deepEqual((await store.verify(keys.operator))?.unmasked, [...DATA_CLASSES]);
  assert.deepEqual((await store.verify(keys.operator))?.scopes, operator.scopes);
  assert.deepEqual((await store.verify(keys.partner))?.unmasked, ['PERSONAL']);
  assert.equal((await store.verify(keys.partner))?.rows, null);
});

test('a demo key that was revoked stays revoked', async () => {
  const store = await newStore();
  const file = join(folder, 'revoked.json');
  const keys = await ensureDemoKeys({ store, file });
  const operator = await store.verify(keys.operator);
  await store.revoke(String(operator?.id));
  assert.deepEqual(await ensureDemoKeys({ store, file }), keys);
  assert.equal(await store.verify(keys.operator), null);
});
