import { histogram, metric, type Sample } from '../telemetry/prometheus.ts';
import type { BreakerState } from './breaker.ts';
import type { Source } from './source.ts';

const OPENNESS = { CLOSED: 0, HALF_OPEN: 1, OPEN: 2 } as const satisfies Record<BreakerState, number>;

/** What a process did with its systems, in the text format of Prometheus. Counts begin with the process. */
export function sourceFigures(sources: readonly Source[]): string {
  const of = (value: (source: Source) => number, more: Sample['labels'] = {}): Sample[] =>
    sources.map((source) => ({ labels: { ...labelsOf(source), ...more }, value: value(source) }));
  return [
    ...metric(
      'hub_source_requests_total',
      'counter',
      'Requests over the wire, by system',
      of(({ requests }) => requests),
    ),
    ...metric(
      'hub_source_broken_answers_total',
      'counter',
      'Answers that were not as the system promises them',
      of(({ broken }) => broken),
    ),
    ...metric(
      'hub_source_port_calls_total',
      'counter',
      'Batch reads that went to the system',
      of(({ cache }) => cache.calls),
    ),
    ...metric(
      'hub_source_calls_saved_total',
      'counter',
      'Batch reads that the cache spared the system',
      of(({ cache }) => Math.max(0, cache.callsWithout - cache.calls)),
    ),
    ...metric('hub_cache_keys_total', 'counter', 'Keys asked for, by how they were answered', [
      ...of(({ cache }) => cache.hits, { answered: 'fresh' }),
      ...of(({ cache }) => cache.revalidated, { answered: 'stale_while_revalidate' }),
      ...of(({ cache }) => cache.staleIfError, { answered: 'stale_if_error' }),
      ...of(({ cache }) => cache.joined, { answered: 'joined' }),
      ...of(({ cache }) => cache.misses, { answered: 'asked' }),
    ]),
    ...metric(
      'hub_cache_refreshed_keys_total',
      'counter',
      'Keys that were refreshed on the side',
      of(({ cache }) => cache.refreshed),
    ),
    ...histogram(
      'hub_cache_age_seconds',
      'Age of what was answered from the cache',
      sources.map((source) => {
        const { ages, ageSecondsSum, hits, revalidated, staleIfError } = source.cache;
        return { labels: labelsOf(source), bounds: ages, count: hits + revalidated + staleIfError, sum: ageSecondsSum };
      }),
    ),
    ...metric(
      'hub_source_breaker',
      'gauge',
      'Breaker of the system: 0 closed, 1 trying, 2 open',
      of(({ breaker }) => OPENNESS[breaker.state]),
    ),
    ...metric(
      'hub_source_in_flight',
      'gauge',
      'Calls under way',
      of(({ places }) => places.taken),
    ),
    ...metric(
      'hub_source_waiting',
      'gauge',
      'Calls that wait for a place',
      of(({ places }) => places.waiting),
    ),
    '',
  ].join('\n');
}

const labelsOf = ({ system, instance }: Source): Sample['labels'] =>
  instance === null ? { system } : { system, instance };
