import pg from 'pg';
import type { Logger } from '../log.ts';

/**
 * A worker is alive as long as it holds its advisory lock, on a connection of its own, and is heard of: the database lets go of
 * the lock the moment the worker dies, and one that is frozen falls silent. Needs a direct connection, not one pooled per transaction.
 */
export interface Liveness {
  /** Whether this worker may take up runs: it holds its lock, as far as it knows. */
  readonly alive: boolean;
  /** Says that this worker lives, and names those that do not; each with whether it is known to be dead or only silent. */
  beat(): Promise<readonly Gone[]>;
  /** Lets the lock of a dead worker go, once its runs were taken over. */
  done(gone: Gone): Promise<void>;
  end(): Promise<void>;
}

export interface Gone {
  readonly worker: string;
  /** Its lock was free, and is held by us until `done`: nobody lives under that name. Otherwise it has only been silent. */
  readonly dead: boolean;
}

/** A worker that was not heard of for so long has lost its runs to others: three beats, and no less than a pause of a busy machine. */
export const leaseSeconds = (beatMs: number): number => Math.max(1.5, (3 * beatMs) / 1_000);
/** Workers are woken by this channel when something is due. */
export const CHANNEL = 'concord_saga';

const LOCK = `hashtextextended('concord.executor.' || $1, 0)`;

/** Takes this worker's lock, waiting a little for its predecessor to die. @throws when another worker has this id, or the database is away */
export async function live(
  databaseUrl: string,
  worker: string,
  { beatMs, log, due }: { beatMs: number; log: Logger; due: () => void },
): Promise<Liveness> {
  // A database that was restarted has let go of everybody's lock: who lives takes it again at the next beat.
  const missedBeatsSeconds = (2 * beatMs) / 1_000;
  let alive = true;
  const connect = () =>
    lockedClient(databaseUrl, worker, {
      due,
      lost: (error) => {
        alive = false;
        log.warn({ reason: error.message }, 'the connection that shows this worker alive broke');
      },
    });
  let client = await connect();

  return {
    get alive() {
      return alive;
    },
    async beat() {
      try {
        if (!alive) throw new Error('the connection broke');
        await client.query(BEAT, [worker]);
      } catch {
        // The database was away: without the lock others think us dead. Fencing covers the gap.
        alive = false;
        await client.end().catch(() => {});
        client = await connect();
        alive = true;
        await client.query(BEAT, [worker]);
      }
      const { rows } = await client.query<Gone>(
        `select worker, dead from (
           select owner as worker, silent_s, silent_s > $2 and pg_try_advisory_lock(hashtextextended('concord.executor.' || owner, 0)) as dead
           from (
             select owner, coalesce(extract(epoch from now() - beat_at), 'infinity') as silent_s
             from (select distinct owner from process.run where owner is not null and owner <> $1) as owners
             left join process.worker on worker.id = owner) as others
           offset 0) as others
         where dead or silent_s > $3`,
        [worker, missedBeatsSeconds, leaseSeconds(beatMs)],
      );
      return rows;
    },
    async done({ worker: other, dead }) {
      if (dead) await client.query(`select pg_advisory_unlock(${LOCK})`, [other]);
    },
    async end() {
      alive = false;
      await client.end().catch(() => {});
    },
  };
}

const BEAT = `insert into process.worker (id, beat_at) values ($1, now())
  on conflict (id) do update set beat_at = excluded.beat_at`;

async function lockedClient(
  databaseUrl: string,
  worker: string,
  heard: { due: () => void; lost: (error: Error) => void },
): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: databaseUrl,
    application_name: `concord ${worker}`,
    connectionTimeoutMillis: 5_000,
  });
  client.on('error', heard.lost);
  client.on('notification', heard.due);
  await client.connect();
  for (let tries = 0; tries < 50; tries += 1) {
    const { rows } = await client.query<{ got: boolean }>(`select pg_try_advisory_lock(${LOCK}) as got`, [worker]);
    if (rows[0]?.got === true) {
      await client.query(`listen ${CHANNEL}`);
      return client;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await client.end();
  throw new Error(`another worker runs as ${worker}; give each worker its own HUB_EXECUTOR_ID`);
}
