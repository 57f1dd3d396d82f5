import { DBOS } from '@dbos-inc/dbos-sdk';
import pg from 'pg';
import type { Logger } from '../log.ts';

/**
 * A worker is alive as long as it holds its advisory lock, on a connection of its own: the database lets go of it the moment
 * the worker dies. Needs a direct connection, not one pooled per transaction.
 */
export interface Hold {
  /** From now on looks for workers that died, and has their runs executed by whoever is free. */
  watch(everyMs: number, queue: string): void;
  stopWatching(): Promise<void>;
  release(): Promise<void>;
}

const LOCK = `hashtextextended('concord.executor.' || $1, 0)`;

/** Takes this worker's lock, waiting a little for its predecessor to die. @throws when another worker has this id */
export async function holdExecutor(databaseUrl: string, executorId: string, log: Logger): Promise<Hold> {
  let client = await lockedClient(databaseUrl, executorId, log);
  let timer: NodeJS.Timeout | null = null;
  let looking: Promise<void> = Promise.resolve();
  let watching = false;

  const look = async (queue: string): Promise<void> => {
    try {
      await client.query('select 1');
    } catch {
      // The database was away: without the lock others would think us dead. Fencing covers the gap.
      await client.end().catch(() => {});
      client = await lockedClient(databaseUrl, executorId, log);
    }
    await takeOverTheDead(client, executorId, queue, log);
  };

  return {
    watch(everyMs, queue) {
      watching = true;
      const next = () => {
        timer = setTimeout(() => {
          looking = look(queue)
            .catch((error) => log.warn({ err: error }, 'could not look for dead workers'))
            .then(() => {
              if (watching) next();
            });
        }, everyMs);
      };
      next();
    },
    async stopWatching() {
      watching = false;
      if (timer !== null) clearTimeout(timer);
      await looking;
    },
    release: async () => {
      await client.end().catch(() => {});
    },
  };
}

async function takeOverTheDead(client: pg.Client, own: string, queue: string, log: Logger): Promise<void> {
  const pending = await DBOS.listWorkflows({ status: 'PENDING', loadInput: false, loadOutput: false });
  const others = new Set(pending.map(({ executorId }) => executorId).filter((id) => id !== undefined && id !== own));
  for (const other of others) {
    const { rows } = await client.query<{ dead: boolean }>(`select pg_try_advisory_lock(${LOCK}) as dead`, [other]);
    if (rows[0]?.dead !== true) continue;
    try {
      // Asked again under the lock: what was listed before may have been finished, or taken over by another.
      const left = await DBOS.listWorkflows({
        status: 'PENDING',
        executorId: String(other),
        loadInput: false,
        loadOutput: false,
      });
      const ids = left.map(({ workflowID }) => workflowID);
      if (ids.length > 0) await DBOS.resumeWorkflows(ids, { queueName: queue });
      log.warn({ executor: other, runs: ids.length }, 'a worker died; its runs were taken over');
    } finally {
      await client.query(`select pg_advisory_unlock(${LOCK})`, [other]);
    }
  }
}

async function lockedClient(databaseUrl: string, executorId: string, log: Logger): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: `concord ${executorId}` });
  client.on('error', (error) => log.warn({ err: error }, 'the connection that shows this worker alive broke'));
  await client.connect();
  for (let tries = 0; tries < 50; tries += 1) {
    const { rows } = await client.query<{ got: boolean }>(`select pg_try_advisory_lock(${LOCK}) as got`, [executorId]);
    if (rows[0]?.got === true) return client;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await client.end();
  throw new Error(`another worker runs as ${executorId}; give each worker its own HUB_EXECUTOR_ID`);
}
