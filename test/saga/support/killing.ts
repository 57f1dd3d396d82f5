import assert from 'node:assert/strict';
import { PROCESS, type Run } from '../../subgraphs/process/support/operations.ts';
import type { Hub } from '../../subgraphs/process/support/systems.ts';
import { startWorkerProcess } from './child.ts';

/**
 * Where runs of real acts are killed. The one after the answer is the hardest: the effect is there, and nobody has written it
 * down. `npm run test:kills` tries all; the engine's own test (killed-between-steps) does so every time.
 */
export const POINTS =
  process.env.KILL_POINTS === 'all'
    ? (['after-intent', 'after-answer', 'after-commit'] as const)
    : (['after-answer'] as const);

/** Workers over a hub that only accepts acts: one that dies where it is told, and one that brings all to an end. */
export const killing = (hub: Hub) => {
  const startWorker = (killAt?: { runId: string; point: string; step: string }) =>
    startWorkerProcess(hub.databaseUrl, 'mortal', killAt, {
      file: new URL('./order-worker.ts', import.meta.url),
      env: hub.sandbox.environment,
    });
  return {
    /** Has a worker die at that point of the run. */
    async killAt(runId: string, point: string, step: string): Promise<void> {
      assert.equal(await startWorker({ runId, point, step }).ended, 'SIGKILL', `${runId} reached ${point} of ${step}`);
    },
    /** Lets a worker go on with all of them until they have ended. */
    async finish(ids: readonly string[]): Promise<Run[]> {
      const worker = startWorker();
      try {
        const runs: Run[] = [];
        for (const end = Date.now() + 60_000; runs.length < ids.length; ) {
          assert.ok(Date.now() < end, `only ${runs.length} of ${ids.length} ended`);
          const { process } = await hub.ask<{ process: Run }>(PROCESS, { id: ids[runs.length] });
          if (['COMPLETED', 'COMPENSATED', 'EXCEPTION'].includes(process.state)) runs.push(process);
          else await new Promise((resolve) => setTimeout(resolve, 50));
        }
        await worker.ready; // it works before it heeds signals
        return runs;
      } finally {
        worker.process.kill('SIGTERM');
        await worker.ended;
      }
    },
  };
};
