import { type Kysely, sql } from 'kysely';
import { type Actor, type AuditEntry, rowOf } from '../audit/record.ts';
import { writeRows } from '../audit/write-rows.ts';
import type { GatewayTables } from './key-tables.ts';
import type { KeyTerms } from './key-terms.ts';

/** Who changes a key. Kept with the change in the audit. */
export interface KeyChange {
  /** Id of a caller, or a name like `command line`. */
  readonly by: string;
  /** Default: the hub itself. */
  readonly kind?: Actor['principalKind'];
  readonly actsFor?: string | null;
  readonly correlationId?: string | null;
  /** Judges the terms that the key will have, in the same transaction; throws what the caller is to read. Default: all are fine. */
  readonly judge?: (terms: KeyTerms) => void;
}

export type KeyAct = 'createKey' | 'updateKey' | 'rotateKey' | 'revokeKey';

/** By the hub itself, as at the first start of a demo. */
export const BY_HUB: KeyChange = { by: 'hub' };

/**
 * Records a change in the transaction that makes it: both are there, or neither. The changes of one key are numbered without a
 * gap. @param fields names of the terms that changed, without their values
 */
export async function recordChange(
  trx: Kysely<GatewayTables>,
  { by, kind = 'HUB', actsFor = null, correlationId = null }: KeyChange,
  change: { readonly act: KeyAct; readonly id: string; readonly at: number; readonly fields?: readonly string[] },
): Promise<void> {
  const writer = `key ${change.id}`;
  const { rows } = await sql<{ seq: string }>`
    SELECT coalesce(max(seq), 0) + 1 AS seq FROM audit.record WHERE writer = ${writer}`.execute(trx); // the key's row is locked
  const entry: AuditEntry = {
    ...{ principalId: by, principalKind: kind, actsFor, correlationId, address: null },
    kind: 'KEY_CHANGE',
    acts: [change.act],
    subject: change.id,
    coordinates: change.fields ?? [],
  };
  await writeRows(trx, [
    rowOf(entry, { writer, seq: Number(rows[0]?.seq ?? 1), at: new Date(change.at).toISOString() }),
  ]);
}
