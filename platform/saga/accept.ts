import { createHash } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import { HubError } from '../errors.ts';
import type { RunRow } from './journal.ts';
import { canonical, toJournal } from './journaled.ts';
import type { Attributes } from './saga.ts';
import type { RunState, SagaTables } from './tables.ts';

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
  /** RFC 3339. Journaled, and executed from then on, by the database's clock; where it is held, not before it is released. Default: at once. */
  readonly notBefore?: string;
  /** What waits for a worker or a system is served in this order. Default: `INTERACTIVE`. */
  readonly work?: Work;
  /** What is written with the run, all or nothing; not when the key was accepted before. */
  readonly alongside?: Alongside;
}

/** Somebody waits for it; or it is one of many that nobody waits for. */
export type Work = 'INTERACTIVE' | 'BULK';
const RANK = { INTERACTIVE: 0, BULK: 1 } as const satisfies Record<Work, number>;

/** Writes in the transaction that journals a run or a decision about one; what it throws undoes both. */
export type Alongside = (trx: Transaction<SagaTables>) => Promise<void>;

export type Accepted =
  | { readonly kind: 'STARTED' | 'REPLAYED'; readonly id: string }
  /** Another unfinished run holds the lock. */
  | { readonly kind: 'LOCKED'; readonly id: string };

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

/**
 * Journals the run, all or nothing; of many at once with one key, one starts. From then on it is due, unless it is held.
 * @param takenBy the worker that executes it at once: then it is that one's, and `row` what to execute. @throws CONFLICT
 */
export async function accept(
  db: Kysely<SagaTables>,
  run: Acceptance,
  at: string,
  takenBy: string | null = null,
): Promise<Accepted & { readonly row?: RunRow }> {
  const { alongside } = run;
  const row =
    alongside === undefined
      ? await insert(db, run, at, takenBy) // one statement is a transaction of its own
      : await db.transaction().execute(async (trx) => {
          const inserted = await insert(trx, run, at, takenBy);
          if (inserted !== undefined) await alongside(trx);
          return inserted;
        });
  if (row !== undefined) return { kind: 'STARTED', id: run.id, row };
  const before = await recall(db, run);
  if (before !== null) return { kind: 'REPLAYED', id: before };
  const holder = run.lock === null ? null : await holderOf(db, run.lock);
  // The holder ended between the two statements: it is free now.
  return holder === null ? accept(db, run, at, takenBy) : { kind: 'LOCKED', id: holder };
}

/** Answers nothing when the key is taken, or the lock. */
async function insert(
  db: Kysely<SagaTables>,
  run: Acceptance,
  at: string,
  takenBy: string | null,
): Promise<RunRow | undefined> {
  const waits = run.held === true || run.notBefore !== undefined;
  const owner = waits ? null : takenBy;
  const dueAt = run.held === true || owner !== null ? sql`null` : sql`coalesce(${run.notBefore ?? null}, now())`;
  const { rows } = await sql<RunRow>`
    with run as (
      insert into process.run (id, kind, state, direction, principal_id, idempotency_key, input_hash, input, lock,
        correlation_id, attributes, weight, rank, turn, owner, due_at, not_before, started_at)
      values (${run.id}, ${run.kind}, ${firstState(run)}, 'FORWARD', ${run.principalId}, ${run.idempotencyKey},
        ${hashOf(run)}, ${toJournal(run.input)}, ${run.lock}, ${run.correlationId}, ${JSON.stringify(run.attributes)},
        ${run.weight}, ${RANK[run.work ?? 'INTERACTIVE']}, ${owner === null ? 0 : 1}, ${owner}, ${dueAt}::timestamptz,
        ${run.notBefore ?? null}::timestamptz, ${at})
      on conflict do nothing
      returning *),
    noted as (
      insert into process.audit (run_id, at, event, principal_id, detail)
      select id, started_at, event, case event when 'ACCEPTED' then principal_id end,
        case event when 'TAKEN' then 'turn 1 by ' || owner end
      from run, (values (0, 'ACCEPTED'), (1, 'TAKEN')) as said (nr, event)
      where event = 'ACCEPTED' or owner is not null order by nr)
    select * from run`.execute(db);
  return rows[0];
}

const firstState = ({ held, notBefore }: Acceptance): RunState => {
  if (held === true) return 'WAITING_FOR_APPROVAL';
  return notBefore === undefined ? 'ACCEPTED' : 'SCHEDULED';
};

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

/** Tells what was said from anything else that could have been; whoever says it, under whichever key. */
export const hashOf = ({ kind, said }: Pick<Asked, 'kind' | 'said'>): string =>
  createHash('sha256')
    .update(canonical([kind, said]))
    .digest('hex');
