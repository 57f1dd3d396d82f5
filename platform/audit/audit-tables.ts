import type { Generated } from 'kysely';
import type { Db } from '../db/db.ts';
import { type Migration, migrate } from '../db/migrate.ts';
import type { AuditKind, AuditOutcome } from './record.ts';

export const AUDIT_SCHEMA = 'audit';

// Types, not interfaces: kysely asks for an index signature, which only these have.
export type AuditTables = {
  'audit.entry': AuditEntryView;
};

/** What `audit.record` holds, with the outcome beside its attempt. */
export type AuditEntryView = {
  /** Goes up with time; text, as it may outgrow a number. */
  position: Generated<string>;
  writer: string;
  seq: string;
  kind: Exclude<AuditKind, 'OUTCOME'>;
  at: Date;
  principal_id: string | null;
  principal_kind: string | null;
  acts_for: string | null;
  operation: string | null;
  acts: string[];
  coordinates: string[];
  subject: string | null;
  /** null: it ran, and nobody was left to tell how it ended; or it runs still. */
  outcome: AuditOutcome | null;
  codes: string[];
  reason: string | null;
  correlation_id: string | null;
  address: string | null;
  count: string;
  ended_at: Date | null;
};

/** Row triggers would not see TRUNCATE, statement triggers see all three, rows or not. */
export const AUDIT_MIGRATIONS: readonly Migration[] = [
  {
    name: '0001-record',
    sql: `
      CREATE TABLE record (
        position       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        writer         text NOT NULL,
        seq            bigint NOT NULL,
        kind           text NOT NULL
          CHECK (kind IN ('MUTATION', 'OUTCOME', 'DENIAL', 'KEY_CHANGE', 'FULL_READ', 'LOST')),
        at             timestamptz NOT NULL,
        principal_id   text,
        principal_kind text,
        acts_for       text,
        operation      text,
        acts           text[] NOT NULL,
        coordinates    text[] NOT NULL,
        subject        text,
        outcome        text CHECK (outcome IN ('ANSWERED', 'DENIED', 'FAILED')),
        codes          text[] NOT NULL,
        reason         text,
        correlation_id text,
        address        text,
        count          bigint NOT NULL,
        outcome_of     bigint CHECK ((outcome_of IS NOT NULL) = (kind = 'OUTCOME')),
        UNIQUE (writer, seq)
      );
      CREATE UNIQUE INDEX record_outcome ON record (writer, outcome_of) WHERE outcome_of IS NOT NULL;
      CREATE INDEX record_correlation ON record (correlation_id);
      CREATE INDEX record_principal ON record (principal_id, position);
      CREATE INDEX record_at ON record (at);
      CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the audit is append-only (docs/audit.md)'; END $$;
      CREATE TRIGGER record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON record
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
      CREATE VIEW entry AS
        SELECT record.position, record.writer, record.seq, record.kind, record.at, record.principal_id,
               record.principal_kind, record.acts_for, record.operation, record.acts,
               record.coordinates || coalesce(ended.coordinates, '{}') AS coordinates, record.subject,
               coalesce(record.outcome, ended.outcome) AS outcome,
               record.codes || coalesce(ended.codes, '{}') AS codes,
               coalesce(record.reason, ended.reason) AS reason, record.correlation_id, record.address,
               record.count, ended.at AS ended_at
          FROM record LEFT JOIN record AS ended ON ended.writer = record.writer AND ended.outcome_of = record.seq
         WHERE record.kind <> 'OUTCOME'`,
  },
];

export const migrateAudit = (db: Db): Promise<void> => migrate(db, AUDIT_SCHEMA, AUDIT_MIGRATIONS);
