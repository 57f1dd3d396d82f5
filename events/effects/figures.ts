import { sql } from 'kysely';
import type { Db } from '../../platform/db/db.ts';
import { metric, type Sample } from '../../platform/telemetry/prometheus.ts';

interface Row {
  readonly name: string;
  readonly due: number;
  readonly parked: number;
  /** Seconds; 0: none is due. */
  readonly oldest: number;
}

/** How effects of events go, by their declaration, in the text format of Prometheus. */
export async function readEffectFigures(db: Db): Promise<string> {
  const { rows } = await sql<Row>`
    select name, count(*) filter (where state = 'DUE')::int as due, count(*) filter (where state = 'PARKED')::int as parked,
      coalesce(extract(epoch from now() - min(due_since) filter (where state = 'DUE')), 0)::float8 as oldest
    from effect.effect where state in ('DUE', 'PARKED') group by name order by name`.execute(db);
  const of = (value: (row: Row) => number): Sample[] =>
    rows.map((row) => ({ labels: { effect: row.name }, value: value(row) }));
  return [
    ...metric(
      'hub_effects_due',
      'gauge',
      'Effects of events that wait to be done',
      of(({ due }) => due),
    ),
    ...metric(
      'hub_effects_lag_seconds',
      'gauge',
      'How long the oldest of them waits',
      of(({ oldest }) => Math.max(0, Math.round(oldest))),
    ),
    ...metric(
      'hub_effects_parked',
      'gauge',
      'Effects of events that could not be done',
      of(({ parked }) => parked),
    ),
    '',
  ].join('\n');
}
