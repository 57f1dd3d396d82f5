import type { Call } from '../call.ts';
import { errorCode, HubError } from '../errors.ts';
import { NoPlace } from './places.ts';
import { type Capability, endingOf, type Source } from './source.ts';

/** A system that asks to wait and does not say how long. */
const PAUSE_MS = 1_000;

/** A breaker is open: nothing was sent. */
export class LeftAlone extends HubError {
  constructor(system: string) {
    super('UNAVAILABLE', `${system} failed repeatedly and is left alone for a moment; try again shortly`, { system });
  }
}

/**
 * Asks a system once, within what it grants all who ask it: a place, the breakers of what it is asked and of the whole system,
 * and for each request over the wire the vendor's quota (`call.admit`). What it asks to wait holds back everybody.
 * @throws UNAVAILABLE while a breaker is open, THROTTLED while the system asked to wait or has no room, and what `run` throws
 */
export async function attempt<Answer>(
  run: (call: Call) => Promise<Answer>,
  call: Call,
  source: Source,
  capability: Capability,
): Promise<Answer> {
  const { system } = source;
  refuseWhilePaused(source);
  if (!source.breaker.lets() || !capability.breaker.lets()) throw new LeftAlone(system);
  const leave = await place(call, source);
  try {
    refuseWhilePaused(source); // it may have asked for it while this call waited
    enter(source, capability);
    return await judged(run, call, source, capability);
  } finally {
    leave();
  }
}

function refuseWhilePaused({ system, pausedMs }: Source): void {
  const waitMs = pausedMs();
  if (waitMs > 0) {
    const said = `${system} asked to be left alone for a while`;
    throw new HubError('THROTTLED', said, { system, retryAfterMs: waitMs });
  }
}

function enter({ system, breaker }: Source, capability: Capability): void {
  if (!breaker.enter()) throw new LeftAlone(system);
  if (capability.breaker.enter()) return;
  breaker.unsaid();
  throw new LeftAlone(system);
}

async function place(call: Call, { places, system }: Source): Promise<() => void> {
  try {
    return await places.enter(call.work ?? 'INTERACTIVE', call.signal);
  } catch (cause) {
    if (cause instanceof NoPlace) {
      const said = `too many requests wait for ${system}; try again shortly`;
      throw new HubError('THROTTLED', said, { system, retryAfterMs: 1_000, reason: 'BUSY', cause });
    }
    throw new HubError('TIMEOUT', `${system} could not be asked before the request's deadline`, { system, cause });
  }
}

/** Runs, and tells the breakers and the operators how it ended. A client that left says nothing of the system's health. */
async function judged<Answer>(
  run: (call: Call) => Promise<Answer>,
  call: Call,
  source: Source,
  capability: Capability,
): Promise<Answer> {
  const both = [source.breaker, capability.breaker] as const;
  try {
    const answer = await run({ ...call, admit: () => source.admit(call.work ?? 'INTERACTIVE', call.signal) });
    for (const breaker of both) breaker.succeeded();
    capability.lastOkAt = source.now();
    return answer;
  } catch (error) {
    const ending = call.signal.aborted ? 'UNSAID' : endingOf(error);
    for (const breaker of both) {
      if (ending === 'FAILED') breaker.failed();
      else if (ending === 'SUCCEEDED') breaker.succeeded();
      else breaker.unsaid();
    }
    const code = errorCode(error);
    if (code === 'CONTRACT_BROKEN') source.broken += 1;
    if (ending === 'SUCCEEDED') capability.lastOkAt = source.now();
    else if (code !== undefined && !call.signal.aborted) capability.lastError = { at: source.now(), code };
    pauseIfAsked(error, source);
    throw error;
  }
}

/** What the hub itself holds back is not what the system asked for. */
function pauseIfAsked(error: unknown, source: Source): void {
  const code = errorCode(error);
  const { retryAfterMs, reason } = error as HubError; // undefined on any other error
  if (code === 'THROTTLED' && reason !== 'QUOTA') source.pause(retryAfterMs ?? PAUSE_MS);
  else if (code === 'UNAVAILABLE' && retryAfterMs !== undefined) source.pause(retryAfterMs); // its maintenance
}
