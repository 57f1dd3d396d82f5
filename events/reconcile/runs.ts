import { type Kysely, sql } from 'kysely';
import type { Db } from '../../platform/db/db.ts';
import { type Place, placesOf } from './keep.ts';
import type { Scope } from './kinds.ts';
import type { Totals } from './totals.ts';

/** REQUESTED: waits for a process that reads. READING, COMPARING: under way. COMPLETED or FAILED: ended. */
export type ReconciliationState = 'REQUESTED' | 'READING' | 'COMPARING' | 'COMPLETED' | 'FAILED';

/** One comparison of everything in a scope. */
export interface Reconciliation {
  readonly id: string;
  readonly scope: Scope;
  readonly state: ReconciliationState;
  readonly dryRun: boolean;
  /** First day of payments that are compared. */
  readonly since: string;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** How often it was begun or gone on with. */
  readonly starts: number;
  /** Customers compared so far. */
  readonly compared: number;
  readonly places: readonly Place[];
  readonly totals: RunTotals | null;
  readonly error: string | null;
}

export interface RunTotals extends Totals {
  /** Differences by kind, dismissed ones too. */
  readonly found: Readonly<Record<string, number>>;
  /** Findings that are gone. */
  readonly closed: number;
}

export interface RunRequest {
  readonly scope: Scope;
  readonly dryRun: boolean;
  readonly since: string;
  readonly by: string;
}

export interface RunStore {
  /** Asks for a run; where one of that scope is under way it is that one: nobody reads everything twice at once. */
  request(wanted: RunRequest, at: string): Promise<{ run: Reconciliation; joined: boolean }>;
  show(ids: readonly string[]): Promise<readonly (Reconciliation | null)[]>;
  newest(first: number): Promise<readonly Reconciliation[]>;
  /** Runs that have not ended, the longest waiting first. */
  unfinished(): Promise<readonly string[]>;
  /** When a run of the scope was asked for last; null: never. */
  lastOf(scope: Scope): Promise<string | null>;
  note(id: string, change: Partial<RunNote>): Promise<void>;
}

interface RunNote {
  readonly state: ReconciliationState;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly starting: true;
  readonly compared: number;
  readonly totals: RunTotals;
  readonly error: string;
}

interface RunRow {
  readonly id: string;
  readonly scope: Scope;
  readonly state: ReconciliationState;
  readonly dry_run: boolean;
  readonly since: string;
  readonly requested_by: string;
  readonly requested_at: Date;
  readonly started_at: Date | null;
  readonly ended_at: Date | null;
  readonly starts: number;
  readonly compared: string;
  readonly totals: RunTotals | null;
  readonly error: string | null;
}

const COLUMNS = sql`id, scope, state, dry_run, to_char(since, 'YYYY-MM-DD') as since, requested_by, requested_at, started_at,
  ended_at, starts, compared, totals, error`;

export function createRunStore(db: Db, newId: () => string): RunStore {
  const told = async (row: RunRow): Promise<Reconciliation> => ({
    id: row.id,
    scope: row.scope,
    state: row.state,
    dryRun: row.dry_run,
    since: row.since,
    requestedBy: row.requested_by,
    requestedAt: row.requested_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    starts: row.starts,
    compared: Number(row.compared),
    places: row.ended_at === null ? await placesOf(db, row.id) : [],
    totals: row.totals,
    error: row.error,
  });

  return {
    async request({ scope, dryRun, since, by }, at) {
      const id = newId();
      for (;;) {
        const { rows: made } = await sql<RunRow>`
          insert into reconcile.run (id, scope, state, dry_run, since, requested_by, requested_at)
          values (${id}, ${scope}, 'REQUESTED', ${dryRun}, ${since}::date, ${by}, ${at}::timestamptz)
          on conflict (scope) where ended_at is null do nothing returning ${COLUMNS}`.execute(db);
        if (made[0]) return { run: await told(made[0]), joined: false };
        const { rows: held } = await sql<RunRow>`
          select ${COLUMNS} from reconcile.run where scope = ${scope} and ended_at is null`.execute(db);
        if (held[0]) return { run: await told(held[0]), joined: true };
        // It ended in between: asked for anew.
      }
    },
    async show(ids) {
      const { rows } = await sql<RunRow>`select ${COLUMNS} from reconcile.run where id = any(${ids}::text[])`.execute(
        db,
      );
      const found = new Map(await Promise.all(rows.map(async (row) => [row.id, await told(row)] as const)));
      return ids.map((id) => found.get(id) ?? null);
    },
    async newest(first) {
      const { rows } = await sql<RunRow>`
        select ${COLUMNS} from reconcile.run order by requested_at desc, id desc limit ${first}`.execute(db);
      return Promise.all(rows.map(told));
    },
    async unfinished() {
      const { rows } = await sql<{ id: string }>`
        select id from reconcile.run where ended_at is null order by requested_at, id`.execute(db);
      return rows.map(({ id }) => id);
    },
    async lastOf(scope) {
      const { rows } = await sql<{ at: Date | null }>`
        select max(requested_at) as at from reconcile.run where scope = ${scope}`.execute(db);
      return rows[0]?.at?.toISOString() ?? null;
    },
    note: (id, change) => noteRun(db, id, change),
  };
}

export async function noteRun(
  db: Kysely<object>,
  id: string,
  { state, startedAt, endedAt, starting, compared, totals, error }: Partial<RunNote>,
): Promise<void> {
  await sql`
    update reconcile.run set
      state = coalesce(${state ?? null}, state),
      started_at = coalesce(started_at, ${startedAt ?? null}::timestamptz),
      ended_at = coalesce(ended_at, ${endedAt ?? null}::timestamptz),
      starts = starts + ${starting ? 1 : 0},
      compared = coalesce(${compared ?? null}::bigint, compared),
      totals = coalesce(${totals === undefined ? null : JSON.stringify(totals)}::jsonb, totals),
      error = coalesce(${error ?? null}, error)
    where id = ${id}`.execute(db);
}
