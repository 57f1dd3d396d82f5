import { type RawBuilder, sql } from 'kysely';
import type { Call } from '../../../platform/call.ts';
import type { Clock } from '../../../platform/clock.ts';
import type { Db } from '../../../platform/db/db.ts';
import { migrate } from '../../../platform/db/migrate.ts';
import { emptyPage, type ListOf, type Page } from '../../../platform/page.ts';
import { gathered } from '../../../platform/port/gathered.ts';
import type { RowScope } from '../../../platform/principal.ts';
import { isWithin } from '../../../platform/rows/condition.ts';
import type { Customer, CustomerId } from '../model.ts';
import { IDENTITY_METHODS, type IdentityPort } from '../port.ts';
import { findDuplicates } from './duplicates.ts';
import { IDENTITY_MIGRATIONS, IDENTITY_SCHEMA } from './migrations.ts';
import { findLookAlikes, forgetNewcomer, registerNewcomer } from './newcomers.ts';
import { isStorable, normalised } from './normalise.ts';
import { CUSTOMER, type CustomerRow, customerOf } from './rows.ts';
import { endLink, scanLinks } from './scan-links.ts';
import { linkByWord } from './steward-links.ts';
import { mergeByWord, stewardMerges, unmergeByWord } from './steward-merges.ts';
import { takeIn } from './take-in.ts';
import { asUnavailable } from './unavailable.ts';

export const migrateIdentity = (db: Db): Promise<void> => migrate(db, IDENTITY_SCHEMA, IDENTITY_MIGRATIONS);

/** The register of customers in the hub's database; `migrateIdentity` first. Each reading method is one query, but `duplicates`. */
export function createRegister(db: Db, clock: Clock): IdentityPort {
  const everybody = gathered(
    (ids: readonly CustomerId[]) => customersById(db, ids, null),
    IDENTITY_METHODS.customers.maxKeys,
  );
  const customers: IdentityPort['customers'] = (ids, { rows }) =>
    rows == null ? everybody(ids) : customersById(db, ids, rows);
  return asUnavailable({
    customers,

    async byExternalId(keys, call) {
      const asked = keys.map((key, nr) => ({ nr, ...key })).filter(({ externalId }) => isStorable(externalId));
      // A link that holds comes before one that ended; of several that ended the last one tells where the customer is now.
      const { rows } = await sql<CustomerRow & { nr: number }>`
        SELECT k.nr, ${CUSTOMER}
        FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) AS k(nr int, system text, "externalId" text)
        CROSS JOIN LATERAL (
          SELECT l.customer_id FROM identity.external_id l
          WHERE l.external_id = k."externalId" AND l.system = k.system
          ORDER BY l.ended_at DESC NULLS FIRST LIMIT 1) AS l
        JOIN identity.customer c ON c.id = l.customer_id ${seenBy(call)}`.execute(db);
      const found = new Map(rows.map((row) => [row.nr, customerOf(row)]));
      return keys.map((_key, nr) => found.get(nr) ?? null);
    },

    async childrenOf(lists, call) {
      const asked = lists.map((list, nr) => ({ nr, ...list })).filter(isAskable);
      const { rows } = await sql<CustomerRow & { nr: number }>`
        SELECT k.nr, child.*
        FROM jsonb_to_recordset(${JSON.stringify(asked)}::jsonb) AS k(nr int, "of" text, first int, after text)
        LEFT JOIN identity.customer asked ON asked.id = k."of"
        CROSS JOIN LATERAL (
          SELECT ${CUSTOMER} FROM identity.customer c
          WHERE c.parent_id = coalesce(asked.merged_into, asked.id) AND c.merged_into IS NULL AND c.id > coalesce(k.after, '')
            ${seenBy(call)}
          ORDER BY c.id LIMIT k.first + 1) AS child
        ORDER BY k.nr, child.id`.execute(db);
      const byList = Map.groupBy(rows, ({ nr }) => nr);
      return lists.map((list, nr) => pageOfRows(byList.get(nr) ?? [], list.first));
    },

    async search({ search, byEmail, first, after }, call) {
      const term = search === null ? '' : normalised(search);
      if (!isStorable(term) || !isStorable(after ?? '')) return emptyPage;
      const matches = term === '' ? sql`` : sql`AND c.id IN (${matching(term, search?.trim() ?? '', byEmail)})`;
      const { rows } = await sql<CustomerRow>`
        SELECT ${CUSTOMER} FROM identity.customer c
        WHERE c.merged_into IS NULL AND c.id > ${after ?? ''} ${matches} ${seenBy(call)}
        ORDER BY c.id LIMIT ${first + 1}`.execute(db);
      return pageOfRows(rows, first);
    },

    duplicates: ({ first }, call) => findDuplicates(db, first, seenBy(call), (ids) => customers(ids, call)),

    lookAlikes: (newcomer, call) => findLookAlikes(db, newcomer, seenBy(call)),
    register: (newcomer) => registerNewcomer(db, clock, newcomer),
    forget: ({ id }) => forgetNewcomer(db, id),
    merge: (merge, { key }) => mergeByWord(db, clock, merge, key),
    unmerge: ({ mergedId }) => unmergeByWord(db, clock, mergedId),
    mergesOf: (ids) => stewardMerges(db, ids),

    takeIn: (page) => takeIn(db, clock, page),
    scanLinks: (page) => scanLinks(db, page),
    link: (link) => linkByWord(db, clock, link),
    endLink: (link) => endLink(db, clock, link),

    async count() {
      const { rows } = await sql<{ count: number }>`
        SELECT count(*)::int AS count FROM identity.customer WHERE merged_into IS NULL`.execute(db);
      return rows[0]?.count ?? 0;
    },
  });
}

async function customersById(
  db: Db,
  ids: readonly CustomerId[],
  rows: RowScope | null,
): Promise<readonly (Customer | null)[]> {
  const found = await sql<CustomerRow & { asked: string }>`
    SELECT asked.id AS asked, ${CUSTOMER}
    FROM identity.customer asked JOIN identity.customer c ON c.id = coalesce(asked.merged_into, asked.id)
    WHERE asked.id = ANY(${ids.filter(isStorable)}::text[]) ${seenBy({ rows })}`.execute(db);
  const byId = new Map(found.rows.map((row) => [row.asked, customerOf(row)]));
  return ids.map((id) => byId.get(id) ?? null);
}

/** Leaves out the customers `c` that whoever asks does not see: nothing else in a query may depend on them. */
const seenBy = ({ rows }: Pick<Call, 'rows'>): RawBuilder<unknown> =>
  rows == null ? sql`` : sql`AND ${isWithin(sql<string>`c.id`, rows)}`;

/**
 * Ids of customers with the term in a name, and in an e-mail where that is allowed, or with exactly this hub id or external
 * id. Its wildcards are plain text. E-mails that may not be looked at are not: not even the time would tell a match.
 */
const matching = (term: string, exact: string, byEmail: boolean) => {
  const part = `%${term.replace(/[\\%_]/g, '\\$&')}%`;
  const inText = byEmail
    ? sql`SELECT s.id FROM identity.customer s WHERE s.merged_into IS NULL AND s.search_text LIKE ${part}`
    : sql`SELECT l.customer_id FROM identity.external_id l WHERE l.name_key LIKE ${part}`;
  return sql`
  ${inText}
  UNION SELECT coalesce(s.merged_into, s.id) FROM identity.customer s WHERE s.id = ${exact}
  UNION SELECT l.customer_id FROM identity.external_id l WHERE l.external_id = ${exact}`;
};

const isAskable = ({ of, after }: ListOf): boolean => isStorable(of) && isStorable(after ?? '');

/** The page of rows that were read with one more than asked for. */
function pageOfRows(rows: readonly CustomerRow[], first: number): Page<Customer> {
  const entries = rows.slice(0, first).map(customerOf);
  return { entries, hasMore: rows.length > first, endCursor: entries.at(-1)?.id ?? null };
}
