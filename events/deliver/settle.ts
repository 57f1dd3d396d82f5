import { type Kysely, sql } from 'kysely';
import { publish } from '../../platform/outbox/outbox.ts';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import { EVENTS } from '../catalogue.ts';
import type { Lane } from './lane.ts';
import type { DeliverTables, Mapping } from './tables.ts';

/** A row of the lane as it is to be from now on. */
export interface Held {
  readonly position: string;
  readonly orderKey: string;
  readonly mapping: Mapping;
  readonly attempts: number;
  readonly firstFailedAt: Date | null;
  readonly nextAttemptAt: Date | null;
  readonly reason: string | null;
  readonly diedAt: Date | null;
}

/** All that a turn changes. */
export interface Settled {
  /** All of the outbox up to here is dealt with, or among `added`. */
  readonly position: string;
  /** Rows of the lane that are done with, by id. */
  readonly gone: readonly string[];
  readonly changed: readonly (Held & { readonly waitingId: string })[];
  /** In the order in which they are to be sent. */
  readonly added: readonly Held[];
  readonly delivered: number;
  readonly failed: number;
  readonly failures: number;
  readonly failingSince: Date | null;
  readonly heldUntil: Date | null;
  readonly lastFailure: string | null;
  /** The receiver is well again: what waits out its time need not any more. */
  readonly recovered: boolean;
  /** Why the subscription is disabled from now on; null: it is not. */
  readonly disabled: string | null;
}

/** Writes what came of a turn and gives the lane back; false: it was another's by now, and nothing is written. */
export async function settle(
  db: Kysely<DeliverTables & OutboxTables>,
  lane: Lane,
  done: Settled,
  at: Date,
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql`
      update deliver.subscription set
        position = greatest(position, ${done.position}::bigint), leased_until = null, leased_by = null,
        delivered = delivered + ${done.delivered}, failed = failed + ${done.failed},
        failures = ${done.failures}, failing_since = ${done.failingSince}, held_until = ${done.heldUntil},
        last_failure = coalesce(${done.lastFailure}, last_failure),
        last_delivered_at = ${done.delivered > 0 ? sql`${at}` : sql`last_delivered_at`},
        state = case when state = 'ACTIVE' and ${done.disabled}::text is not null then 'DISABLED' else state end,
        reason = coalesce(${done.disabled}, reason),
        since = ${done.disabled === null ? sql`since` : sql`${at}`}
      where id = ${lane.id} and lease = ${lane.lease}::bigint returning 1`.execute(trx);
    if (rows.length === 0) return false;
    if (done.gone.length > 0) {
      await sql`delete from deliver.waiting where id = any(${[...done.gone]}::bigint[])`.execute(trx);
    }
    if (done.recovered) {
      await sql`
        update deliver.waiting set next_attempt_at = null
        where subscription_id = ${lane.id} and died_at is null and next_attempt_at is not null`.execute(trx);
    }
    for (const { waitingId, attempts, firstFailedAt, nextAttemptAt, reason, diedAt } of done.changed) {
      await sql`
        update deliver.waiting set attempts = ${attempts}, first_failed_at = ${firstFailedAt},
          next_attempt_at = ${nextAttemptAt}, reason = ${reason}, died_at = ${diedAt}
        where id = ${waitingId}::bigint`.execute(trx);
    }
    if (done.added.length > 0) {
      await trx
        .insertInto('deliver.waiting')
        .values(
          done.added.map((row) => ({
            subscription_id: lane.id,
            position: row.position,
            order_key: row.orderKey,
            mapping: row.mapping,
            attempts: row.attempts,
            first_failed_at: row.firstFailedAt,
            next_attempt_at: row.nextAttemptAt,
            reason: row.reason,
            died_at: row.diedAt,
          })),
        )
        .execute();
    }
    if (done.disabled !== null) await tellDisabled(trx, lane, at);
    return true;
  });
}

/** Whoever is told of events for the operators learns that somebody else is not told any more. */
const tellDisabled = (trx: Kysely<DeliverTables & OutboxTables>, lane: Lane, at: Date): Promise<void> =>
  publish(trx, [
    {
      id: `${lane.id}:disabled:${lane.lease}`,
      name: 'EventSubscriptionDisabled',
      version: EVENTS.EventSubscriptionDisabled.version,
      subject: `event-subscription/${lane.id}`,
      orderKey: `event-subscription:${lane.id}`,
      occurredAt: at.toISOString(),
      correlationId: `deliver:${lane.id}`,
      data: { system: 'HUB', entity: `event-subscription:${lane.id}`, keyId: lane.key_id },
    },
  ]);
