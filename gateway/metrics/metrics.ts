import { monitorEventLoopDelay } from 'node:perf_hooks';
import { metric } from '../../platform/telemetry/prometheus.ts';
import { type ExecutorCounts, newCounts } from '../execution/executor.ts';

/** What an operator may read of one gateway process; counts begin with the process and last through changes of the graph. */
export interface Metrics {
  readonly operations: ExecutorCounts;
  answered(status: number): void;
  /** In the text format of Prometheus, version 0.0.4. */
  text(): string;
}

/** How often the event loop is looked at. What it comes late is its delay. */
const LOOKS_MS = 10;

/**
 * Few and small enough to be written here; a library for it would bring its own registry and timers.
 * @param further lines of the process's other parts, such as the systems that it asks
 */
export function createMetrics(further: () => string = () => ''): Metrics {
  const operations = newCounts();
  const answers = new Map<number, number>();
  const turns = monitorEventLoopDelay({ resolution: LOOKS_MS });
  turns.enable();
  return {
    operations,
    answered: (status) => void answers.set(status, (answers.get(status) ?? 0) + 1),
    text() {
      const { rss, heapUsed } = process.memoryUsage();
      const { user, system } = process.cpuUsage();
      const delaySeconds = Math.max(0, turns.percentile(99) / 1e6 - LOOKS_MS) / 1e3;
      turns.reset();
      return [
        ...metric(
          'hub_answers_total',
          'counter',
          'Answers of the graph, by HTTP status',
          [...answers]
            .sort(([a], [b]) => a - b)
            .map(([status, value]) => ({ labels: { status: String(status) }, value })),
        ),
        ...metric('hub_operations_total', 'counter', 'Operations that were run', operations.runs),
        ...metric('hub_fallbacks_total', 'counter', "Of these, run by Apollo's runner", operations.fallbacks),
        ...metric('hub_subgraph_fetches_total', 'counter', 'Fetches from subgraphs', operations.fetches),
        ...metric('hub_subgraph_failures_total', 'counter', 'Of these, without an answer', operations.failedFetches),
        ...metric('process_cpu_seconds_total', 'counter', 'User and system time', (user + system) / 1e6),
        ...metric('process_resident_memory_bytes', 'gauge', 'Resident memory', rss),
        ...metric('nodejs_heap_size_used_bytes', 'gauge', 'Heap in use', heapUsed),
        ...metric(
          'nodejs_eventloop_delay_p99_seconds',
          'gauge',
          'How late the event loop came, in 99 of 100 looks since this was last read',
          delaySeconds,
        ),
        further(),
      ].join('\n');
    },
  };
}
