import { readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { type Clock, systemClock } from '../../platform/clock.ts';
import { type Database, startDatabase } from '../../platform/db/database.ts';
import { createDb } from '../../platform/db/db.ts';
import { migrate } from '../../platform/db/migrate.ts';
import { silentLog } from '../../platform/log.ts';
import type { Acceptance } from '../../platform/saga/accept.ts';
import { createSagaEngine, type SagaEngine } from '../../platform/saga/engine.ts';
import { type Attempt, saga, stepsIn } from '../../platform/saga/saga.ts';
import { SAGA_SCHEMA, type SagaTables, sagaMigrations } from '../../platform/saga/tables.ts';
import { asking, QUICK } from '../saga/support/engine.ts';

/** A database server of the test's own, on disk as in use, that may be killed: the hub's supervisor starts it again. */
export async function ownDatabase(parent = tmpdir()): Promise<Database & { signal(signal: NodeJS.Signals): void }> {
  const dataDir = await mkdtemp(join(parent, 'concord-hardening-'));
  await chmod(dataDir, 0o755); // run by root, the server's user must get in
  const database = await startDatabase({ dataDir, log: silentLog });
  const pidFile = join(dataDir, 'postgres', 'cluster', 'postmaster.pid');
  return {
    url: database.url,
    signal: (signal) => process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), signal),
    close: async () => {
      await database.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

/** Systems that outlive any database: how often each effect was asked for, and that it stands once under its key. */
export const createLedger = () => ({ effects: new Map<string, number>() });
export type Ledger = ReturnType<typeof createLedger>;

const step = stepsIn<Attempt & { ledger: Ledger }>();
const effect = (name: string) =>
  step({
    name,
    owner: 'ERP',
    do: async ({ key, ledger }, _input: { n: number }) => {
      ledger.effects.set(key, (ledger.effects.get(key) ?? 0) + 1);
      await new Promise((resolve) => setTimeout(resolve, 2));
      return { key };
    },
    undo: async () => {},
  });
const STEPS = ['one', 'two', 'three'].map(effect);
const three = saga<Attempt & { ledger: Ledger }, { n: number }, null>({
  name: 'three-steps',
  steps: STEPS,
  run: async (run, input) => {
    for (const one of STEPS) await run.step(one, input);
    return null;
  },
});

export async function ownEngine(
  databaseUrl: string,
  ledger: Ledger,
  options: { executorId?: string; clock?: Clock; max?: number } = {},
) {
  const pool = createDb(databaseUrl, { max: options.max ?? 10 });
  await migrate(pool, SAGA_SCHEMA, sagaMigrations);
  const db = pool.withTables<SagaTables>();
  const engine = await createSagaEngine({
    databaseUrl,
    db,
    executorId: options.executorId ?? 'hardened',
    role: 'worker',
    sagas: [three],
    contextFor: (attempt) => ({ ...attempt, ledger }),
    clock: options.clock ?? systemClock,
    log: silentLog,
    retry: QUICK,
    takeoverMs: 200,
  });
  return {
    engine,
    db,
    close: async () => {
      await engine.close();
      await pool.destroy();
    },
    /** Which of the runs have not ended. */
    async open(): Promise<number> {
      const { rows } = await sql<{
        n: number;
      }>`select count(*)::int as n from process.run where ended_at is null`.execute(db);
      return rows[0]?.n ?? 0;
    },
  };
}
export type Ground = Awaited<ReturnType<typeof ownEngine>>;

/** What a caller has to know: the answer, or that it is to repeat. Anything else fails the test. */
export async function accepted(engine: SagaEngine, asked: Acceptance): Promise<string | null> {
  try {
    return (await engine.start(asked)).id;
  } catch (error) {
    if ((error as { code?: string }).code !== 'UNAVAILABLE') throw error;
    return null;
  }
}

/** Accepts runs at a steady pace while `trouble` happens; a caller without an answer repeats under its key until it has one. */
export async function under(
  ground: Ground,
  prefix: string,
  count: number,
  trouble: () => Promise<void>,
): Promise<{ ids: string[]; refused: number }> {
  let refused = 0;
  const troubled = trouble();
  const ids = await Promise.all(
    Array.from({ length: count }, async (_, nr) => {
      await new Promise((resolve) => setTimeout(resolve, nr * 20)); // 50 per second
      for (;;) {
        const id = await accepted(ground.engine, asking(`${prefix}-${nr}`));
        if (id !== null) return id;
        refused += 1;
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }),
  );
  await troubled;
  return { ids, refused };
}
