import { sql } from 'kysely';
import type { Db } from '../../platform/db/db.ts';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import { metric, type Sample } from '../../platform/telemetry/prometheus.ts';
import { type Lag, lagOf } from './lag.ts';
import type { DeliverTables, SubscriptionState } from './tables.ts';

/** One line for each and figure: a dashboard takes no more. */
const MOST_SUBSCRIPTIONS = 1_000;

interface Row {
  readonly id: string;
  readonly state: SubscriptionState;
  readonly delivered: string;
  readonly failed: string;
}

/** How deliveries go, by subscription, those that were made first, in the text format of Prometheus. */
export async function readFigures(pool: Db): Promise<string> {
  const db = pool.withTables<DeliverTables & OutboxTables>();
  const { rows } = await sql<Row>`
    select id, state, delivered::text, failed::text from deliver.subscription order by nr limit ${MOST_SUBSCRIPTIONS}`.execute(
    db,
  );
  const lags = await lagOf(
    db,
    rows.map(({ id }) => id),
  );
  const of = (value: (row: Row) => number): Sample[] =>
    rows.map((row) => ({ labels: { subscription: row.id }, value: value(row) }));
  const lag = (value: (lag: Lag) => number) =>
    of(({ id }) => {
      const found = lags.get(id);
      return found === undefined ? 0 : value(found);
    });
  return [
    ...metric(
      'hub_events_delivered_total',
      'counter',
      'Events that the subscriber took',
      of((row) => Number(row.delivered)),
    ),
    ...metric(
      'hub_events_failed_total',
      'counter',
      'Attempts that the subscriber did not take',
      of((row) => Number(row.failed)),
    ),
    ...metric(
      'hub_events_behind',
      'gauge',
      'Events not yet judged for the subscriber, and those that wait',
      lag(({ behind, waiting }) => behind + waiting),
    ),
    ...metric(
      'hub_events_lag_seconds',
      'gauge',
      'Age of the oldest event that the subscriber has yet to get',
      lag(({ oldestSeconds }) => Math.round(oldestSeconds)),
    ),
    ...metric(
      'hub_events_dead_letters',
      'gauge',
      'Events that were given up',
      lag(({ dead }) => dead),
    ),
    ...metric(
      'hub_events_active',
      'gauge',
      '1 while events are sent to the subscriber',
      of(({ state }) => (state === 'ACTIVE' ? 1 : 0)),
    ),
    '',
  ].join('\n');
}
