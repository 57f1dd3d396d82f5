import type { Generated, JSONColumnType } from 'kysely';
import type { Migration } from '../db/migrate.ts';
import type { ActLimits, Budget, RowScope } from '../principal.ts';

export const GATEWAY_SCHEMA = 'gateway';

// Types, not interfaces: kysely asks for an index signature, which only these have.
export type GatewayTables = {
  'gateway.api_key': ApiKeyTable;
  'gateway.api_key_secret': ApiKeySecretTable;
  'gateway.key_request': KeyRequestTable;
};

export type ApiKeyTable = {
  id: string;
  /** See `newKey`. */
  env: string;
  name: string;
  scopes: string[];
  acts_for: string | null;
  /** JSON, like the two below; their form is that of `KeyTerms`. */
  row_scope: JSONColumnType<RowScope | null, string | null, string | null>;
  unmasked: string[];
  acts: JSONColumnType<ActLimits | null, string | null, string | null>;
  operations: string;
  budget: JSONColumnType<Partial<Budget>>;
  networks: string[] | null;
  created_at: Date;
  not_before: Date;
  expires_at: Date | null;
  revoked_at: Generated<Date | null>;
  last_used_at: Generated<Date | null>;
  /** Goes up with each change of the terms. */
  version: Generated<number>;
  /** Who changed the terms last; null: nobody did. */
  changed_by: Generated<string | null>;
};

/** A key has one secret, and a second one while it is rotated. */
export type ApiKeySecretTable = {
  /** SHA-256 of the key; the key itself is nowhere. */
  hash: Buffer;
  key_id: string;
  made_at: Date;
  /** First instant at which it holds no more; null: as long as the key. */
  ends_at: Date | null;
};

/** Requests that made a secret, by the caller's own key for them. */
export type KeyRequestTable = {
  principal_id: string;
  idempotency_key: string;
  /** SHA-256 of what was said. */
  said_hash: Buffer;
  key_id: string;
  asked_at: Date;
};

export const KEY_MIGRATIONS: readonly Migration[] = [
  {
    name: '0001-api-key',
    sql: `
      CREATE TABLE api_key (
        id           text PRIMARY KEY,
        name         text NOT NULL,
        hash         bytea NOT NULL,
        scopes       text[] NOT NULL,
        acts_for     text,
        created_at   timestamptz NOT NULL,
        not_before   timestamptz NOT NULL,
        expires_at   timestamptz,
        revoked_at   timestamptz,
        last_used_at timestamptz,
        CHECK (expires_at > not_before)
      )`,
  },
  {
    name: '0002-key-terms-and-rotation',
    sql: `
      ALTER TABLE api_key
        ADD env        text NOT NULL DEFAULT 'live',
        ADD row_scope  jsonb,
        ADD unmasked   text[] NOT NULL DEFAULT '{}',
        ADD acts       jsonb,
        ADD operations text NOT NULL DEFAULT 'free' CHECK (operations IN ('free', 'registered')),
        ADD budget     jsonb NOT NULL DEFAULT '{}',
        ADD networks   text[],
        ADD version    integer NOT NULL DEFAULT 1,
        ADD changed_by text;
      CREATE TABLE api_key_secret (
        hash    bytea PRIMARY KEY,
        key_id  text NOT NULL REFERENCES api_key,
        made_at timestamptz NOT NULL,
        ends_at timestamptz
      );
      CREATE INDEX api_key_secret_key ON api_key_secret (key_id);
      INSERT INTO api_key_secret (hash, key_id, made_at) SELECT hash, id, created_at FROM api_key;
      ALTER TABLE api_key DROP COLUMN hash`,
  },
  {
    name: '0003-key-request',
    sql: `
      CREATE TABLE key_request (
        principal_id    text NOT NULL,
        idempotency_key text NOT NULL,
        said_hash       bytea NOT NULL,
        key_id          text NOT NULL,
        asked_at        timestamptz NOT NULL,
        PRIMARY KEY (principal_id, idempotency_key)
      )`,
  },
];
