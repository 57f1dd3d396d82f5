import { type Kysely, sql } from 'kysely';
import type { BreakerState } from '../../../platform/resilience/breaker.ts';
import type { FeedView, SourceView, SourceViews } from '../../../platform/resilience/views.ts';
import type { WaitedFor } from '../../../platform/saga/closures.ts';
import type { SagaTables } from '../../../platform/saga/tables.ts';
import type { System } from '../model.ts';

/** Those that acts run across, in the order of the graph's `System`. */
const CONNECTED = ['ERP', 'BILLING', 'CRM', 'SUPPORT'] as const satisfies readonly System[];
const WORST_FIRST = ['OPEN', 'HALF_OPEN', 'CLOSED'] as const satisfies readonly BreakerState[];

type Health = 'UP' | 'DEGRADED' | 'DOWN' | 'MAINTENANCE' | 'UNKNOWN';
interface Failure {
  readonly code: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** One system as all processes of the hub see it together. */
export interface ConnectedSystem {
  readonly name: System;
  readonly health: Health;
  readonly breaker: BreakerState;
  readonly pausedMs: number;
  readonly quota: SourceView['quota'];
  readonly lastError: Failure | null;
  readonly capabilities: readonly {
    readonly name: string;
    readonly instance: string | null;
    readonly breaker: BreakerState;
    readonly lastOkAt: number | null;
    readonly lastError: Failure | null;
  }[];
  readonly openProcesses: number;
  readonly feeds: readonly FeedView[];
  readonly maintenance: readonly WaitedFor[];
}

const NOTHING_TOLD = { sources: [], feeds: [] };

/** Several processes may hear of one feed: who heard last is right. */
const newestOf = (feeds: readonly FeedView[]): readonly FeedView[] =>
  [...Map.groupBy(feeds, ({ name }) => name).values()].flatMap((same) =>
    [...same].sort((a, b) => (b.lastPollAt ?? '').localeCompare(a.lastPollAt ?? '')).slice(0, 1),
  );

/** @param views null: no process says how its systems stand */
export const createConnectedSystems = (db: Kysely<SagaTables>, views: SourceViews | null) => ({
  async all(closures: readonly WaitedFor[], now: number): Promise<readonly ConnectedSystem[]> {
    const [told, open] = await Promise.all([views?.all() ?? NOTHING_TOLD, openBySystem(db)]);
    return CONNECTED.map((name) => {
      const closed = closures.filter(({ system, step }) => system === name && step === null);
      const seen = joined(told.sources.filter(({ system }) => system === name));
      const isClosed = closed.some(({ from, until }) => Date.parse(from) <= now && now < Date.parse(until));
      return {
        ...seen,
        name,
        health: isClosed ? 'MAINTENANCE' : seen.health,
        openProcesses: open.get(name) ?? 0,
        feeds: newestOf(told.feeds.filter(({ system }) => system === name)),
        maintenance: closures.filter(({ system }) => system === name),
      };
    });
  },
});
export type ConnectedSystems = ReturnType<typeof createConnectedSystems>;

/** What several processes say of one system, as one. */
export function joined(
  views: readonly SourceView[],
): Pick<ConnectedSystem, 'health' | 'breaker' | 'pausedMs' | 'quota' | 'lastError' | 'capabilities'> {
  const capabilities = Map.groupBy(
    views.flatMap(({ instance, capabilities }) => capabilities.map((one) => ({ ...one, instance }))),
    ({ instance, name }) => `${instance ?? ''}/${name}`,
  );
  const all = [...capabilities.values()].flat();
  const breaker = worst(views);
  const pausedMs = Math.max(0, ...views.map((view) => view.pausedMs));
  const quotas = views.flatMap(({ quota }) => (quota === null ? [] : [quota]));
  return {
    breaker,
    pausedMs,
    quota: quotas.sort((a, b) => a.left - b.left)[0] ?? null,
    lastError: newest(all),
    capabilities: [...capabilities]
      .sort(([a], [b]) => a.localeCompare(b))
      .flatMap(([, same]) => {
        const [first] = same;
        if (first === undefined) return [];
        const lastOkAt = Math.max(...same.map((one) => one.lastOkAt ?? 0));
        return [
          {
            name: first.name,
            instance: first.instance,
            breaker: worst(same),
            lastOkAt: lastOkAt === 0 ? null : lastOkAt,
            lastError: newest(same),
          },
        ];
      }),
    health: healthOf(views, pausedMs),
  };
}

function healthOf(views: readonly SourceView[], pausedMs: number): Health {
  if (views.length === 0) return 'UNKNOWN';
  if (views.every((view) => view.breaker !== 'CLOSED')) return 'DOWN';
  const whole = views.every(
    (view) => view.breaker === 'CLOSED' && view.capabilities.every((one) => one.breaker === 'CLOSED'),
  );
  return whole && pausedMs === 0 ? 'UP' : 'DEGRADED';
}

const worst = (all: readonly { readonly breaker: BreakerState }[]): BreakerState =>
  WORST_FIRST.find((state) => all.some(({ breaker }) => breaker === state)) ?? 'CLOSED';

const newest = (all: readonly { readonly lastError: Failure | null }[]): Failure | null =>
  all.flatMap(({ lastError }) => (lastError === null ? [] : [lastError])).sort((a, b) => b.at - a.at)[0] ?? null;

/** How many processes that have not ended are at each system. */
async function openBySystem(db: Kysely<SagaTables>): Promise<ReadonlyMap<string, number>> {
  const { rows } = await sql<{ system: string; open: number }>`
    select latest.system, count(*)::int as open
    from process.run join lateral (
      select system from process.step where run_id = run.id order by position desc limit 1) latest on true
    where run.ended_at is null group by latest.system`.execute(db);
  return new Map(rows.map(({ system, open }) => [system, open]));
}
