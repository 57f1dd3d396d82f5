import type { Call } from '../../platform/call.ts';
import { type Clock, instant } from '../../platform/clock.ts';
import type { Db } from '../../platform/db/db.ts';
import { HubError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import type { Ownership } from '../../platform/ownership/ownership.ts';
import { pause } from '../../platform/pause.ts';
import type { HubActs } from '../../subgraphs/process/port.ts';
import { isEventName } from '../catalogue.ts';
import { connectConflicts } from '../conflicts/conflict-store.ts';
import { conflictJudge, type JudgeOptions } from '../conflicts/judge.ts';
import { parkingOf } from '../parked/parking.ts';
import { EFFECTS, notNeeded, type StartsAct, type Told, toldBy } from './declared.ts';
import {
  collectEffects,
  type DueEffect,
  dueEffects,
  forgetSettled,
  lockEffect,
  type Settled,
  settleEffect,
} from './due.ts';
import { type EffectTables, migrateEffects } from './tables.ts';

/** How often an effect is tried that fails for another reason than that a system is away, before it is parked. */
const TRIES = 5;
const FIRST_WAIT_MS = 1_000;
/** A system that is away is asked again as long as it takes, at least this often. */
const MOST_WAIT_MS = 300_000;
const EVENTS_AT_ONCE = 500;
/** Each holds a connection to the database while systems answer. */
const EFFECTS_AT_ONCE = 4;
const LOOK_EVERY_MS = 500;
/** While there is something to do, so that what is told meanwhile is read together. */
const BREATH_MS = 50;
const WITHIN_MS = 30_000;
const KEPT_MS = 90 * 86_400_000;

export interface EffectsOptions {
  /** Closed by the caller, after this. */
  readonly db: Db;
  readonly acts: HubActs;
  /** Whose records the ownership filter compares. */
  readonly ports: JudgeOptions['ports'];
  readonly ownership: Ownership;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Does what events are declared to do (`declared.ts`). Several processes may do so on one database. */
export async function openEffects({
  db: pool,
  acts,
  ports,
  ownership,
  clock,
  log,
}: EffectsOptions): Promise<{ close(): Promise<void> }> {
  await migrateEffects(pool);
  const db = pool.withTables<EffectTables & OutboxTables>();
  const judge = conflictJudge({ ports, ownership, conflicts: await connectConflicts(pool), clock });
  const stop = new AbortController();
  let forgotAt = Number.NEGATIVE_INFINITY;

  /** Answers how soon to look again. */
  async function work(): Promise<number> {
    const read = await collectEffects(db, instant(clock), EVENTS_AT_ONCE);
    const due = await dueEffects(db, instant(clock), EFFECTS_AT_ONCE);
    const done = await Promise.all(due.map((effect) => doLocked(effect)));
    if (clock.now() - forgotAt > 3_600_000) {
      forgotAt = clock.now();
      await forgetSettled(db, new Date(clock.now() - KEPT_MS).toISOString());
    }
    const did = done.includes(true);
    if (read === EVENTS_AT_ONCE || (did && due.length === EFFECTS_AT_ONCE)) return 0;
    return did || read > 0 ? BREATH_MS : LOOK_EVERY_MS;
  }

  /** False: another process has it. A crash in between leaves it due: its key finds what it started. */
  const doLocked = (effect: DueEffect): Promise<boolean> =>
    db.transaction().execute(async (trx) => {
      if (!(await lockEffect(trx, effect))) return false;
      const settled = await tried(effect, { acts, judge, clock }, stop.signal);
      if (settled.state === 'PARKED' || settled.state === 'DUE') {
        const { event, name } = effect;
        log.warn(
          { eventId: event.id, effect: name, state: settled.state, reason: settled.reason },
          'an effect is not done',
        );
      }
      await settleEffect(trx, effect, settled);
      return true;
    });

  const working = (async () => {
    while (!stop.signal.aborted) {
      const waitMs = await work().catch((error) => {
        if (!stop.signal.aborted) log.warn({ err: error }, 'the effects of events cannot be read');
        return LOOK_EVERY_MS;
      });
      await pause(waitMs, stop.signal);
    }
  })();
  return {
    close: async () => {
      stop.abort();
      await working;
    },
  };
}

interface Doers {
  readonly acts: HubActs;
  readonly judge: ReturnType<typeof conflictJudge>;
  readonly clock: Clock;
}

async function tried(effect: DueEffect, options: Doers, stopping: AbortSignal): Promise<Settled> {
  const at = instant(options.clock);
  const attempts = effect.attempts + 1;
  const again = (waitMs: number, reason: string): Settled => ({
    state: 'DUE',
    at,
    attempts,
    reason,
    nextAttemptAt: new Date(options.clock.now() + waitMs).toISOString(),
  });
  const waitMs = Math.min(FIRST_WAIT_MS * 2 ** Math.min(effect.attempts, 20), MOST_WAIT_MS);
  try {
    const done = await doEffect(effect, options, AbortSignal.any([stopping, AbortSignal.timeout(WITHIN_MS)]));
    return 'busy' in done ? again(waitMs, done.busy) : { at, attempts, ...done };
  } catch (error) {
    const { message, retryAfterMs } = error as HubError;
    const isAway = stopping.aborted || (error instanceof HubError && error.retryable);
    if (isAway) return again(Math.max(waitMs, retryAfterMs ?? 0), message);
    if (attempts < TRIES) return again(waitMs, message);
    const { system } = toldBy(effect.event);
    return { state: 'PARKED', attempts, ...parkingOf(error, { at, system }) };
  }
}

type Done = Pick<Settled, 'state' | 'processId' | 'reason'> | { readonly busy: string };

async function doEffect(
  { event, eventName, name }: DueEffect,
  { acts, judge }: Doers,
  signal: AbortSignal,
): Promise<Done> {
  const told = toldBy(event);
  const call: Call = { correlationId: event.correlationid, signal, work: 'PROCESS' };
  const effect = isEventName(eventName) ? EFFECTS[eventName]?.find((one) => one.name === name) : undefined;
  if (effect === undefined) return { state: 'NOT_NEEDED', reason: 'this version of the hub does not declare it' };
  const needless = notNeeded(effect, event); // collected by a version that did not ask
  if (needless !== null) return { state: 'NOT_NEEDED', reason: needless };
  if (!('act' in effect)) {
    const { system, customerId } = told;
    if (system === null || customerId === null) return { state: 'NOT_NEEDED', reason: 'it names no customer' };
    await judge({ eventId: told.id, customerId, system }, { ...call, work: 'BACKGROUND' });
    return { state: 'DONE' };
  }
  const begun = await begin(effect, eventName, told, acts, call);
  if (begun === null) return { state: 'NOT_NEEDED', reason: 'it names nobody and nothing that this could be done for' };
  if (begun.kind === 'STARTED') return { state: 'DONE', processId: begun.processId };
  return begun.kind === 'BUSY' ? { busy: begun.reason } : { state: 'NOT_NEEDED', reason: begun.reason };
}

function begin<Name extends 'followUp' | 'alignEntitlement'>(
  { act, actsFor, once, input: inputOf, name }: StartsAct<Name>,
  eventName: string,
  told: Told,
  acts: HubActs,
  call: Call,
) {
  const input = inputOf(told);
  if (input === null) return null;
  const key = once === 'RECORD' && told.entity !== null ? `${eventName}:${told.entity}:${name}` : `${told.id}:${name}`;
  return acts.begin(act, { input, actsFor, key: key.slice(0, 255) }, call);
}
