import { type Kysely, sql } from 'kysely';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import type { DeliverTables } from './tables.ts';

/** How far a subscription is behind what was recorded. */
export interface Lag {
  /** Recorded and not yet judged for it; 10,000: that many or more. */
  readonly behind: number;
  readonly waiting: number;
  readonly dead: number;
  /** Age of the oldest event that it has yet to get; 0: none. */
  readonly oldestSeconds: number;
}

/** So that one that has stood still for long does not have a whole outbox counted. */
const MOST_COUNTED = 10_000;

/** By id of the subscription; one that is not there is left out. */
export async function lagOf(
  db: Kysely<DeliverTables & OutboxTables>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Lag>> {
  const { rows } = await sql<{ id: string; behind: string; waiting: string; dead: string; oldest: string | null }>`
    select lane.id, behind.count as behind, held.waiting, held.dead,
      extract(epoch from now() - least(behind.oldest, held.oldest)) as oldest
    from deliver.subscription as lane
    cross join lateral (
      select count(*), min(recorded_at) as oldest from (
        select recorded_at from outbox.event where position > lane.position
        order by position limit ${MOST_COUNTED}) as next) as behind
    cross join lateral (
      select count(*) filter (where died_at is null) as waiting, count(*) filter (where died_at is not null) as dead,
        min(event.recorded_at) filter (where died_at is null) as oldest
      from deliver.waiting join outbox.event on event.position = waiting.position
      where subscription_id = lane.id) as held
    where lane.id = any(${[...ids]}::text[])`.execute(db);
  return new Map(
    rows.map(({ id, behind, waiting, dead, oldest }) => [
      id,
      {
        behind: Number(behind),
        waiting: Number(waiting),
        dead: Number(dead),
        oldestSeconds: oldest === null ? 0 : Math.max(0, Number(oldest)),
      },
    ]),
  );
}
