import { type Selectable, sql } from 'kysely';
import type { Db } from '../db/db.ts';
import { HubError } from '../errors.ts';
import type { Page } from '../page.ts';
import type { AuditEntryView, AuditTables } from './audit-tables.ts';
import type { Actor, AuditKind, AuditOutcome } from './record.ts';

/** One record as it is read: an attempt together with its outcome. Instants are RFC 3339 in UTC. */
export interface AuditRecord extends Actor {
  /** `<writer>:<seq>`. */
  readonly id: string;
  /** Place in the order in which records were written. */
  readonly position: string;
  readonly kind: Exclude<AuditKind, 'OUTCOME'>;
  readonly at: string;
  readonly endedAt: string | null;
  readonly operation: string | null;
  readonly acts: readonly string[];
  readonly coordinates: readonly string[];
  readonly subject: string | null;
  /** Of an attempt; null: it runs still, or the hub ended before it could tell. */
  readonly outcome: AuditOutcome | null;
  readonly codes: readonly string[];
  readonly reason: string | null;
  readonly count: number;
}

/** Which records; null: any. */
export interface AuditFilter {
  readonly principalId: string | null;
  readonly code: string | null;
  readonly correlationId: string | null;
  /** RFC 3339; the first instant that is in. */
  readonly from: string | null;
  /** The first instant that is not in any more. */
  readonly to: string | null;
}

/** One writer's numbers: without a gap `written` is `last`. */
export interface WriterCount {
  readonly writer: string;
  readonly first: number;
  readonly last: number;
  readonly written: number;
}

export interface AuditLog {
  /** Newest first. @throws INVALID for a cursor that is none */
  page(
    filter: AuditFilter,
    page: { readonly first: number; readonly after: string | null },
  ): Promise<Page<AuditRecord>>;
  /** Oldest first, read a thousand at a time. */
  all(filter: AuditFilter): AsyncGenerator<AuditRecord>;
  /** For the proof that nothing is missing: every process numbers its records. */
  writers(): Promise<readonly WriterCount[]>;
}

const CHUNK = 1_000;

/** Reads the audit; nothing here can write it. `migrateAudit` first. */
export function createAuditLog(pool: Db): AuditLog {
  const db = pool.withTables<AuditTables>();

  const matching = ({ principalId, code, correlationId, from, to }: AuditFilter) => {
    let query = db.selectFrom('audit.entry').selectAll();
    if (principalId !== null) query = query.where('principal_id', '=', principalId);
    if (code !== null) query = query.where(sql<boolean>`${code} = ANY (codes)`);
    if (correlationId !== null) query = query.where('correlation_id', '=', correlationId);
    if (from !== null) query = query.where('at', '>=', new Date(from));
    if (to !== null) query = query.where('at', '<', new Date(to));
    return query;
  };

  return {
    async page(filter, { first, after }) {
      if (after !== null && !/^\d{1,18}$/.test(after)) {
        throw new HubError('INVALID', 'after must be the endCursor of the page before', { field: 'after' });
      }
      let query = matching(filter)
        .orderBy('position', 'desc')
        .limit(first + 1);
      if (after !== null) query = query.where('position', '<', after);
      const records = (await query.execute()).map(recordOf);
      const entries = records.slice(0, first);
      return { entries, hasMore: records.length > first, endCursor: entries.at(-1)?.position ?? null };
    },

    async *all(filter) {
      for (let after = '0', full = true; full; ) {
        const rows = await matching(filter).where('position', '>', after).orderBy('position').limit(CHUNK).execute();
        yield* rows.map(recordOf);
        full = rows.length === CHUNK;
        after = rows.at(-1)?.position ?? after;
      }
    },

    async writers() {
      const { rows } = await sql<{ writer: string; first: string; last: string; written: string }>`
        SELECT writer, min(seq) AS first, max(seq) AS last, count(*) AS written
          FROM audit.record GROUP BY writer ORDER BY min(position)`.execute(db);
      return rows.map(({ writer, first, last, written }) => ({
        writer,
        first: Number(first),
        last: Number(last),
        written: Number(written),
      }));
    },
  };
}

const recordOf = (row: Selectable<AuditEntryView>): AuditRecord => ({
  id: `${row.writer}:${row.seq}`,
  position: row.position,
  kind: row.kind,
  at: row.at.toISOString(),
  endedAt: row.ended_at?.toISOString() ?? null,
  principalId: row.principal_id,
  principalKind: row.principal_kind as Actor['principalKind'], // written from that type
  actsFor: row.acts_for,
  operation: row.operation,
  acts: row.acts,
  coordinates: row.coordinates,
  subject: row.subject,
  outcome: row.outcome,
  codes: row.codes,
  reason: row.reason,
  correlationId: row.correlation_id,
  address: row.address,
  count: Number(row.count),
});
