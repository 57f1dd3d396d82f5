import { type Kysely, sql } from 'kysely';
import { HubError } from '../../platform/errors.ts';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import type { DeliverTables, Mapping } from './tables.ts';

/** Which events are sent again; exactly one of the four. */
export interface Replay {
  readonly eventIds: readonly string[] | null;
  /** Recorded from the first instant on and before the second; null as the second: until now. */
  readonly recorded: { readonly from: string; readonly to: string | null } | null;
  /** A correlation id: all that one process or one webhook told. */
  readonly causedBy: string | null;
  readonly deadLetters: boolean;
  readonly mapping: Mapping;
}

const MOST_IDS = 100;
/** More are asked for in several ranges, so that one request does not fill a lane for days. */
const MOST_EVENTS = 10_000;

/**
 * Puts events into a subscription's lane, behind what waits there, in the order in which they were recorded. Answers how many.
 * @throws INVALID naming the field; REFUSED for more than 10,000
 */
export async function replay(
  db: Kysely<DeliverTables & OutboxTables>,
  subscriptionId: string,
  wanted: Replay,
): Promise<number> {
  check(wanted);
  const { eventIds, recorded, causedBy, mapping } = wanted;
  return db.transaction().execute(async (trx) => {
    // Nobody may be writing what comes of a turn of this lane at the same time: order is by the rows' ids.
    await sql`select 1 from deliver.subscription where id = ${subscriptionId} for update`.execute(trx);
    if (wanted.deadLetters) {
      await sql`
        insert into deliver.waiting (subscription_id, position, order_key, mapping)
        select subscription_id, position, order_key, ${mapping} from deliver.waiting
        where subscription_id = ${subscriptionId} and died_at is not null order by position`.execute(trx);
      const { rows } = await sql`
        delete from deliver.waiting where subscription_id = ${subscriptionId} and died_at is not null returning 1`.execute(
        trx,
      );
      return rows.length;
    }
    const chosen =
      eventIds !== null
        ? sql`event_id = any(${[...eventIds]}::text[])`
        : recorded !== null
          ? sql`recorded_at >= ${recorded.from}::timestamptz and recorded_at < coalesce(${recorded.to}::timestamptz, now())`
          : sql`event ->> 'correlationid' = ${causedBy}`;
    const { rows } = await sql`
      insert into deliver.waiting (subscription_id, position, order_key, mapping)
      select ${subscriptionId}, position, order_key, ${mapping} from outbox.event
      where ${chosen} and position <= (select position from deliver.subscription where id = ${subscriptionId})
      order by position limit ${MOST_EVENTS + 1}
      returning 1`.execute(trx);
    if (rows.length > MOST_EVENTS) {
      throw new HubError('REFUSED', `These are more than ${MOST_EVENTS} events: ask for a shorter time at once`, {
        field: 'from',
      });
    }
    return rows.length;
  });
}

function check({ eventIds, recorded, causedBy, deadLetters }: Replay): void {
  const wrong = (field: string, why: string) => new HubError('INVALID', `${field}: ${why}`, { field });
  const given = [eventIds !== null, recorded !== null, causedBy !== null, deadLetters].filter(Boolean).length;
  if (given !== 1) throw wrong('eventIds', 'exactly one of eventIds, from, causedBy and deadLetters must be given');
  if (eventIds !== null && (eventIds.length === 0 || eventIds.length > MOST_IDS)) {
    throw wrong('eventIds', `must be 1 to ${MOST_IDS}`);
  }
  if (recorded?.to != null && recorded.to <= recorded.from) throw wrong('to', 'must be after from');
}
