import { performance } from 'node:perf_hooks';
import type { Gate } from './gate.ts';

/** How late this process may be with what is due before it leaves off half of its steps. */
const LATE_MS = 20;
/** Part of the time in which it may be busy: beyond, who asks it waits longer and longer. Below `ROOM` it has time for more. */
const BUSY = 0.85;
const ROOM = 0.75;
const LOOK_EVERY_MS = 50;
/** Weight of the last look in what is taken for the present. */
const NEWEST = 0.2;
/** Runs go on, however busy a process is; some at once, as one may wait for its vendor. */
const LEAST_RUNS = 4;
/** A step that takes longer waits for its vendor, and takes no time of this process. */
const AT_WORK_MS = 250;

/** How much a process does for its runs, beside what it is asked. */
export interface Pace {
  /** How many may be under way. */
  readonly runs: number;
  /** Resolves, with what ends it, when a step may begin; ending it again does nothing. @throws the signal's reason */
  turn(signal: AbortSignal): Promise<() => void>;
  stop(): void;
}

export interface PaceOptions {
  /** Runs, and steps, at once. */
  readonly most: number;
  /** Whether this process is asked for answers now. */
  readonly waitedFor: () => boolean;
  /** Called when there may be a run more. */
  readonly more: () => void;
}

/**
 * As many steps at once as may be, fewer while the process is asked, and is late or has no time left: a run has time, and who
 * asks waits for an answer. Where steps only wait for vendors the process has time, and they keep all their places.
 */
export function keepPace({ most, waitedFor, more }: PaceOptions): Pace {
  const atWork = new Set<{ readonly since: number }>();
  const waiting: (() => void)[] = [];
  let places = most;
  let busy = 0;
  let dueAt = performance.now() + LOOK_EVERY_MS;
  let looked = performance.eventLoopUtilization();

  const begin = () => {
    const step = { since: performance.now() };
    atWork.add(step);
    return () => {
      if (atWork.delete(step)) letIn();
    };
  };
  const letIn = () => {
    while (waiting.length > 0 && atWork.size < places) waiting.shift()?.();
  };
  const look = () => {
    const now = performance.now();
    const before = places;
    const seen = performance.eventLoopUtilization();
    busy += NEWEST * (performance.eventLoopUtilization(seen, looked).utilization - busy);
    looked = seen;
    places = placesAfter(places, waitedFor() ? { lateMs: now - dueAt, busy } : AT_EASE, most);
    dueAt = now + LOOK_EVERY_MS;
    for (const step of atWork) if (now - step.since > AT_WORK_MS) atWork.delete(step);
    letIn();
    if (places > before) more();
  };
  const timer = setInterval(look, LOOK_EVERY_MS);
  timer.unref();

  return {
    get runs() {
      return Math.max(places, Math.min(LEAST_RUNS, most));
    },
    async turn(signal) {
      signal.throwIfAborted();
      return waiting.length === 0 && atWork.size < places ? begin() : inLine(signal);
    },
    stop: () => clearInterval(timer),
  };

  function inLine(signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const enter = () => {
        signal.removeEventListener('abort', gone);
        resolve(begin());
      };
      const gone = () => {
        waiting.splice(waiting.indexOf(enter), 1);
        reject(signal.reason);
      };
      waiting.push(enter);
      signal.addEventListener('abort', gone, { once: true });
    });
  }
}

/** How a process has been of late. */
export interface Strain {
  readonly lateMs: number;
  /** Part of the time, 0 to 1. */
  readonly busy: number;
}

/** Nobody minds. */
const AT_EASE: Strain = { lateMs: 0, busy: 0 };

/** Falls fast and rises slowly, so that it comes to rest below what makes the process late. */
export function placesAfter(places: number, { lateMs, busy }: Strain, most: number): number {
  if (lateMs > LATE_MS) return Math.max(1, Math.floor(places / 2));
  if (busy > BUSY) return Math.max(1, places - 1);
  return busy < ROOM ? Math.min(most, places + 1) : places;
}

/** A step goes to its system when it is its turn there, and this process has time for it. */
export const pacedGate = (gate: Gate, pace: Pace): Gate => ({
  async enter(system, visitor) {
    const leave = await gate.enter(system, visitor);
    try {
      const end = await pace.turn(visitor.signal);
      return () => {
        end();
        leave();
      };
    } catch (error) {
      leave();
      throw error;
    }
  },
});
