import { sql, type Transaction } from 'kysely';
import type { Clock } from '../../../platform/clock.ts';
import type { Db, NoTables } from '../../../platform/db/db.ts';
import type { DirectoryEntry } from '../../../platform/page.ts';
import type { LinkedSystem } from '../model.ts';
import { type Entry, prepared } from './entry.ts';
import { linkEntries } from './links.ts';
import { lockRegister } from './lock.ts';
import { followMerges } from './merges.ts';
import { setParents } from './parents.ts';
import { showAgain } from './shown.ts';
import { linkedByWord } from './steward-links.ts';

export type Trx = Transaction<NoTables>;

/** Takes in a page of one system's directory, all of it or nothing. A page that says nothing new costs three small reads. */
export function takeIn(
  db: Db,
  clock: Clock,
  page: { system: LinkedSystem; entries: readonly DirectoryEntry[] },
): Promise<{ linked: number; unmatched: number }> {
  const { system } = page;
  const now = new Date(clock.now());
  const said = prepared(system, page.entries);
  return db.transaction().execute(async (trx) => {
    await lockRegister(trx);
    // While the first customers come in, the tables have no statistics, and the planner takes them for small. All
    // statements here look up a list of keys by an index, or join what they found with the page.
    await sql`SELECT set_config('enable_nestloop', 'off', true), set_config('enable_seqscan', 'off', true)`.execute(
      trx,
    );
    const byWord = await linkedByWord(trx, system, said.unmatched);
    const matched = [...said.matched, ...byWord];
    const linked = new Set(byWord.map(({ externalId }) => externalId));
    const unmatched = said.unmatched.filter(({ externalId }) => !linked.has(externalId));
    await rememberUnmatched(trx, system, unmatched, now);
    const { externalIds, customers } = await linkEntries(trx, system, matched, now);
    if (externalIds.length > 0) {
      const survivors = await followMerges(trx, system, externalIds, now);
      if (system === 'ERP') await setParents(trx, externalIds);
      await showAgain(trx, [...new Set([...customers, ...survivors])], now);
    }
    return { linked: matched.length, unmatched: unmatched.length };
  });
}

/** What carries no hub id waits for a steward. */
async function rememberUnmatched(trx: Trx, system: LinkedSystem, entries: readonly Entry[], now: Date): Promise<void> {
  if (entries.length === 0) return;
  await sql`
    INSERT INTO identity.unmatched (system, external_id, held_key, name, email, first_seen_at, last_seen_at)
    SELECT ${system}, e."externalId", e."heldKey", e.name, e.email, ${now}, ${now}
    FROM jsonb_to_recordset(${JSON.stringify(entries)}::jsonb)
      AS e("externalId" text, "heldKey" text, name text, email text)
    ON CONFLICT (system, external_id) DO UPDATE
    SET held_key = excluded.held_key, name = excluded.name, email = excluded.email, last_seen_at = excluded.last_seen_at`.execute(
    trx,
  );
}
