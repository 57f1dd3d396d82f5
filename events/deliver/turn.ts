import type { Kysely } from 'kysely';
import type { Clock } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import type { KeyStore } from '../../platform/keys/key-store.ts';
import type { Logger } from '../../platform/log.ts';
import type { CloudEvent } from '../../platform/outbox/cloud-event.ts';
import { readOutbox } from '../../platform/outbox/outbox.ts';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import { type Upgrades, upgraded } from '../versions.ts';
import { DOWN_AFTER, holdMs, waitMs } from './backoff.ts';
import { inChains, type Tried } from './chains.ts';
import type { DeliverSettings } from './config.ts';
import {
  headsOf,
  keepLane,
  type Lane,
  MOST_WAITING,
  standing,
  takeLane,
  type WaitingEvent,
  waitingOf,
} from './lane.ts';
import type { Attempt, Sender } from './send.ts';
import { type Held, type Settled, settle } from './settle.ts';
import { webhookId } from './sign.ts';
import type { Subscriptions } from './subscriptions.ts';
import type { DeliverTables } from './tables.ts';
import { isAskedFor, seenBy } from './view.ts';

export interface TurnOptions {
  /** With the tables of `deliver` and of the outbox. */
  readonly db: Db;
  readonly subscriptions: Pick<Subscriptions, 'secretsOf'>;
  readonly keys: Pick<KeyStore, 'bearer'>;
  readonly sender: Pick<Sender, 'send'>;
  readonly settings: Pick<DeliverSettings, 'retryForMs' | 'disableAfterMs' | 'leaseMs'>;
  /** Names this process in the leases. */
  readonly process: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** 0 to 1, for the jitter. Default: `Math.random`. */
  readonly random?: () => number;
  readonly upgrades?: Upgrades;
  /** Aborted when the process ends: what is in flight is waited for, nothing more begins. */
  readonly stopping?: AbortSignal;
}

/** Most events of one turn: also the most that are sent once more after a process is killed in the middle. */
const AT_ONCE = 100;
/** Most in flight on one lane, of as many customers. */
const IN_FLIGHT = 4;
/** After so long a turn begins nothing more, so that its results are written soon. */
const LONGEST_TURN_MS = 10_000;

/** One event of the turn: fresh from the outbox, or one that waits in the lane. */
interface Candidate extends Omit<WaitingEvent, 'waitingId' | 'event'> {
  readonly waitingId: string | null;
  readonly event: CloudEvent;
}

/**
 * One turn of one subscription's lane: sends what is due, by the rights that its key has now, and writes what came of it.
 * Events of one customer go in their order; behind one that failed those of its customer wait, and others go on. What was sent
 * and could not be written, because the process was killed, is sent again with the same id.
 * @returns whether there was a turn; false: another process has the lane
 */
export async function turn(id: string, options: TurnOptions): Promise<boolean> {
  const { settings, clock, log } = options;
  const db = options.db.withTables<DeliverTables & OutboxTables>();
  const now = clock.now();
  const until = () => new Date(clock.now() + settings.leaseMs);
  const lane = await takeLane(db, id, { process: options.process, at: new Date(now), until: until() });
  if (lane === null) return false;
  let isMine = true;
  const keeping = setInterval(() => {
    keepLane(db, lane, until()).then(
      (kept) => {
        isMine &&= kept;
      },
      () => {
        isMine = false; // the database is away: nobody can say whose it is
      },
    );
  }, settings.leaseMs / 3).unref();
  try {
    const done = await deliver(lane, db, options, () => isMine);
    clearInterval(keeping);
    const written = await settle(db, lane, done, new Date(clock.now()));
    if (!written)
      log.warn({ subscription: id }, 'a lane went to another process in the middle; it sends again what was sent');
    else if (done.disabled !== null)
      log.warn({ subscription: id, reason: done.disabled }, 'a subscription was disabled');
    return true;
  } finally {
    clearInterval(keeping);
  }
}

async function deliver(
  lane: Lane,
  db: Kysely<DeliverTables & OutboxTables>,
  options: TurnOptions,
  isMine: () => boolean,
): Promise<Settled> {
  const { keys, subscriptions, sender, clock, settings, upgrades, random = Math.random, stopping } = options;
  const now = new Date(clock.now());
  const unchanged: Settled = {
    ...{ position: lane.position, gone: [], changed: [], added: [], delivered: 0, failed: 0, recovered: false },
    ...{ failures: lane.failures, failingSince: lane.failing_since, heldUntil: lane.held_until },
    ...{ lastFailure: null, disabled: null },
  };
  const principal = await keys.bearer(lane.key_id);
  if (principal === null) return { ...unchanged, disabled: 'its key does not hold any more' };

  const wasDown = lane.failures >= DOWN_AFTER;
  const { keys: blocked, count } = await standing(db, lane);
  const waiting = (
    wasDown ? await headsOf(db, lane, AT_ONCE) : await waitingOf(db, lane, { at: now, first: AT_ONCE })
  ).map(candidateOf);
  const read = count >= MOST_WAITING ? [] : await readOutbox(db, { after: lane.position, first: AT_ONCE });
  const fresh = read
    .map((published): Candidate => ({ ...published, ...FRESH }))
    .filter((candidate) => isAskedFor(candidate, lane));
  const behind = fresh.filter(({ orderKey }) => blocked.has(orderKey));
  const untried = fresh.filter(({ orderKey }) => !blocked.has(orderKey));
  // A receiver that seems down is asked with what was never tried, if there is any.
  const candidates = wasDown ? [...untried, ...waiting] : [...waiting, ...untried];

  const seen = await seenBy(principal, candidates, options.db);
  const bodies = new Map(candidates.map((one, at) => [one, seen[at] ?? null]));
  const told = candidates.filter((one) => bodies.get(one) !== null);
  const secrets = told.length === 0 ? [] : await subscriptions.secretsOf(lane.id);
  const startedAt = performance.now();
  let { failures, failing_since: failingSince } = lane;
  let lastFailure: string | null = null;
  let heldUntil = 0;
  let gone = false;
  const tried = await inChains(told, {
    atOnce: wasDown ? 1 : IN_FLIGHT,
    mayGoOn: () =>
      isMine() &&
      !gone &&
      stopping?.aborted !== true &&
      failures < (wasDown ? lane.failures + 1 : DOWN_AFTER) &&
      heldUntil <= clock.now() &&
      performance.now() - startedAt < LONGEST_TURN_MS,
    send: async (one) => {
      const event = bodies.get(one) as CloudEvent; // of those that are told
      const body = JSON.stringify(one.mapping === 'NOW' ? upgraded(event, one, upgrades) : event);
      const result = await sender.send(lane.url, { id: webhookId(event.id), body }, secrets);
      if (result.delivered) {
        failures = 0;
        failingSince = null;
      } else {
        failures += 1;
        failingSince ??= new Date(clock.now());
        lastFailure = result.reason;
        gone ||= result.status === 410;
        heldUntil = Math.max(heldUntil, clock.now() + (result.retryAfterMs ?? 0));
      }
      return { ok: result.delivered, result };
    },
  });

  const results = [...tried.values()].filter((one) => one !== null);
  const delivered = results.filter(({ ok }) => ok).length;
  const at = new Date(clock.now());
  const after = (one: Candidate): Held => heldAfter(one, tried.get(one) ?? null, { at, settings, random });
  const isDone = (one: Candidate) => bodies.get(one) === null || tried.get(one)?.ok === true;
  const left = [...fresh.filter((one) => !behind.includes(one) && !isDone(one)), ...behind];
  const hold = Math.max(heldUntil, at.getTime() + holdMs(failures, random));
  const failingForMs = failingSince === null ? 0 : at.getTime() - failingSince.getTime();
  return {
    position: read.at(-1)?.position ?? lane.position,
    gone: waiting.filter(isDone).flatMap(({ waitingId }) => waitingId ?? []),
    changed: waiting
      .filter((one) => tried.get(one)?.ok === false)
      .map((one) => ({ ...after(one), waitingId: one.waitingId ?? '' })), // of those that wait
    added: left.sort(byPosition).map(after),
    delivered,
    failed: results.length - delivered,
    failures,
    failingSince,
    heldUntil: failures > 0 && hold > at.getTime() ? new Date(hold) : null,
    lastFailure,
    recovered: wasDown && delivered > 0,
    disabled: gone
      ? 'its receiver answered 410: it wants nothing more'
      : failingForMs >= settings.disableAfterMs
        ? `nothing but failures since ${failingSince?.toISOString()}; the last: ${lastFailure}`
        : null,
  };
}

const FRESH = { waitingId: null, mapping: 'THEN', attempts: 0, firstFailedAt: null } as const;

const candidateOf = (row: Awaited<ReturnType<typeof waitingOf>>[number]): Candidate => ({
  ...row,
  event: row.event as CloudEvent, // written by `publish` alone
});

const byPosition = (one: Candidate, other: Candidate): number =>
  BigInt(one.position) < BigInt(other.position) ? -1 : 1;

/** How an event waits after this turn; one that was not tried waits as before. */
function heldAfter(
  { position, orderKey, mapping, attempts, firstFailedAt }: Candidate,
  tried: Tried<Attempt>,
  about: { at: Date; settings: Pick<DeliverSettings, 'retryForMs'>; random: () => number },
): Held {
  const { at, settings, random } = about;
  if (tried === null) {
    return {
      ...{ position, orderKey, mapping, attempts, firstFailedAt },
      nextAttemptAt: null,
      reason: null,
      diedAt: null,
    };
  }
  const since = firstFailedAt ?? at;
  const isOver = at.getTime() - since.getTime() >= settings.retryForMs;
  return {
    ...{ position, orderKey, mapping, attempts: attempts + 1, firstFailedAt: since, reason: tried.result.reason },
    nextAttemptAt: isOver ? null : new Date(at.getTime() + waitMs(attempts + 1, random)),
    diedAt: isOver ? at : null,
  };
}
