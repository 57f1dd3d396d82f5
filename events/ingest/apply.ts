import type { Kysely } from 'kysely';
import type { RecordCache } from '../../platform/cache/record-cache.ts';
import { type Clock, instant } from '../../platform/clock.ts';
import { HubError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { EventToPublish } from '../../platform/outbox/cloud-event.ts';
import { publish } from '../../platform/outbox/outbox.ts';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import type { Inbound } from '../../platform/webhooks/webhook-source.ts';
import { EVENTS, type EventName, isEventName } from '../catalogue.ts';
import { parkingOf } from '../parked/parking.ts';
import { dueEvents, isLatest, lock, settle, understand, type Waiting, type WaitingToBeRead } from './inbox.ts';
import type { InboxState, IngestTables } from './tables.ts';

/** How often an event is tried before it is parked, and how long it waits in between; doubled each time. */
const TRIES = 5;
const FIRST_WAIT_MS = 500;
/** Taken up by one look, and applied at once: what is told meanwhile is kept by the other connections of the pool. */
const LOOKED_UP = 50;
const AT_ONCE = 6;
/** Keys of the hub's own writes begin with the id of their process. */
const OWN_KEY = /^prc_/;
/** What a system does of itself after a write, under the write's key: no process knows of it, so none has told of it. */
const CONSEQUENCES: ReadonlySet<string> = new Set<EventName>([
  'InvoiceIssued',
  'InvoiceVoided',
  'PaymentSettled',
  'PaymentFailed',
]);

export interface ApplyOptions {
  readonly db: Kysely<IngestTables & OutboxTables>;
  readonly cache: Pick<RecordCache, 'forget'> | null;
  /** The hub id of a system's customer; null: not registered. */
  readonly hubIdOf: (system: string, externalId: string) => Promise<string | null>;
  /** Whose records are out of date when a source speaks, as in the graph's `System`. */
  readonly systems: ReadonlyMap<string, string>;
  /** Reads the body of a webhook that was proved when it came. @throws CONTRACT_BROKEN */
  readonly read: (source: string, body: string) => Inbound;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Applies what waits in the inbox, and answers how many events were tried: records are forgotten, so that they are read anew,
 * and the world is told, in the transaction that settles the event. A record's events are applied in the order of their
 * arrival; one that tells an older state than was told before changes nothing, and so does an echo of the hub's own write,
 * of which its process has told already.
 */
export async function applyDue(options: ApplyOptions): Promise<number> {
  const due = await dueEvents(options.db, instant(options.clock), LOOKED_UP);
  // No two of them are of one record.
  const next = due.values();
  const inTurn = async () => {
    for (const event of next) await applyOrPutOff(event, options);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, inTurn));
  return due.length;
}

async function applyOrPutOff(event: Waiting | WaitingToBeRead, options: ApplyOptions): Promise<void> {
  const { db, clock } = options;
  let customerId: string | null = null;
  try {
    if (event.inbound === null) return await readAgain(event, options);
    // Before the transaction: inside, it would take a second connection, and so many at once would wait for one another.
    customerId = await customerOf(event, options);
    await db.transaction().execute((trx) => applyLocked(trx, event, customerId, options));
  } catch (error) {
    const attempts = event.attempts + 1;
    const parked = attempts >= TRIES;
    const { message } = error as Error;
    options.log.warn(
      { source: event.source, eventId: event.inbound?.eventId, attempts, parked, reason: message },
      'an event failed',
    );
    if (!parked) {
      const nextAttemptAt = new Date(clock.now() + FIRST_WAIT_MS * 2 ** event.attempts).toISOString();
      await settle(db, { id: event.id, state: 'RECEIVED', attempts, reason: message, nextAttemptAt });
      return;
    }
    const parking = parkingOf(error, { at: instant(clock), system: options.systems.get(event.source) ?? null });
    await settle(db, { id: event.id, state: 'PARKED', attempts, parking: { ...parking, customerId } });
  }
}

/** An operator had it tried again: what the hub can read by now takes its place among the others. */
async function readAgain(event: WaitingToBeRead, { db, read }: ApplyOptions): Promise<void> {
  const isNew = await understand(db, event, read(event.source, event.body));
  if (!isNew) await settle(db, { id: event.id, state: 'SUPERSEDED', reason: 'the same event came again' });
}

const customerOf = async (
  { source, inbound: { tells, customerId } }: Waiting,
  options: ApplyOptions,
): Promise<string | null> =>
  tells === null || customerId === null ? null : options.hubIdOf(systemOf(source, options), customerId);

function systemOf(source: string, { systems }: ApplyOptions): string {
  const system = systems.get(source);
  if (system === undefined) throw new HubError('INVALID', `changes of ${source} are not taken any more`);
  return system;
}

async function applyLocked(
  trx: Kysely<IngestTables & OutboxTables>,
  event: Waiting,
  customerId: string | null,
  options: ApplyOptions,
): Promise<void> {
  // Another process may have it, or may have settled it meanwhile.
  if (await lock(trx, event)) await settle(trx, { id: event.id, state: await apply(trx, event, customerId, options) });
}

async function apply(
  trx: Kysely<IngestTables & OutboxTables>,
  event: Waiting,
  customerId: string | null,
  options: ApplyOptions,
): Promise<InboxState> {
  const { source, inbound } = event;
  const { cache } = options;
  const system = systemOf(source, options);
  // What is forgotten once too often is read once more, no harm done: so it comes first.
  await cache?.forget(inbound.subjects.map((subject) => `${system}:${subject}`));
  if (!(await isLatest(trx, event))) return 'SUPERSEDED';
  if (isEcho(inbound)) return 'ECHO';
  if (inbound.tells !== null) {
    const { tells } = inbound;
    if (!isEventName(tells)) throw new HubError('CONTRACT_BROKEN', `${tells} is no event of the hub`, { system });
    await publish(trx, [toldOf(source, system, inbound, tells, customerId)]);
  }
  return 'APPLIED';
}

const isEcho = ({ byHub, causedByKey, tells }: Inbound): boolean =>
  (byHub === true || (causedByKey !== null && OWN_KEY.test(causedByKey))) &&
  !(tells !== null && CONSEQUENCES.has(tells));

/** The event as the world is told it: ids, and no values, which everybody reads by his own rights. */
function toldOf(
  source: string,
  system: string,
  { eventId, occurredAt, entity, customerId: externalId }: Inbound,
  name: EventName,
  customerId: string | null,
): EventToPublish {
  return {
    id: `${source}:${eventId}`,
    name,
    version: EVENTS[name].version,
    subject: customerId === null ? entity.replace(':', '/') : `customer/${customerId}`,
    orderKey: customerId === null ? `${system}:${externalId ?? entity}` : `customer:${customerId}`,
    occurredAt,
    correlationId: `${source}:${eventId}`,
    data: { system, customerId, entity },
  };
}
