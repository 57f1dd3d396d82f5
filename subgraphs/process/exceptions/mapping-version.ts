import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { sql } from 'kysely';
import type { Db } from '../../../platform/db/db.ts';
import type { System } from '../model.ts';

/** Where the connectors of each system are. */
const DOMAIN = { ERP: 'erp', BILLING: 'billing', CRM: 'crm', SUPPORT: 'support' } as const satisfies Partial<
  Record<System, string>
>;

/**
 * Twelve hexadecimal digits of the hash over all connectors of a system, as they are in this release: the same in two releases
 * that map alike, whatever else changed in the hub.
 */
export function mappingVersion(system: keyof typeof DOMAIN): string {
  const folder = new URL(`../../${DOMAIN[system]}/connectors/`, import.meta.url);
  const hash = createHash('sha256');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  for (const name of files.sort()) hash.update(`${name}\0`).update(readFileSync(new URL(name, folder)));
  return hash.digest('hex').slice(0, 12);
}

/** Notes which mappings are in use from now on, where others were. Two workers of one release note it once. */
export async function noteMappings(pool: Db, at: string): Promise<void> {
  for (const system of Object.keys(DOMAIN) as (keyof typeof DOMAIN)[]) {
    const version = mappingVersion(system);
    await sql`
      insert into process.mapping (system, version, since)
      select ${system}, ${version}, ${at}
       where ${version} is distinct from
         (select version from process.mapping where system = ${system} order by since desc limit 1)
      on conflict do nothing`.execute(pool);
  }
}
