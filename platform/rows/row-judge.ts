import { sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { Clock } from '../clock.ts';
import type { Db } from '../db/db.ts';
import { HubError } from '../errors.ts';
import type { Logger } from '../log.ts';
import type { RowScope } from '../principal.ts';
import { isWithin } from './condition.ts';

/** Says which customers a caller sees, by the ids under which a system knows them. */
export interface RowJudge {
  /**
   * Those of the ids whose customer is within the rows. An id that the register does not know is never among them.
   * `fresh`: as the register says now, not as it said up to 5 seconds ago. @throws UNAVAILABLE when it cannot be judged
   */
  visible(question: {
    readonly system: string;
    readonly externalIds: readonly string[];
    readonly rows: RowScope;
    readonly fresh?: boolean;
  }): Promise<ReadonlySet<string>>;
}

/** How long a verdict is believed. With the hour between two readings of a directory it is what docs/keys.md promises. */
const BELIEVED_MS = 5_000;
const KEPT_VERDICTS = 100_000;
const LONGEST_ID = 255;

/** Judges by the register's tables in the hub's own database: one query for all ids of which nothing is known yet. */
export function createRowJudge({ db, clock, log }: { db: Db; clock: Clock; log: Logger }): RowJudge {
  const kept = new LRUCache<string, { readonly sees: boolean; readonly at: number }>({ max: KEPT_VERDICTS });
  const names = new WeakMap<RowScope, string>();

  /** Two callers with the same rows share their verdicts. */
  const nameOf = (rows: RowScope): string => {
    const name = names.get(rows) ?? JSON.stringify(rows);
    names.set(rows, name);
    return name;
  };

  async function ask(system: string, ids: readonly string[], rows: RowScope): Promise<ReadonlySet<string>> {
    try {
      // A link that holds comes before one that ended; of several that ended the last one tells where the customer is now.
      const { rows: found } = await sql<{ id: string }>`
        SELECT k.id FROM unnest(${ids}::text[]) AS k(id)
        CROSS JOIN LATERAL (
          SELECT l.customer_id FROM identity.external_id l WHERE l.external_id = k.id AND l.system = ${system}
          ORDER BY l.ended_at DESC NULLS FIRST LIMIT 1) AS link
        WHERE ${isWithin(sql<string>`link.customer_id`, rows)}`.execute(db);
      return new Set(found.map(({ id }) => id));
    } catch (cause) {
      log.error({ reason: (cause as { code?: unknown } | null)?.code }, 'rows could not be judged');
      throw unjudged(cause);
    }
  }

  return {
    async visible({ system, externalIds, rows, fresh = false }) {
      const now = clock.now();
      const prefix = `${nameOf(rows)}|${system}|`;
      const ids = [...new Set(externalIds)].filter(isAskable);
      const verdicts = new Map(ids.map((id) => [id, fresh ? undefined : kept.get(prefix + id)]));
      const unknown = ids.filter((id) => !isBelieved(verdicts.get(id)?.at, now));
      const found = unknown.length === 0 ? new Set<string>() : await ask(system, unknown, rows);
      for (const id of unknown) kept.set(prefix + id, { sees: found.has(id), at: now });
      return new Set(ids.filter((id) => (unknown.includes(id) ? found.has(id) : verdicts.get(id)?.sees)));
    },
  };
}

/** Where no register can be reached at all: callers who see every customer are served, others are not. */
export const noRowJudge: RowJudge = { visible: () => Promise.reject(unjudged(undefined)) };

const unjudged = (cause: unknown): HubError =>
  new HubError('UNAVAILABLE', 'Which customers this caller sees cannot be judged at the moment', {
    system: 'HUB',
    cause,
  });

const isAskable = (id: string): boolean => id.length <= LONGEST_ID && !id.includes('\0') && id.isWellFormed();

const isBelieved = (at: number | undefined, now: number): boolean => at !== undefined && now - at < BELIEVED_MS;
