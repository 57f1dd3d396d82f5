import { constants, type DatabaseSync } from 'node:sqlite';
import { invalidParameter } from './problem.ts';

/**
 * SuiteQL is Oracle's SQL over NetSuite's tables. Here SQLite runs it: `transaction` is a reserved word to it, and
 * `BUILTIN.DF(column)` is the companion column `column__df`. Text literals stay as they are.
 */
export function toSqlite(q: string): string {
  const outside = q.split(/('(?:[^']|'')*')/); // odd places are literals
  return outside
    .map((part, at) => {
      if (at % 2 === 1) return part;
      if (part.includes("'")) throw badQuery('a text literal does not end');
      if (part.includes(';') || part.includes('"') || /--|\/\*/.test(part)) throw badQuery('unexpected character');
      if (/\blimit\b|\bpragma\b|__df\b|(?<!\w)_\w/i.test(part)) throw badQuery('unexpected word');
      return part
        .replace(/\bBUILTIN\s*\.\s*DF\s*\(\s*(\w+(?:\.\w+)?)\s*\)/gi, '$1__df')
        .replace(/\btransaction\b/gi, '"transaction"');
    })
    .join('');
}

/** As NetSuite words it. */
export const badQuery = (why: string) =>
  invalidParameter(
    `Invalid search query. Detailed unprocessed description follows. Search error occurred: Invalid or unsupported search (${why}).`,
  );

const timeOf = (at: string): string => at.slice(11, 19).padEnd(8, '00:00:00');

/** The functions that Oracle has and SQLite has not. Dates are ISO text inside, so only two forms are offered. */
export function addFunctions(db: DatabaseSync): void {
  const pure = { deterministic: true } as const;
  const asText = (value: unknown, format: unknown, between: string): string | null => {
    if (value === null) return null;
    if (format === 'YYYY-MM-DD') return String(value).slice(0, 10);
    if (format === 'YYYY-MM-DD HH24:MI:SS') return `${String(value).slice(0, 10)}${between}${timeOf(String(value))}`;
    throw new Error(`the sandbox knows YYYY-MM-DD and YYYY-MM-DD HH24:MI:SS, not ${String(format)}`);
  };
  db.function('TO_CHAR', pure, (value, format) => asText(value, format, ' '));
  db.function('TO_DATE', pure, (value, format) => asText(value, format, 'T'));
  db.function('NVL', pure, (value, other) => value ?? other ?? null);
}

/** Whether a statement that comes from outside is being compiled: then only reading the public tables is allowed. */
export function guardReads(db: DatabaseSync): { run<T>(work: () => T): T } {
  let guarding = false;
  db.setAuthorizer((action, table) => {
    if (!guarding) return constants.SQLITE_OK;
    if (action === constants.SQLITE_SELECT || action === constants.SQLITE_FUNCTION) return constants.SQLITE_OK;
    if (action !== constants.SQLITE_READ) return constants.SQLITE_DENY;
    return table?.startsWith('sqlite_') ? constants.SQLITE_DENY : constants.SQLITE_OK;
  });
  return {
    run(work) {
      guarding = true;
      try {
        return work();
      } finally {
        guarding = false;
      }
    },
  };
}
