import { cpuMs, forgetPeak, memoryMb } from '../gateway/run/process-tree.ts';
import type { Ground } from './ground.ts';

/** What the hub used in a stretch of time. */
export interface HubUse {
  /** User and system time of the hub's own process. */
  readonly cpuMs: number;
  /** The same of the database below it. */
  readonly databaseCpuMs: number;
  /** Part of one processor that the hub's process used. */
  readonly busy: number;
  /** Highest resident memory of the hub's process meanwhile; since its start where the system does not let it be reset. */
  readonly peakMb: number;
  /** Memory of the hub's process at the end. */
  readonly endMb: number;
  /** How late the hub's event loop came, 99 of 100 times at most. */
  readonly eventLoopDelayP99Ms: number;
}

/** Begins to measure; call the result at the end. */
export async function meterHub({ client, pid }: Ground): Promise<() => Promise<HubUse>> {
  forgetPeak(pid);
  const began = { metrics: await client.metrics(), tree: cpuMs(pid), at: performance.now() }; // reading begins a new count of delays
  return async () => {
    const metrics = await client.metrics();
    const own = 1_000 * (seen(metrics, 'process_cpu_seconds_total') - seen(began.metrics, 'process_cpu_seconds_total'));
    return {
      cpuMs: own,
      databaseCpuMs: Math.max(0, cpuMs(pid) - began.tree - own),
      busy: own / (performance.now() - began.at),
      peakMb: memoryMb(pid, 'VmHWM', 'ALONE'),
      endMb: seen(metrics, 'process_resident_memory_bytes') / 2 ** 20,
      eventLoopDelayP99Ms: 1_000 * seen(metrics, 'nodejs_eventloop_delay_p99_seconds'),
    };
  };
}

/** By name, for the table. `requests`: what the hub answered meanwhile. */
export const figuresOf = (use: HubUse, requests: number): Record<string, number> => ({
  'CPU of the hub per request (ms)': use.cpuMs / requests,
  'CPU of the database per request (ms)': use.databaseCpuMs / requests,
  'hub busy (processors)': use.busy,
  'event-loop delay p99 (ms)': use.eventLoopDelayP99Ms,
  'peak memory of the hub (MB)': use.peakMb,
});

function seen(metrics: ReadonlyMap<string, number>, name: string): number {
  const value = metrics.get(name);
  if (value === undefined) throw new Error(`the hub tells no ${name} at /metrics`);
  return value;
}
