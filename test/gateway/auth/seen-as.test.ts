import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { explainedAs, noSight, seenAs } from '../../../gateway/auth/seen-as.ts';
import { systemClock } from '../../../platform/clock.ts';
import { createKeyStore, type KeyStore, migrateKeys, type ShownKey } from '../../../platform/keys/key-store.ts';
import { principalOf } from '../../../platform/principal.ts';
import { testDatabase } from '../../support/database.ts';

let keys: KeyStore;
let key: ShownKey;
let sight: ReturnType<typeof seenAs>;
before(async () => {
  const { db } = await testDatabase();
  await migrateKeys(db);
  keys = createKeyStore(db, systemClock);
  key = await keys.create({
    name: 'Acme',
    scopes: ['customer:read', 'order:read'],
    rows: { regions: ['EMEA'] },
    actsFor: 'CRM',
  });
  sight = seenAs(keys);
});
const operator = principalOf({
  id: 'staff:ada',
  name: 'Ada',
  kind: 'USER',
  scopes: ['operate', 'customer:read', 'order:read', 'finance:read'],
  unmasked: ['PERSONAL'],
});
const refused = (asker: typeof operator, id: string) =>
  sight(asker, id).then(
    () => assert.fail('it was not refused'),
    ({ status, code, message }) => ({ status, code, message }),
  );

test('an operator has the sight of a key, stays who he is, and can change nothing', async () => {
  assert.deepEqual(await sight(operator, key.id), {
    ...operator,
    scopes: ['customer:read', 'order:read'],
    rows: { regions: ['EMEA'] },
    unmasked: [],
    actsFor: 'CRM',
    acts: {},
  });
});

test('nobody sees more through a key than by his own', async () => {
  const wide = await keys.create({
    name: 'Wide',
    scopes: ['customer:read', 'sales:read'],
    unmasked: ['PERSONAL', 'FINANCIAL'],
  });
  const { status, message } = await refused(operator, wide.id);
  assert.equal(status, 403);
  assert.match(message, /sales:read, FINANCIAL$/);
  const limited = await refused({ ...operator, rows: { regions: ['AMER'] } }, key.id);
  assert.match(limited.message, /rows.regions/);
});

test('only operators look, and only at keys that there are', async () => {
  assert.equal((await refused({ ...operator, scopes: ['customer:read', 'order:read'] }, key.id)).code, 'FORBIDDEN');
  assert.match((await refused(operator, 'none')).message, /hub keys list/);
  await assert.rejects(noSight(operator, key.id), /no keys/);
});

test('it is asked for beside `explain`, by an id as text', () => {
  assert.equal(explainedAs({ explain: true, as: 'abc' }), 'abc');
  assert.equal(explainedAs({ as: 'abc' }), undefined);
  assert.equal(explainedAs({ explain: true }), undefined);
  assert.throws(() => explainedAs({ explain: true, as: 7 }), /must be the id of a key/);
});
