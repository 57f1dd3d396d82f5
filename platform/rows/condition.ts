import { type RawBuilder, sql } from 'kysely';
import type { RowScope } from '../principal.ts';

/**
 * Whether a customer is within the rows, as a condition on the register's tables (`subgraphs/identity/register`): the one
 * place that says what `RowScope` means. `customerId` is SQL for the id of a customer that stands; merged ones lead to it.
 */
export function isWithin(customerId: RawBuilder<string>, rows: RowScope): RawBuilder<boolean> {
  const { customers, partnerOfRecord, regions, legalEntities } = rows;
  const held = (match: RawBuilder<unknown>) =>
    sql`${customerId} IN (SELECT a.customer_id FROM identity.external_id a WHERE a.ended_at IS NULL AND ${match})`;
  const parts = [
    ...(customers === undefined
      ? []
      : [
          sql`${customerId} IN (
            SELECT coalesce(k.merged_into, k.id) FROM identity.customer k WHERE k.id = ANY(${texts(customers)}))`,
        ]),
    ...(partnerOfRecord === undefined ? [] : [held(sql`a.partners_of_record && ${texts(partnerOfRecord)}`)]),
    ...(regions === undefined ? [] : [held(sql`a.region = ANY(${texts(regions)})`)]),
    ...(legalEntities === undefined ? [] : [held(sql`a.legal_entities && ${texts(legalEntities)}`)]),
  ];
  return parts.length === 0 ? sql<boolean>`false` : sql<boolean>`(${sql.join(parts, sql` AND `)})`;
}

/** The same for a column that holds hub ids, those of merged customers among them; null in the column is within no rows. */
export const hubIdIsWithin = (column: RawBuilder<string | null>, rows: RowScope): RawBuilder<boolean> => sql<boolean>`
  ${column} IN (SELECT named.id FROM identity.customer named
    WHERE ${isWithin(sql<string>`coalesce(named.merged_into, named.id)`, rows)})`;

/** What the database cannot hold is no value of anything. */
const texts = (values: readonly string[]): RawBuilder<string[]> =>
  sql<string[]>`${values.filter((value) => !value.includes('\0') && value.isWellFormed())}::text[]`;
