import { metric } from '../../../platform/telemetry/prometheus.ts';
import type { SourceHealth } from './source-health.ts';

/** How changes come in, by source, in the text format of Prometheus. */
export function changeFigures(sources: readonly SourceHealth[], now: number): string {
  const each = (
    name: string,
    help: string,
    of: (source: SourceHealth) => number | null,
    type: 'gauge' | 'counter' = 'gauge',
  ) =>
    metric(
      name,
      type,
      help,
      sources.flatMap((source) => {
        const value = of(source);
        return value === null ? [] : [{ labels: { source: source.source, system: source.system }, value }];
      }),
    );
  const age = (at: string | null) => (at === null ? null : Math.max(0, now - Date.parse(at)) / 1_000);
  return [
    ...each('hub_changes_gap', '1 while something may be missing', ({ gap }) => (gap === null ? 0 : 1)),
    ...each('hub_changes_age_seconds', 'Since the last change came in', ({ lastChangeAt }) => age(lastChangeAt)),
    ...each('hub_changes_poll_age_seconds', 'Since a poll went well', ({ lastPollAt }) => age(lastPollAt)),
    ...each('hub_changes_poll_failures', 'Polls that failed in a row', ({ failures }) => failures),
    ...each('hub_changes_waiting', 'Changes that wait to be applied', ({ waiting }) => waiting),
    ...each('hub_changes_lag_seconds', 'How long the oldest of them waits', ({ lagMs }) => lagMs / 1_000),
    ...each('hub_changes_parked', 'Changes that nobody could apply', ({ parked }) => parked),
    ...each('hub_changes_missed_total', 'Webhooks that did not come, caught up', ({ missed }) => missed, 'counter'),
    '',
  ].join('\n');
}
