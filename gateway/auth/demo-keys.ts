import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { readKey } from '../../platform/keys/key-format.ts';
import type { KeyStore } from '../../platform/keys/key-store.ts';
import { ROLES, type RoleName } from '../../platform/keys/scopes.ts';

export type DemoKeys = Readonly<Record<RoleName, string>>;

const DemoKeysFile = z.object({ operator: z.string(), support: z.string(), portal: z.string(), partner: z.string() });
const NAMES = Object.keys(ROLES) as RoleName[]; // Object.keys of a constant record

/**
 * Sees to it that the file holds one key for each demo role that the store knows: made at the first start, kept later, made
 * anew for what a new database does not know. A key that was revoked stays so.
 */
export async function ensureDemoKeys(about: { store: KeyStore; file: string }): Promise<DemoKeys> {
  const { store, file } = about;
  const kept = await readKept(file);
  const keys: Partial<Record<RoleName, string>> = {};
  let changed = kept === null;
  for (const name of NAMES) {
    if (kept !== null && (await isKnown(store, kept[name]))) {
      keys[name] = kept[name];
      await bringUpToDate(store, kept[name], name);
      continue;
    }
    await revokeEarlier(store, name);
    keys[name] = (await store.create({ name: `demo ${name}`, ...ROLES[name], env: 'demo' })).key;
    changed = true;
  }
  const complete = DemoKeysFile.parse(keys);
  if (changed) await writePrivately(file, `${JSON.stringify(complete, null, 2)}\n`);
  else await chmod(file, 0o600);
  return complete;
}

/** Whether the key holds, or was taken back on purpose. */
async function isKnown(store: KeyStore, key: string): Promise<boolean> {
  if ((await store.verify(key)) !== null) return true;
  const id = readKey(key)?.id;
  return id !== undefined && ((await store.show(id))?.revokedAt ?? null) !== null;
}

const BY = 'hub';

/** A demo key of an earlier hub gets what its role may do now, unless somebody changed it on purpose. */
async function bringUpToDate(store: KeyStore, key: string, name: RoleName): Promise<void> {
  const id = readKey(key)?.id;
  const known = id === undefined ? null : await store.show(id);
  if (known === null || known.revokedAt !== null || (known.changedBy ?? BY) !== BY) return;
  await store.update(known.id, ROLES[name], { by: BY });
}

/** A key whose file was lost is of use to nobody who should have it. */
async function revokeEarlier(store: KeyStore, name: RoleName): Promise<void> {
  for (const key of await store.list()) {
    if (key.name === `demo ${name}` && key.revokedAt === null) await store.revoke(key.id);
  }
}

/** `null` when there is no such file, or it is not one of ours. */
async function readKept(file: string): Promise<DemoKeys | null> {
  const text = await readFile(file, 'utf8').catch(() => '');
  try {
    return DemoKeysFile.parse(JSON.parse(text));
  } catch {
    return null; // absent, cut short by a crash, or edited: it is written anew
  }
}

async function writePrivately(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(`${file}.new`, text, { mode: 0o600 });
  await rename(`${file}.new`, file);
}
