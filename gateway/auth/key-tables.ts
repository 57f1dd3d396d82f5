import type { Generated } from 'kysely';
import type { Migration } from '../../platform/db/migrate.ts';

export const GATEWAY_SCHEMA = 'gateway';

// Types, not interfaces: kysely asks for an index signature, which only these have.
export type GatewayTables = {
  'gateway.api_key': ApiKeyTable;
};

export type ApiKeyTable = {
  id: string;
  name: string;
  /** SHA-256 of the key; the key itself is nowhere. */
  hash: Buffer;
  scopes: string[];
  acts_for: string | null;
  created_at: Date;
  not_before: Date;
  expires_at: Date | null;
  revoked_at: Generated<Date | null>;
  last_used_at: Generated<Date | null>;
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
];
