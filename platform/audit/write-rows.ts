import { type Kysely, sql } from 'kysely';
import type { AuditRow } from './record.ts';

/** Appends rows in one statement; a row that is there already, written by an attempt whose answer was lost, stays as it is. */
export async function writeRows(db: Pick<Kysely<never>, 'getExecutor'>, rows: readonly AuditRow[]): Promise<void> {
  const written = rows.map((row) => ({
    writer: row.writer,
    seq: row.seq,
    kind: row.kind,
    at: row.at,
    principal_id: row.principalId,
    principal_kind: row.principalKind,
    acts_for: row.actsFor,
    operation: row.operation,
    acts: row.acts,
    coordinates: row.coordinates,
    subject: row.subject,
    outcome: row.outcome,
    codes: row.codes,
    reason: row.reason,
    correlation_id: row.correlationId,
    address: row.address,
    count: row.count,
    outcome_of: row.outcomeOf,
  }));
  await sql`
    INSERT INTO audit.record (writer, seq, kind, at, principal_id, principal_kind, acts_for, operation, acts, coordinates,
                              subject, outcome, codes, reason, correlation_id, address, count, outcome_of)
    SELECT * FROM jsonb_to_recordset(${JSON.stringify(written)}::jsonb) AS row (
      writer text, seq bigint, kind text, at timestamptz, principal_id text, principal_kind text, acts_for text,
      operation text, acts text[], coordinates text[], subject text, outcome text, codes text[], reason text,
      correlation_id text, address text, count bigint, outcome_of bigint)
    ORDER BY seq
    ON CONFLICT DO NOTHING`.execute(db);
}
