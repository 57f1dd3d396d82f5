import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemClock } from '../../platform/clock.ts';
import { createDb } from '../../platform/db/db.ts';
import { createKeyStore } from '../../platform/keys/key-store.ts';
import { ROLES } from '../../platform/keys/scopes.ts';
import type { KeyName } from '../support/hub.ts';

/** The demo keys, and one of the CRM's own: master data is changed by its owner. */
export type ChaosKeys = Readonly<Record<KeyName | 'crm', string>>;

/** As an administrator makes one by `npm run hub -- keys create`. @param dataDir where the hub wrote its demo keys */
export async function chaosKeys(databaseUrl: string, dataDir: string): Promise<ChaosKeys> {
  const db = createDb(databaseUrl, { max: 1 });
  try {
    const scopes = ['customer:read', 'customer:write', 'process:read'];
    const { budget } = ROLES.operator; // many people behind one key
    const { key } = await createKeyStore(db, systemClock).create({ name: 'the CRM', scopes, actsFor: 'CRM', budget });
    const demo = JSON.parse(readFileSync(join(dataDir, 'demo-keys.json'), 'utf8')) as Record<KeyName, string>; // the hub wrote it
    return { ...demo, crm: key };
  } finally {
    await db.destroy();
  }
}
