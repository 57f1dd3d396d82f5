import { sql } from 'kysely';

import type { LinkedSystem } from '../model.ts';
import type { Trx } from './take-in.ts';

/**
 * Follows what a system says was merged, as soon as both sides are known: the old customer's id leads to the survivor, who
 * takes over its links; the external id that was merged away holds no more. Answers the survivors.
 */
export async function followMerges(
  trx: Trx,
  system: LinkedSystem,
  externalIds: readonly string[],
  now: Date,
): Promise<string[]> {
  const { rows } = await sql<{ externalId: string; targetId: string }>`
    SELECT l.external_id AS "externalId", l.merged_into_external_id AS "targetId" FROM identity.external_id l
    WHERE l.system = ${system} AND l.ended_at IS NULL AND l.merged_into_external_id IS NOT NULL
      AND (l.external_id = ANY(${externalIds}::text[]) OR l.merged_into_external_id = ANY(${externalIds}::text[]))
    ORDER BY l.external_id`.execute(trx);
  const survivors: string[] = [];
  for (const { externalId, targetId } of rows) {
    const from = await holderOf(trx, system, externalId);
    const into = await holderOf(trx, system, targetId);
    if (from === null || into === null || externalId === targetId) continue;
    await sql`
      UPDATE identity.external_id SET ended_at = ${now}
      WHERE system = ${system} AND external_id = ${externalId} AND ended_at IS NULL`.execute(trx);
    if (from !== into) await mergeCustomer(trx, from, into);
    survivors.push(into);
  }
  return survivors;
}

async function holderOf(trx: Trx, system: LinkedSystem, externalId: string): Promise<string | null> {
  const { rows } = await sql<{ customer_id: string }>`
    SELECT customer_id FROM identity.external_id
    WHERE system = ${system} AND external_id = ${externalId}
    ORDER BY ended_at DESC NULLS FIRST LIMIT 1`.execute(trx);
  return rows[0]?.customer_id ?? null;
}

/** The old customer's id leads to the survivor from now on, who takes over its links, its children and those merged into it. */
export async function mergeCustomer(trx: Trx, from: string, into: string): Promise<void> {
  // An external id that both had: the survivor's link stays, and holds if either did.
  const { rows } = await sql<{ system: string; external_id: string; held: boolean }>`
    DELETE FROM identity.external_id old USING identity.external_id kept
    WHERE old.customer_id = ${from} AND kept.customer_id = ${into}
      AND kept.system = old.system AND kept.external_id = old.external_id
    RETURNING old.system, old.external_id, old.ended_at IS NULL AS held`.execute(trx);
  for (const { system, external_id } of rows.filter(({ held }) => held)) {
    await sql`
      UPDATE identity.external_id SET ended_at = NULL
      WHERE customer_id = ${into} AND system = ${system} AND external_id = ${external_id}`.execute(trx);
  }
  await sql`UPDATE identity.external_id SET customer_id = ${into} WHERE customer_id = ${from}`.execute(trx);
  await sql`
    UPDATE identity.customer SET merged_into = ${into}, parent_id = NULL
    WHERE id = ${from} OR merged_into = ${from}`.execute(trx);
  await sql`UPDATE identity.customer SET parent_id = nullif(${into}, id) WHERE parent_id = ${from}`.execute(trx);
}
