import { sql } from 'kysely';
import type { Clock } from '../../../platform/clock.ts';
import type { Db } from '../../../platform/db/db.ts';
import { id } from '../../../platform/ids.ts';
import type { Page } from '../../../platform/page.ts';
import type { ScanPage } from '../../../platform/port/scan.ts';
import type { LinkedCustomer, LinkOfCustomer } from '../port.ts';
import { showAgain } from './shown.ts';

/** A page of the customers that stand, with the links that hold: one query. */
export async function scanLinks(db: Db, { first, after }: ScanPage): Promise<Page<LinkedCustomer>> {
  const { rows } = await sql<Omit<LinkedCustomer, 'customerId'> & { id: string }>`
    SELECT c.id, c.display_name AS name, coalesce((
      SELECT json_agg(json_build_object('system', l.system, 'externalId', l.external_id, 'own', l.hub_key = c.id))
      FROM identity.external_id l WHERE l.customer_id = c.id AND l.ended_at IS NULL), '[]') AS links
    FROM identity.customer c WHERE c.merged_into IS NULL AND c.id > ${after ?? ''}
    ORDER BY c.id LIMIT ${first + 1}`.execute(db);
  const entries = rows.slice(0, first).map(({ id: customerId, name, links }) => ({
    customerId: id<'Customer'>(customerId),
    name,
    links,
  }));
  return { entries, hasMore: rows.length > first, endCursor: entries.at(-1)?.customerId ?? after };
}

/** Ends the link, and shows the customer by what is left of it. */
export async function endLink(db: Db, clock: Clock, { customerId, system, externalId }: LinkOfCustomer): Promise<void> {
  const now = new Date(clock.now());
  await db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ customer_id: string }>`
      UPDATE identity.external_id SET ended_at = ${now}
      WHERE customer_id = ${customerId} AND system = ${system} AND external_id = ${externalId} AND ended_at IS NULL
      RETURNING customer_id`.execute(trx);
    if (rows.length > 0) await showAgain(trx, [customerId], now);
  });
}
