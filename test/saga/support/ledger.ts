import { type Kysely, sql } from 'kysely';
import { z } from 'zod';
import { HubError, type HubErrorCode } from '../../../platform/errors.ts';
import { type Attempt, type Stays, saga, stepsIn, type Told } from '../../../platform/saga/saga.ts';
import type { SagaTables } from '../../../platform/saga/tables.ts';

/**
 * Systems that live in the database, so that they outlive a hub that is killed: each effect is one row under its key, and a
 * repeated key takes no second effect. `calls` counts every request that reached them.
 */
export async function createSystems(db: Kysely<SagaTables>): Promise<void> {
  await sql`create table effect (key text primary key, undone boolean not null default false)`.execute(db);
  await sql`create table call (id bigint generated always as identity, what text not null)`.execute(db);
  await sql`create table trouble (what text primary key, code text not null, times integer not null)`.execute(db);
}

/** What a step of the test saga is given. */
export interface Systems {
  readonly attempt: Attempt;
  /** Takes effect once for the key. @throws the trouble that is set for this step */
  effect(): Promise<string>;
  /** Takes the effect back, unless it is set to stay: by the trouble `<step> stays`. */
  undo(): Promise<Stays | undefined>;
  /** Whether the system can neither tell a repetition nor be asked. */
  unseen(): boolean;
}

export const systemsFor =
  (db: Kysely<SagaTables>) =>
  (attempt: Attempt): Systems => ({
    attempt,
    effect: async () => {
      await reach(db, attempt.step);
      await sql`insert into effect (key) values (${attempt.key}) on conflict do nothing`.execute(db);
      return `made by ${attempt.key}`;
    },
    undo: async () => {
      await reach(db, `undo ${attempt.step}`);
      const { rows } = await sql`select 1 from trouble where what = ${`${attempt.step} stays`}`.execute(db);
      if (rows.length > 0) return { stays: `${attempt.step} is in the books` };
      await sql`update effect set undone = true where key = ${attempt.key}`.execute(db);
      return undefined;
    },
    unseen: () => blind.has(attempt.step),
  });

/** Systems that cannot be asked what became of a write, by the step that writes to them. */
export const blind = new Set<string>();

async function reach(db: Kysely<SagaTables>, what: string): Promise<void> {
  await sql`insert into call (what) values (${what})`.execute(db);
  const troubled = await sql<{ code: HubErrorCode }>`
    update trouble set times = times - 1 where what = ${what} and times > 0 returning code`.execute(db);
  const code = troubled.rows[0]?.code;
  if (code !== undefined) throw new HubError(code, `${what} says ${code}`, { system: 'ERP' });
}

export const setTrouble = async (db: Kysely<SagaTables>, what: string, code: HubErrorCode, times = 1_000) => {
  await sql`insert into trouble values (${what}, ${code}, ${times})
    on conflict (what) do update set code = excluded.code, times = excluded.times`.execute(db);
};
export const endTrouble = (db: Kysely<SagaTables>) => sql`delete from trouble`.execute(db);

export async function callsOf(db: Kysely<SagaTables>): Promise<string[]> {
  const { rows } = await sql<{ what: string }>`select what from call order by id`.execute(db);
  return rows.map(({ what }) => what);
}

/** Effects of a run that stand: step -> taken back or not. */
export async function effectsOf(db: Kysely<SagaTables>, runId: string): Promise<Record<string, 'STANDS' | 'UNDONE'>> {
  const { rows } = await sql<{
    key: string;
    undone: boolean;
  }>`select * from effect where key like ${`${runId}:%`} order by key`.execute(db);
  return Object.fromEntries(rows.map(({ key, undone }) => [key.slice(runId.length + 1), undone ? 'UNDONE' : 'STANDS']));
}

const step = stepsIn<Systems>();
const plain = (name: string) =>
  step({
    name,
    owner: 'ERP',
    do: async (systems, input: { n: number }) => ({ made: await systems.effect(), n: input.n }),
    undo: (systems) => systems.undo(),
    unseen: (systems) => systems.unseen(),
    editable: z.strictObject({ n: z.int().optional() }),
    stated: z.strictObject({ made: z.string(), n: z.int() }),
  });

export const FIRST = plain('first');
export const SECOND = plain('second');
export const THIRD = plain('third');
export const STEPS = ['first', 'second', 'third'] as const;

/** What the world is told of each run that completes. */
const TOLD: Told = {
  name: 'CustomerChanged',
  version: 1,
  entity: 'customer:C-1',
  subject: 'customer/C-1',
  orderKey: 'customer:C-1',
  data: { customerId: 'C-1' },
};

/** What the outbox holds of a run, by id. */
export async function toldOf(db: Kysely<SagaTables>, runId: string): Promise<string[]> {
  const { rows } = await sql<{ event_id: string }>`
    select event_id from outbox.event where event -> 'data' ->> 'processId' = ${runId} order by id`.execute(db);
  return rows.map(({ event_id }) => event_id);
}

/** Three effects in a row, each fed by the one before. */
export const threeSteps = saga<Systems, { n: number }, { made: string[] }>({
  name: 'three-steps',
  steps: [FIRST, SECOND, THIRD],
  run: async (run, input) => {
    const first = await run.step(FIRST, input);
    await run.note({ first: first.made });
    const second = await run.step(SECOND, { n: first.n + 1 });
    run.tells(TOLD);
    const third = await run.step(THIRD, { n: second.n + 1 });
    return { made: [first.made, second.made, third.made] };
  },
});
