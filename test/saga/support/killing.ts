import assert from 'node:assert/strict';
import type { Probe } from '../../../platform/saga/executor.ts';
import type { SagaTables } from '../../../platform/saga/tables.ts';
import type { Hub } from '../../subgraphs/process/support/systems.ts';
import { startWorkerProcess } from './child.ts';
import type { Death } from './dying.ts';
import { AT_REST } from './trying.ts';

/** `npm run test:kills`: all points of all steps of all acts, where every other run of the tests takes the hardest of each step. */
export const ALL_POINTS = process.env.KILL_POINTS === 'all';

/**
 * Where runs of real acts are killed. The one after the answer is the hardest: the effect is there, and nobody has written it
 * down. The matrix has two more: after the call left, which leaves what one of its neighbours leaves (the journal says that the
 * step began, and the system took it or did not; in-doubt/ tries both); and before the event went out, which is written by the
 * commit that ends the process, and so leaves what the last point of the last step leaves.
 */
const POINTS = ALL_POINTS
  ? (['before-intent', 'after-intent', 'after-answer', 'after-commit'] as const)
  : (['after-answer'] as const);
/** An undoing begins with the commit that ends what was before it. */
export const pointsOf = (step: string): readonly string[] =>
  step.startsWith('undo ') ? POINTS.filter((point) => point !== 'before-intent') : POINTS;

/** Nothing is late here because the machine is busy: a vendor that is late belongs to other tests. */
export const PATIENT = {
  NETSUITE_TIMEOUT_MS: '20000',
  STRIPE_TIMEOUT_MS: '20000',
  SALESFORCE_TIMEOUT_MS: '20000',
  ZENDESK_TIMEOUT_MS: '20000',
};

/** The same name, so that each goes on at once with what the one before it left. */
const WORKER = 'mortal';

/** Workers over a hub that only accepts acts. */
export const killing = (hub: Hub) => ({
  /** Has a worker, in a process of its own, go on with these runs and die with each of them at its point. */
  async kill(deaths: readonly Death[]): Promise<void> {
    const { ended } = startWorkerProcess(hub.databaseUrl, WORKER, deaths, {
      file: new URL('./order-worker.ts', import.meta.url),
      env: { ...hub.sandbox.environment, ...PATIENT },
    });
    assert.equal(await ended, 'SIGKILL', `a worker comes to ${deaths.map(({ step, point }) => `${point} of ${step}`)}`);
  },
  /** Lets a worker go on with what is there until all of these have come to rest. */
  async settle(ids: readonly string[], probe?: Probe): Promise<void> {
    const worker = await hub.startWorker(WORKER, probe);
    try {
      const open = new Set(ids);
      for (const end = Date.now() + 120_000; open.size > 0; await new Promise((resolve) => setTimeout(resolve, 20))) {
        assert.ok(Date.now() < end, `${[...open].join(', ')} came to no end`);
        const rows = await hub.db.withTables<SagaTables>().selectFrom('process.run').select(['id', 'state']).execute();
        for (const { id, state } of rows) if (AT_REST.has(state)) open.delete(id);
      }
    } finally {
      await worker.close();
    }
  },
});
