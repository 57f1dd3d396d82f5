/** Measures the hub as a user starts it: `npm run bench`. Figures are of this machine at this moment; compare within one run. */
import { readFileSync } from 'node:fs';
import { createWorld } from '../sandbox/data/generate.ts';
import type { CallLogEntry } from '../sandbox/start.ts';
import { CUSTOMER_360 } from '../test/graph/behaviours/queries.ts';
import { freePort } from '../test/support/free-port.ts';
import { type StartedHub, startHub } from '../test/support/hub.ts';

const LATENCY_MS = 50;
const CUSTOMERS = 60;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
const share = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? 0;

/** CPU time of a process so far, its threads included, in ms; Linux only. */
function cpuMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10; // clock ticks of 10 ms
  } catch {
    return Number.NaN;
  }
}

/** The longest chain of calls of which each began after the one before had ended: what no gateway could have done sooner. */
export function longestChainMs(calls: readonly CallLogEntry[]): number {
  const spans = calls
    .map(({ at, ms }) => ({ start: Date.parse(at), end: Date.parse(at) + ms, ms }))
    .sort((a, b) => a.start - b.start);
  const best = spans.map(({ ms }) => ms);
  spans.forEach((span, i) => {
    for (let j = 0; j < i; j += 1) {
      const before = spans[j];
      if (before && before.end <= span.start + 1) best[i] = Math.max(best[i] ?? 0, (best[j] ?? 0) + span.ms);
    }
  });
  return Math.max(0, ...best);
}

async function ask(hub: StartedHub, id: string): Promise<number> {
  const startedAt = performance.now();
  const { errors } = await hub.ask(CUSTOMER_360, { id });
  if (errors.length > 0) throw new Error(`${id}: ${JSON.stringify(errors[0])}`);
  return performance.now() - startedAt;
}

const hub = await startHub({ port: await freePort(), sandbox: { customers: 500, latency: { minMs: 0, maxMs: 0 } } });
try {
  const world = createWorld({ seed: 1, size: 500, today: new Date().toISOString().slice(0, 10) });
  const ids = [...world.customers()]
    .filter(({ traits, known }) => traits.length === 0 && known.erp && known.billing && known.crm && known.support)
    .map(({ hubId }) => hubId);
  for (const id of ids.slice(0, 40)) await ask(hub, id); // the machine compiles, the connections open
  hub.sandbox.setLatency({ minMs: LATENCY_MS, maxMs: LATENCY_MS });

  const cold: number[] = [];
  const over: number[] = [];
  const chains: number[] = [];
  const calls: number[] = [];
  const cpuBefore = cpuMs(hub.pid);
  for (const id of ids.slice(40, 40 + CUSTOMERS)) {
    hub.sandbox.clearCalls();
    const ms = await ask(hub, id);
    const chain = longestChainMs(hub.sandbox.calls());
    cold.push(ms);
    chains.push(chain);
    over.push(ms - chain);
    calls.push(hub.sandbox.calls().length);
  }
  const cpuCold = (cpuMs(hub.pid) - cpuBefore) / CUSTOMERS;

  const warm: number[] = [];
  const cpuWarmBefore = cpuMs(hub.pid);
  for (let round = 0; round < 5; round += 1)
    for (const id of ids.slice(40, 40 + CUSTOMERS)) warm.push(await ask(hub, id));
  const cpuWarm = (cpuMs(hub.pid) - cpuWarmBefore) / warm.length;

  const row = (name: string, values: readonly number[]) =>
    `${name.padEnd(44)} p50 ${median(values).toFixed(1).padStart(7)}   p95 ${share(values, 0.95).toFixed(1).padStart(7)}`;
  process.stdout.write(
    `${[
      `360 of one customer, vendors at ${LATENCY_MS} ms a call, ${CUSTOMERS} customers (ms)`,
      row('cold: answer', cold),
      row('cold: longest chain of vendor calls', chains),
      row('cold: answer less that chain', over),
      row('cold: vendor calls', calls),
      row('warm: answer', warm),
      `CPU of the hub per request: cold ${cpuCold.toFixed(1)} ms, warm ${cpuWarm.toFixed(1)} ms`,
    ].join('\n')}\n`,
  );
} finally {
  await hub.close();
}
