import { type RawBuilder, sql } from 'kysely';
import { type Id, id } from '../../../platform/ids.ts';
import { type Customer, type ExternalLink, LINKED_SYSTEMS, type LinkedSystem } from '../model.ts';

/** A customer as the database answers it by `CUSTOMER`. */
export interface CustomerRow {
  readonly id: string;
  readonly displayName: string;
  readonly email: string | null;
  readonly parentId: string | null;
  readonly mergedIds: readonly string[];
  /** Those that hold first; among them those that name the customer itself, then the oldest. */
  readonly links: readonly { system: LinkedSystem; externalId: string; linkedAt: string; endedAt: string | null }[];
}

/** The columns of one customer with all its links, for a table named `c`: one query reads any number of them. */
export const CUSTOMER: RawBuilder<CustomerRow> = sql`
  c.id, c.display_name AS "displayName", c.email, c.parent_id AS "parentId",
  ARRAY(SELECT m.id FROM identity.customer m WHERE m.merged_into = c.id ORDER BY m.id) AS "mergedIds",
  (SELECT coalesce(json_agg(json_build_object(
      'system', l.system, 'externalId', l.external_id, 'linkedAt', l.linked_at, 'endedAt', l.ended_at)
      ORDER BY l.ended_at IS NOT NULL, l.hub_key <> l.customer_id, l.linked_at, l.external_id), '[]')
    FROM identity.external_id l WHERE l.customer_id = c.id) AS links`;

export function customerOf(row: CustomerRow): Customer {
  const links: ExternalLink[] = row.links.map((link) => ({
    ...link,
    linkedAt: new Date(link.linkedAt).toISOString(),
    endedAt: link.endedAt === null ? null : new Date(link.endedAt).toISOString(),
  }));
  const held = LINKED_SYSTEMS.map((system) => [
    system,
    links.find((link) => link.system === system && link.endedAt === null)?.externalId ?? null,
  ]);
  return {
    id: id(row.id),
    displayName: row.displayName,
    email: row.email,
    externalIdBySystem: Object.fromEntries(held) as Record<LinkedSystem, string | null>, // made of LINKED_SYSTEMS
    links,
    mergedIds: row.mergedIds.map((merged) => id<'Customer'>(merged)),
    parentId: row.parentId === null ? null : (id(row.parentId) as Id<'Customer'>), // a column that refers to customers
  };
}
