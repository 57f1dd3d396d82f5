import { createHash } from 'node:crypto';
import type { Transaction } from 'kysely';
import { HubError } from '../errors.ts';
import { canonical } from '../saga/journaled.ts';
import type { KeyAct } from './key-change.ts';
import type { GatewayTables } from './key-tables.ts';

/** A request that must make one secret, however often it is sent. */
export interface Once {
  readonly principalId: string;
  /** Chosen by the caller; 1 to 255 printable ASCII characters. */
  readonly idempotencyKey: string;
  /** What the caller said; said again with the same key it is the same request. */
  readonly said: unknown;
}

/**
 * Claims the idempotency key for this transaction; of two at once the second waits for the first.
 * @returns the id of the key that the first request made; null: this is the first
 * @throws INVALID for a key of another form, CONFLICT where it was used for something else
 */
export async function claim(
  trx: Transaction<GatewayTables>,
  { principalId, idempotencyKey, said }: Once,
  about: { readonly act: KeyAct; readonly id: string; readonly at: number },
): Promise<string | null> {
  if (!/^[\x20-\x7e]{1,255}$/.test(idempotencyKey)) {
    throw new HubError('INVALID', 'idempotencyKey: must be 1 to 255 printable ASCII characters', {
      field: 'idempotencyKey',
    });
  }
  const said_hash = createHash('sha256')
    .update(canonical([about.act, said]))
    .digest();
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('gateway.key_request')
    .values({
      ...{ principal_id: principalId, idempotency_key: idempotencyKey, said_hash },
      ...{ key_id: about.id, asked_at: new Date(about.at) },
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  if (numInsertedOrUpdatedRows === 1n) return null;
  const before = await trx
    .selectFrom('gateway.key_request')
    .select(['key_id', 'said_hash'])
    .where('principal_id', '=', principalId)
    .where('idempotency_key', '=', idempotencyKey)
    .executeTakeFirstOrThrow();
  if (before.said_hash.equals(said_hash)) return before.key_id;
  throw new HubError(
    'CONFLICT',
    'this idempotency key was used for other input before; nothing was done. Repeat the same input, or choose a new key',
    { field: 'idempotencyKey', reason: 'IDEMPOTENCY_KEY_REUSED' },
  );
}
