import { type RawBuilder, sql } from 'kysely';
import type { Clock } from '../../../platform/clock.ts';
import type { Db } from '../../../platform/db/db.ts';
import { id } from '../../../platform/ids.ts';
import type { CustomerId } from '../model.ts';
import type { LookAlike, Newcomer } from '../port.ts';
import { likeness } from './likeness.ts';
import { normalised, storable } from './normalise.ts';

/** Names that are this much alike need no other likeness: `Nordwind GmbH` and `Nordwind AG`. */
const NAME_ALONE_FROM = 0.85;
/** With one e-mail domain, names that share this much are taken for one company. */
const WITH_DOMAIN_FROM = 0.5;
const MOST = 10;

/** Customers that a newcomer may be already, best first. `seen` is a condition on customers `c`. */
export async function findLookAlikes(
  db: Db,
  { name, email }: Pick<Newcomer, 'name' | 'email'>,
  seen: RawBuilder<unknown>,
): Promise<readonly LookAlike[]> {
  const key = normalised(storable(name));
  const domain = email === null ? null : (normalised(storable(email)).split('@')[1] ?? null);
  // Of names that are much alike one word at least begins alike; what is compared in full stays small.
  const beginnings = [...new Set(key.split(/[^\p{L}\p{N}]+/u).map((word) => word.slice(0, 4)))].filter(
    (word) => word.length >= 3,
  );
  const { rows } = await sql<{ id: string; nameKey: string; name: string; domain: string | null }>`
    SELECT c.id, c.name_key AS "nameKey", c.display_name AS name, c.email_domain AS domain FROM identity.customer c
    WHERE c.merged_into IS NULL ${seen}
      AND ((${domain}::text IS NOT NULL AND c.email_domain = ${domain})
        OR c.name_key LIKE ANY(${beginnings.map((word) => `%${word.replace(/[\\%_]/g, '\\$&')}%`)}::text[]))
    LIMIT 20000`.execute(db);
  return rows
    .map((row) => ({ ...row, likelihood: Math.round(likeness(key, row.nameKey) * 100) / 100 }))
    .filter((row) =>
      row.domain !== null && row.domain === domain
        ? row.likelihood >= WITH_DOMAIN_FROM
        : row.likelihood >= NAME_ALONE_FROM,
    )
    .sort((one, other) => other.likelihood - one.likelihood)
    .slice(0, MOST)
    .map((row) => {
      const alike = `names ${Math.round(row.likelihood * 100)} % alike`;
      const reason = row.domain === domain && domain !== null ? `same e-mail domain ${domain}, ${alike}` : alike;
      return { id: id<'Customer'>(row.id), name: row.name, likelihood: row.likelihood, reason };
    });
}

/** Makes a customer of a hub id before any system knows it; links come as the systems do. */
export async function registerNewcomer(db: Db, clock: Clock, { id: hubId, name, email }: Newcomer): Promise<void> {
  const emailKey = email === null ? null : normalised(storable(email));
  const nameKey = normalised(storable(name));
  await sql`
    INSERT INTO identity.customer (id, display_name, name_key, email, email_domain, search_text, created_at)
    VALUES (${hubId}, ${storable(name)}, ${nameKey}, ${email}, ${emailKey?.split('@')[1] ?? null},
      ${[nameKey, ...(emailKey === null ? [] : [emailKey])].sort().join('\n')}, ${new Date(clock.now())})
    ON CONFLICT (id) DO NOTHING`.execute(db);
}

/** Takes a customer out of the register with its links, as if it had never come; one that others hang on stays. */
export async function forgetNewcomer(db: Db, hubId: CustomerId): Promise<'FORGOTTEN' | 'STAYS'> {
  return db.transaction().execute(async (trx) => {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended('concord.identity.take-in', 0))`.execute(trx);
    const { rows } = await sql`
      SELECT 1 FROM identity.customer WHERE parent_id = ${hubId} OR merged_into = ${hubId}
        OR (id = ${hubId} AND merged_into IS NOT NULL)
      UNION ALL SELECT 1 FROM identity.steward_merge WHERE ${hubId} IN (survivor_id, merged_id) LIMIT 1`.execute(trx);
    if (rows.length > 0) return 'STAYS';
    await sql`DELETE FROM identity.external_id WHERE customer_id = ${hubId}`.execute(trx);
    await sql`DELETE FROM identity.customer WHERE id = ${hubId}`.execute(trx);
    return 'FORGOTTEN';
  });
}
