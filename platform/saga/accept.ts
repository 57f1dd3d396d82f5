import { createHash } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import { HubError } from '../errors.ts';
import { canonical, toJournal } from './journaled.ts';
import type { Attributes } from './saga.ts';
import type { SagaTables } from './tables.ts';

/** What is asked, before it is a run. */
export interface Asked {
  readonly kind: string;
  readonly principalId: string;
  /** Chosen by the caller; the same for one principal means the same run, whatever the kind. */
  readonly idempotencyKey: string;
  /** What the caller said. Said again with the same key it is the same run; anything else with that key is refused. */
  readonly said: unknown;
}

/** A run to be journaled. */
export interface Acceptance extends Asked {
  readonly id: string;
  /** What the saga works on: plain values and `Money`. */
  readonly input: unknown;
  readonly correlationId: string;
  readonly attributes: Attributes;
  /** Ranks the run among what waits for an operator. */
  readonly weight: number;
  /** What only one unfinished run may hold; null: nothing. */
  readonly lock: string | null;
  /** Journaled, and not executed before it is released. Default: executed at once. */
  readonly held?: boolean;
  /** What is written with the run, all or nothing; not when the key was accepted before. */
  readonly alongside?: Alongside;
}

/** Writes in the transaction that journals a run or a decision about one; what it throws undoes both. */
export type Alongside = (trx: Transaction<SagaTables>) => Promise<void>;

export type Accepted =
  | { readonly kind: 'STARTED' | 'REPLAYED'; readonly id: string }
  /** Another unfinished run holds the lock. */
  | { readonly kind: 'LOCKED'; readonly id: string };

/** Hands an execution to the engine, in the transaction that journals why. */
export type Enqueue = (trx: Transaction<SagaTables>, runId: string, workflowId: string) => Promise<void>;

/** The run that was accepted under this key before; null: none was. @throws CONFLICT for other input */
export async function recall(db: Kysely<SagaTables>, asked: Asked): Promise<string | null> {
  const found = await db
    .selectFrom('process.run')
    .select(['id', 'input_hash'])
    .where('principal_id', '=', asked.principalId)
    .where('idempotency_key', '=', asked.idempotencyKey)
    .executeTakeFirst();
  if (found === undefined) return null;
  if (found.input_hash === hashOf(asked)) return found.id;
  throw new HubError(
    'CONFLICT',
    'this idempotency key was used for other input before; nothing was done. Repeat the same input, or choose a new key',
    { field: 'idempotencyKey', reason: 'IDEMPOTENCY_KEY_REUSED' },
  );
}

/** Journals the run and hands it to the engine, all or nothing; of many at once with one key, one starts. @throws CONFLICT */
export async function accept(db: Kysely<SagaTables>, run: Acceptance, enqueue: Enqueue, at: string): Promise<Accepted> {
  const started = await db.transaction().execute(async (trx) => {
    const { numInsertedOrUpdatedRows } = await trx
      .insertInto('process.run')
      .values({
        id: run.id,
        kind: run.kind,
        state: run.held === true ? 'WAITING_FOR_APPROVAL' : 'ACCEPTED',
        direction: 'FORWARD',
        principal_id: run.principalId,
        idempotency_key: run.idempotencyKey,
        input_hash: hashOf(run),
        input: toJournal(run.input),
        lock: run.lock,
        correlation_id: run.correlationId,
        attributes: JSON.stringify(run.attributes),
        weight: run.weight,
        turn: 0,
        workflow_id: firstWorkflow(run.id),
        started_at: at,
      })
      .onConflict((conflict) => conflict.doNothing()) // the key is taken, or the lock
      .executeTakeFirst();
    if (numInsertedOrUpdatedRows === 0n) return false;
    await sql`insert into process.audit (run_id, at, event, principal_id)
      values (${run.id}, ${at}, 'ACCEPTED', ${run.principalId})`.execute(trx);
    await run.alongside?.(trx);
    if (run.held !== true) await enqueue(trx, run.id, firstWorkflow(run.id));
    return true;
  });
  if (started) return { kind: 'STARTED', id: run.id };
  const before = await recall(db, run);
  if (before !== null) return { kind: 'REPLAYED', id: before };
  const holder = run.lock === null ? null : await holderOf(db, run.lock);
  // The holder ended between the two statements: it is free now.
  return holder === null ? accept(db, run, enqueue, at) : { kind: 'LOCKED', id: holder };
}

/** The unfinished run that holds the lock; null: it is free. */
export async function holderOf(db: Kysely<SagaTables>, lock: string): Promise<string | null> {
  const holder = await db
    .selectFrom('process.run')
    .select('id')
    .where('lock', '=', lock)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  return holder?.id ?? null;
}

const firstWorkflow = (runId: string): string => `${runId}:0`;

/** Tells what was said from anything else that could have been; whoever says it, under whichever key. */
export const hashOf = ({ kind, said }: Pick<Asked, 'kind' | 'said'>): string =>
  createHash('sha256')
    .update(canonical([kind, said]))
    .digest('hex');
