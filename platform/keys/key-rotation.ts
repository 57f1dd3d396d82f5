import type { Kysely, Transaction } from 'kysely';
import { HubError } from '../errors.ts';
import type { KeyRow, SecretRow } from './believed-keys.ts';
import { type KeyChange, recordChange } from './key-change.ts';
import { newKey } from './key-format.ts';
import { claim, type Once } from './key-once.ts';
import { termsOf } from './key-row.ts';
import type { GatewayTables } from './key-tables.ts';

export interface KeyRotation extends Partial<KeyChange> {
  /** How long the earlier secret holds; 0 to 90 days. */
  readonly overlapMs: number;
}

const LONGEST_OVERLAP_MS = 90 * 24 * 3_600_000;

/** @throws INVALID */
export function checkedOverlap({ overlapMs }: KeyRotation): number {
  if (Number.isInteger(overlapMs) && overlapMs >= 0 && overlapMs <= LONGEST_OVERLAP_MS) return overlapMs;
  throw new HubError('INVALID', 'overlap: must be from 0 to 90 days, like 24h', { field: 'overlap' });
}

/**
 * Gives a key, whose row is locked, a second secret; earlier ones end after the overlap. `{ key: null }`: an earlier request of
 * the same idempotency key did. @throws REFUSED for an expired key, CONFLICT while an earlier rotation overlaps
 */
export async function giveAnotherSecret(
  trx: Transaction<GatewayTables>,
  { row, secrets }: { readonly row: KeyRow; readonly secrets: readonly SecretRow[] },
  { overlapMs, at, once, ...change }: KeyChange & { overlapMs: number; at: number; once: Once | null },
): Promise<{ readonly key: string | null }> {
  const { id } = row;
  const earlier = once === null ? null : await claim(trx, once, { act: 'rotateKey', id, at });
  if (earlier !== null) return { key: null };
  change.judge?.(termsOf(row)); // who is shown the secret has all that the key may do
  if (row.expires_at !== null && row.expires_at.getTime() <= at) {
    throw new HubError('REFUSED', `The key ${id} has expired: give it a later expiresAt first, or make a new one`);
  }
  const ending = secrets.find(({ ends_at }) => ends_at !== null && ends_at.getTime() > at);
  if (ending !== undefined && overlapMs > 0) {
    throw new HubError(
      'CONFLICT',
      `The key ${id} is being rotated until ${ending.ends_at?.toISOString()}: wait, or rotate without overlap`,
      { field: 'overlap' },
    );
  }
  const made = newKey(row.env, id);
  await trx
    .deleteFrom('gateway.api_key_secret')
    .where('key_id', '=', id)
    .where('ends_at', '<=', new Date(at))
    .execute();
  await trx
    .updateTable('gateway.api_key_secret')
    .set({ ends_at: new Date(at + overlapMs) })
    .where('key_id', '=', id)
    .execute();
  await insertSecret(trx, id, made.hash, at);
  await recordChange(trx, change, { act: 'rotateKey', id, at });
  return { key: made.key };
}

/** Oldest first. */
export const secretsOf = (db: Kysely<GatewayTables>, id: string): Promise<SecretRow[]> =>
  db
    .selectFrom('gateway.api_key_secret')
    .select(['hash', 'made_at', 'ends_at'])
    .where('key_id', '=', id)
    .orderBy('made_at')
    .execute();

export const insertSecret = (
  trx: Transaction<GatewayTables>,
  key_id: string,
  hash: Buffer,
  now: number,
): Promise<unknown> =>
  trx
    .insertInto('gateway.api_key_secret')
    .values({ key_id, hash, made_at: new Date(now), ends_at: null })
    .execute();
