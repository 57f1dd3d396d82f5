import type { Insertable } from 'kysely';
import type { KeyRow, SecretRow } from './believed-keys.ts';
import type { ApiKeyTable } from './key-tables.ts';
import type { KeyTerms } from './key-terms.ts';

/** All that is known about a key but the key. Instants are RFC 3339 in UTC. */
export interface ApiKey extends KeyTerms {
  readonly id: string;
  readonly createdAt: string;
  readonly revokedAt: string | null;
  /** To the minute. */
  readonly lastUsedAt: string | null;
  /** Goes up with each change of the terms. */
  readonly version: number;
  /** Who changed the terms last; null: nobody did. */
  readonly changedBy: string | null;
  /** One, and two while the key is rotated; oldest first. */
  readonly secrets: readonly { readonly madeAt: string; readonly endsAt: string | null }[];
}

/** What the tables hold was judged by `checkedTerms` before it was written. */
export const termsOf = (row: KeyRow): KeyTerms => ({
  name: row.name,
  scopes: row.scopes,
  actsFor: row.acts_for,
  rows: row.row_scope,
  unmasked: row.unmasked as KeyTerms['unmasked'],
  acts: row.acts,
  operations: row.operations === 'registered' ? 'registered' : 'free',
  budget: row.budget,
  networks: row.networks,
  notBefore: row.not_before.toISOString(),
  expiresAt: row.expires_at?.toISOString() ?? null,
});

export const columnsOf = (terms: KeyTerms) =>
  ({
    name: terms.name,
    scopes: [...terms.scopes],
    acts_for: terms.actsFor,
    row_scope: terms.rows === null ? null : JSON.stringify(terms.rows),
    unmasked: [...terms.unmasked],
    acts: terms.acts === null ? null : JSON.stringify(terms.acts),
    operations: terms.operations,
    budget: JSON.stringify(terms.budget),
    networks: terms.networks === null ? null : [...terms.networks],
    not_before: new Date(terms.notBefore),
    expires_at: terms.expiresAt === null ? null : new Date(terms.expiresAt),
  }) satisfies Partial<Insertable<ApiKeyTable>>;

export const apiKeyOf = (row: KeyRow, secrets: readonly Pick<SecretRow, 'made_at' | 'ends_at'>[]): ApiKey => ({
  id: row.id,
  ...termsOf(row),
  createdAt: row.created_at.toISOString(),
  revokedAt: row.revoked_at?.toISOString() ?? null,
  lastUsedAt: row.last_used_at?.toISOString() ?? null,
  version: row.version,
  changedBy: row.changed_by,
  secrets: secrets.map(({ made_at, ends_at }) => ({
    madeAt: made_at.toISOString(),
    endsAt: ends_at?.toISOString() ?? null,
  })),
});
