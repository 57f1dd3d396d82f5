import { sql } from 'kysely';
import type { Trx } from './take-in.ts';

/**
 * Hangs customers under the one whose external id their ERP record names, now that one of the two came. Only the ERP's
 * hierarchy is the legal one.
 */
export async function setParents(trx: Trx, externalIds: readonly string[]): Promise<void> {
  const { rows: below } = await sql<{ id: string; parent: string | null }>`
    SELECT customer_id AS id, parent_external_id AS parent FROM identity.external_id
    WHERE system = 'ERP' AND ended_at IS NULL AND hub_key = customer_id
      AND (external_id = ANY(${externalIds}::text[]) OR parent_external_id = ANY(${externalIds}::text[]))
    ORDER BY linked_at DESC, external_id DESC`.execute(trx);
  const { rows: above } = await sql<{ externalId: string; id: string }>`
    SELECT external_id AS "externalId", customer_id AS id FROM identity.external_id
    WHERE system = 'ERP' AND external_id = ANY(${below.flatMap(({ parent }) => parent ?? [])}::text[])
    ORDER BY ended_at NULLS LAST`.execute(trx);
  const idOf = new Map(above.map(({ externalId, id }) => [externalId, id])); // the last one wins: it holds, or ended last
  // Of two ERP records of one customer the one linked first decides.
  const parentOf = new Map(below.map(({ id, parent }) => [id, parent === null ? null : (idOf.get(parent) ?? null)]));
  const pairs = [...parentOf].map(([id, parent]) => ({ id, parent: parent === id ? null : parent }));
  await sql`
    UPDATE identity.customer c SET parent_id = p.parent
    FROM jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) AS p(id text, parent text)
    WHERE c.id = p.id AND c.id = ANY(${pairs.map(({ id }) => id)}::text[]) AND c.parent_id IS DISTINCT FROM p.parent`.execute(
    trx,
  );
}
