import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Books } from './books.ts';
import { badQuery, toSqlite } from './dialect.ts';
import { invalidContent, invalidParameter, Problem } from './problem.ts';

export const SUITEQL_PATH = '/services/rest/query/v1/suiteql';
const MOST_ROWS_A_PAGE = 1_000;
const MOST_ROWS = 100_000;

/** `POST …/suiteql?limit&offset`; help: "Executing SuiteQL Queries Through REST Web Services" (section_157909186990). */
export function suiteqlRoute(app: FastifyInstance, books: () => Books): void {
  app.post(SUITEQL_PATH, async (request) => {
    if (!/(^|[,\s])transient($|[,\s])/i.test(String(request.headers.prefer ?? ''))) {
      throw new Problem(400, 'INVALID_HEADER', "The required request header 'Prefer' must have the value 'transient'.");
    }
    const q = (request.body as { q?: unknown } | null)?.q;
    if (typeof q !== 'string' || !/^\s*SELECT\b/i.test(q)) {
      throw invalidContent("The request body must contain the property 'q' with a SELECT statement.", 'q');
    }
    const { limit, offset } = paging(request);
    const { rows, total } = run(books(), q, limit, offset);
    return {
      links: links(request, limit, offset, total),
      count: rows.length,
      hasMore: offset + rows.length < total,
      items: rows.map(toItem),
      offset,
      totalResults: total,
    };
  });
}

function run(books: Books, q: string, limit: number, offset: number) {
  const sql = toSqlite(q);
  books.archive.bringFor(q);
  try {
    return books.guard.run(() => {
      const rows = books.db.prepare(`${sql} LIMIT ${limit} OFFSET ${offset}`).all();
      const whole = rows.length < limit && (offset === 0 || rows.length > 0);
      const counted = whole ? undefined : books.db.prepare(`SELECT COUNT(*) AS n FROM (${sql})`).get();
      return { rows, total: Math.min(MOST_ROWS, counted ? Number(counted.n) : offset + rows.length) };
    });
  } catch (error) {
    throw badQuery(error instanceof Error ? error.message : 'unknown');
  }
}

function paging(request: FastifyRequest): { limit: number; offset: number } {
  const query = request.query as Record<string, string | undefined>; // fastify parses the query into texts
  const limit = Number(query.limit ?? MOST_ROWS_A_PAGE);
  const offset = Number(query.offset ?? 0);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_ROWS_A_PAGE) {
    throw invalidParameter('The limit must be a whole number from 1 to 1000.');
  }
  if (!Number.isInteger(offset) || offset < 0 || offset % limit !== 0 || offset >= MOST_ROWS) {
    throw invalidParameter('The offset must be divisible by the limit, and less than 100000.');
  }
  return { limit, offset };
}

/** Everything as text, lower-case columns, nothing where there is null. */
function toItem(row: Record<string, unknown>): Record<string, unknown> {
  const item: Record<string, unknown> = { links: [] };
  for (const [column, value] of Object.entries(row)) {
    if (value !== null && !column.endsWith('__df')) item[column.toLowerCase()] = String(value);
  }
  return item;
}

function links(request: FastifyRequest, limit: number, offset: number, total: number) {
  const at = (rel: string, from: number) => ({
    rel,
    href: `${request.protocol}://${request.host}${SUITEQL_PATH}?limit=${limit}&offset=${from}`,
  });
  const last = Math.max(0, Math.ceil(total / limit) - 1) * limit;
  return [
    ...(offset + limit < total ? [at('next', offset + limit), at('last', last)] : []),
    ...(offset > 0 ? [at('first', 0), at('prev', offset - limit)] : []),
    at('self', offset),
  ];
}
