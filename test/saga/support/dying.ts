import type { Probe } from '../../../platform/saga/executor.ts';

/** Where the worker of a run dies. */
export interface Death {
  readonly runId: string;
  readonly point: string;
  /** `undo <step>` while it is undone. */
  readonly step: string;
}

/** A run that never comes to where it is to die: the worker says so and ends. */
const PATIENCE_MS = 90_000;

/**
 * Holds each run where it is told and, when the last of them has come there, ends this process at once: what it leaves is
 * what it would leave if it had died at each of these points. `SIGSTOP` freezes it instead; continued, it goes on.
 */
export function dyingAt(deaths: readonly Death[], signal: 'SIGKILL' | 'SIGSTOP' = 'SIGKILL'): Probe {
  const due = new Set(deaths.map(({ runId, point, step }) => `${runId} ${point} ${step}`));
  if (due.size > 0) setTimeout(() => giveUp(due), PATIENCE_MS).unref();
  return (point, step, runId) => {
    if (!due.delete(`${runId} ${point} ${step}`)) return undefined;
    if (due.size === 0) process.kill(process.pid, signal);
    return signal === 'SIGKILL' ? new Promise<void>(() => {}) : undefined;
  };
}

function giveUp(due: ReadonlySet<string>): void {
  if (due.size === 0) return;
  process.stderr.write(`never came to ${[...due].join(', ')}\n`);
  process.exit(1);
}

/** How a worker's process is told: `JSON.stringify(deaths)`. */
export const deathsIn = (argument: string | undefined): readonly Death[] =>
  argument === undefined ? [] : (JSON.parse(argument) as Death[]); // written by `startWorkerProcess`
