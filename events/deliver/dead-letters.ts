import { type Kysely, sql } from 'kysely';
import { HubError } from '../../platform/errors.ts';
import type { CloudEvent } from '../../platform/outbox/cloud-event.ts';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import type { Page } from '../../platform/page.ts';
import type { DeliverTables } from './tables.ts';

/** An event that was given up for one subscription. */
export interface DeadLetter {
  readonly id: string;
  readonly subscriptionId: string;
  readonly eventId: string;
  readonly event: string;
  readonly customerId: string | null;
  readonly occurredAt: string;
  readonly attempts: number;
  readonly firstFailedAt: string;
  readonly diedAt: string;
  readonly reason: string;
}

interface Found {
  readonly id: string;
  readonly subscription_id: string;
  readonly type: string;
  readonly event: CloudEvent;
  readonly attempts: number;
  readonly first_failed_at: Date;
  readonly died_at: Date;
  readonly reason: string;
}

/** Newest first. @param of one subscription, all of one key, or all there are */
export async function deadLetters(
  db: Kysely<DeliverTables & OutboxTables>,
  of: { readonly subscriptionId: string | null; readonly keyId: string | null },
  { first, after }: { readonly first: number; readonly after: string | null },
): Promise<Page<DeadLetter>> {
  if (after !== null && !/^\d{1,18}$/.test(after)) {
    throw new HubError('INVALID', 'after must be the endCursor of the page before', { field: 'after' });
  }
  const { rows } = await sql<Found>`
    select dead.id::text, dead.subscription_id, event.type, event.event, dead.attempts, dead.first_failed_at, dead.died_at,
      coalesce(dead.reason, '') as reason
    from deliver.waiting as dead
    join deliver.subscription on subscription.id = dead.subscription_id
    join outbox.event on event.position = dead.position
    where dead.died_at is not null
      and (${of.subscriptionId}::text is null or dead.subscription_id = ${of.subscriptionId})
      and (${of.keyId}::text is null or subscription.key_id = ${of.keyId})
      and (${after}::bigint is null or dead.id < ${after}::bigint)
    order by dead.id desc limit ${first + 1}`.execute(db);
  const entries = rows.slice(0, first).map(letterOf);
  return { entries, hasMore: rows.length > first, endCursor: entries.at(-1)?.id ?? null };
}

const letterOf = (row: Found): DeadLetter => ({
  id: row.id,
  subscriptionId: row.subscription_id,
  eventId: row.event.id,
  event: row.type,
  customerId: typeof row.event.data.customerId === 'string' ? row.event.data.customerId : null,
  occurredAt: row.event.time,
  attempts: row.attempts,
  firstFailedAt: row.first_failed_at.toISOString(),
  diedAt: row.died_at.toISOString(),
  reason: row.reason,
});
