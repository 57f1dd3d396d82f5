import { sql } from 'kysely';
import type { Clock } from '../../../platform/clock.ts';
import type { Db } from '../../../platform/db/db.ts';
import { HubError } from '../../../platform/errors.ts';
import { id } from '../../../platform/ids.ts';
import type { CustomerId } from '../model.ts';
import type { StewardMerge } from '../port.ts';
import { mergeCustomer } from './merges.ts';
import { showAgain } from './shown.ts';
import type { Trx } from './take-in.ts';

/** A link as it stood before a merge; both customers' links to what both had, since a merge leaves one of the two. */
interface LinkBefore {
  readonly [column: string]: unknown;
  readonly external_id: string;
  readonly system: string;
  readonly customer_id: string;
}

/** How the merged customer stood, so that unmerging can put it back. */
interface Before {
  readonly parentId: string | null;
  /** Who stood below it, and who had been merged into it. */
  readonly children: readonly string[];
  readonly mergedIds: readonly string[];
  readonly links: readonly LinkBefore[];
}

/** Merges one customer into another on a steward's word; nothing is asked of any system. Saying it twice is the same as once. */
export function mergeByWord(
  db: Db,
  clock: Clock,
  { survivorId, mergedId }: { readonly survivorId: CustomerId; readonly mergedId: CustomerId },
  key: string,
): Promise<void> {
  return turn(db, async (trx) => {
    const { rows: known } = await sql`SELECT 1 FROM identity.steward_merge WHERE key = ${key}`.execute(trx);
    if (known.length > 0) return;
    const { rows } = await sql<{ id: string; parentId: string | null }>`
      SELECT id, parent_id AS "parentId" FROM identity.customer
      WHERE id = ANY(${[survivorId, mergedId]}::text[]) AND merged_into IS NULL`.execute(trx);
    const merged = rows.find((row) => row.id === mergedId);
    if (!merged || !rows.some((row) => row.id === survivorId) || survivorId === mergedId) {
      throw new HubError('REFUSED', 'one of the two customers does not stand any more; look at both again', {
        system: 'HUB',
      });
    }
    const before = await standing(trx, mergedId, survivorId, merged.parentId);
    const now = new Date(clock.now());
    await mergeCustomer(trx, mergedId, survivorId);
    await showAgain(trx, [survivorId], now);
    await sql`
      INSERT INTO identity.steward_merge (key, survivor_id, merged_id, merged_at, before)
      VALUES (${key}, ${survivorId}, ${mergedId}, ${now}, ${JSON.stringify(before)}::jsonb)`.execute(trx);
  });
}

/** Puts back what the merge of this customer changed; what came to the survivor since stays there. Does nothing when it stands. */
export function unmergeByWord(db: Db, clock: Clock, mergedId: CustomerId): Promise<void> {
  return turn(db, async (trx) => {
    const { rows } = await sql<{ key: string; survivorId: string; before: Before }>`
      SELECT key, survivor_id AS "survivorId", before FROM identity.steward_merge
      WHERE merged_id = ${mergedId} AND unmerged_at IS NULL FOR UPDATE`.execute(trx);
    const [merge] = rows;
    if (!merge) return;
    const { survivorId, before } = merge;
    const now = new Date(clock.now());
    await sql`
      UPDATE identity.customer SET merged_into = NULL, parent_id = ${before.parentId} WHERE id = ${mergedId}`.execute(
      trx,
    );
    await sql`
      UPDATE identity.customer SET merged_into = ${mergedId}
      WHERE id = ANY(${before.mergedIds}::text[]) AND merged_into = ${survivorId}`.execute(trx);
    await sql`
      UPDATE identity.customer SET parent_id = ${mergedId}
      WHERE id = ANY(${before.children}::text[]) AND (parent_id = ${survivorId} OR id = ${survivorId})`.execute(trx);
    await linkAgain(trx, mergedId, survivorId, before.links);
    await showAgain(trx, [survivorId, mergedId], now);
    await sql`UPDATE identity.steward_merge SET unmerged_at = ${now} WHERE key = ${merge.key}`.execute(trx);
  });
}

/** By which merge each customer went into another; null: by none that a steward made and that still holds. */
export async function stewardMerges(db: Db, ids: readonly CustomerId[]): Promise<readonly (StewardMerge | null)[]> {
  const { rows } = await sql<{ mergedId: string; survivorId: string; mergedAt: Date }>`
    SELECT merged_id AS "mergedId", survivor_id AS "survivorId", merged_at AS "mergedAt" FROM identity.steward_merge
    WHERE merged_id = ANY(${ids}::text[]) AND unmerged_at IS NULL`.execute(db);
  const found = new Map(rows.map((row) => [row.mergedId, row]));
  return ids.map((asked) => {
    const row = found.get(asked);
    return row === undefined
      ? null
      : { mergedId: asked, survivorId: id(row.survivorId), mergedAt: row.mergedAt.toISOString() };
  });
}

/** Merges and pages of directories touch each other's customers: one after the other there is no deadlock. */
const turn = (db: Db, change: (trx: Trx) => Promise<void>): Promise<void> =>
  db.transaction().execute(async (trx) => {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended('concord.identity.take-in', 0))`.execute(trx);
    await change(trx);
  });

async function standing(trx: Trx, mergedId: string, survivorId: string, parentId: string | null): Promise<Before> {
  const ids = async (column: 'parent_id' | 'merged_into') => {
    const { rows } = await sql<{ id: string }>`
      SELECT id FROM identity.customer WHERE ${sql.ref(column)} = ${mergedId}`.execute(trx);
    return rows.map((row) => row.id);
  };
  const { rows: links } = await sql<LinkBefore>`
    SELECT l.* FROM identity.external_id l WHERE l.customer_id = ${mergedId}
    UNION ALL SELECT kept.* FROM identity.external_id kept
    JOIN identity.external_id old ON old.customer_id = ${mergedId}
      AND old.system = kept.system AND old.external_id = kept.external_id
    WHERE kept.customer_id = ${survivorId}`.execute(trx);
  return { parentId, children: await ids('parent_id'), mergedIds: await ids('merged_into'), links };
}

/** The links as they stood: gone from the survivor first, so that no external id has two holders at any time. */
async function linkAgain(trx: Trx, mergedId: string, survivorId: string, links: readonly LinkBefore[]): Promise<void> {
  for (const { system, external_id } of links) {
    await sql`
      DELETE FROM identity.external_id
      WHERE customer_id IN (${mergedId}, ${survivorId}) AND system = ${system} AND external_id = ${external_id}`.execute(
      trx,
    );
  }
  await sql`
    INSERT INTO identity.external_id
    SELECT * FROM jsonb_populate_recordset(NULL::identity.external_id, ${JSON.stringify(links)}::jsonb)`.execute(trx);
}
