import { type RawBuilder, sql } from 'kysely';
import type { Db } from '../../../platform/db/db.ts';
import { id } from '../../../platform/ids.ts';
import type { Customer, CustomerId } from '../model.ts';
import { likeness } from './likeness.ts';

export interface Duplicate {
  readonly first: Customer;
  readonly second: Customer;
  /** 0 to 1. */
  readonly likelihood: number;
  readonly reason: string;
}

/** A domain shared by more customers than this is a mail provider's, not a company's. */
const COMPANY_AT_MOST = 50;
/** Pairs compared at most, so that the question stays cheap whatever the systems hold. */
const PAIRS_AT_MOST = 20_000;
/** Names less alike than this are two companies. */
const ALIKE_FROM = 0.5;

/**
 * Pairs with one e-mail domain and names alike, best first. Members of one hierarchy are no duplicates of one another. `seen`
 * is a condition on customers `c`: pairs are looked for among them alone.
 */
export async function findDuplicates(
  db: Db,
  first: number,
  seen: RawBuilder<unknown>,
  load: (ids: readonly CustomerId[]) => Promise<readonly (Customer | null)[]>,
): Promise<readonly Duplicate[]> {
  const { rows } = await sql<{ a: string; b: string; aName: string; bName: string; domain: string }>`
    WITH candidate AS (
      SELECT c.id, c.name_key, c.email_domain, c.parent_id FROM identity.customer c
      WHERE c.merged_into IS NULL AND c.email_domain IS NOT NULL ${seen}),
    company AS (
      SELECT email_domain FROM candidate
      GROUP BY email_domain HAVING count(*) BETWEEN 2 AND ${COMPANY_AT_MOST})
    SELECT a.id AS a, b.id AS b, a.name_key AS "aName", b.name_key AS "bName", a.email_domain AS domain
    FROM company
    JOIN candidate a ON a.email_domain = company.email_domain
    JOIN candidate b ON b.email_domain = company.email_domain AND b.id > a.id
    WHERE a.parent_id IS DISTINCT FROM b.id AND b.parent_id IS DISTINCT FROM a.id
      AND (a.parent_id IS NULL OR a.parent_id IS DISTINCT FROM b.parent_id)
    ORDER BY a.id, b.id LIMIT ${PAIRS_AT_MOST}`.execute(db);

  const best = rows
    .map((row) => ({ ...row, likelihood: Math.round(likeness(row.aName, row.bName) * 100) / 100 }))
    .filter(({ likelihood }) => likelihood >= ALIKE_FROM)
    .sort((one, other) => other.likelihood - one.likelihood)
    .slice(0, first);

  const customers = await load(best.flatMap(({ a, b }) => [id<'Customer'>(a), id<'Customer'>(b)]));
  return best.flatMap(({ domain, likelihood }, index) => {
    const one = customers[index * 2];
    const other = customers[index * 2 + 1];
    if (!one || !other || one.id === other.id) return []; // merged since
    const reason = `Same e-mail domain ${domain}, names ${Math.round(likelihood * 100)} % alike`;
    return [{ first: one, second: other, likelihood, reason }];
  });
}
