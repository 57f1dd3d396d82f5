import { setTimeout as sleep } from 'node:timers/promises';
import type { Gateway } from './gateways.ts';
import type { RunningGround } from './run/ground.ts';
import { cpuMs, forgetPeak, memoryMb } from './run/process-tree.ts';
import type { StartedGateway } from './run/started-gateway.ts';
import type { QueryName } from './shops/queries.ts';

/** What is asked in one window of time. */
export interface Scenario {
  readonly query: QueryName;
  /** `identical`: one shop; `differing`: each request another of the shops. */
  readonly requests: 'identical' | 'differing';
  readonly connections: number;
}

/** One gateway in one window of one round. */
export interface Window extends Scenario {
  readonly gateway: string;
  readonly round: number;
  readonly answers: number;
  readonly wrong: number;
  readonly firstWrong: string | undefined;
  readonly requestsPerSecond: number;
  /** User and system time of the gateway's processes, per right answer. */
  readonly cpuMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly peakMb: number;
  /** Subgraph calls per right answer. */
  readonly calls: number;
}

export interface Contender {
  readonly gateway: Gateway;
  readonly started: StartedGateway;
}

export interface Plan {
  readonly scenarios: readonly Scenario[];
  readonly rounds: number;
  readonly seconds: number;
  /** Number of shops that differing requests ask about. */
  readonly shops: number;
}

/** Asks about every shop once with either query, so that code is compiled and the subgraphs know their answers. */
export async function warmUp(ground: RunningGround, { started }: Contender, shops: number): Promise<void> {
  for (const query of ['small', 'big'] as const) {
    await ground.load({ url: started.url, headers: started.headers, queries: [query], shops, requests: shops });
  }
}

async function measureOne(ground: RunningGround, { started }: Contender, scenario: Scenario, plan: Plan) {
  const { query, connections } = scenario;
  const shops = scenario.requests === 'differing' ? plan.shops : 1;
  // Slow gateways do not get through all the shops in one window: each window begins elsewhere.
  const first = shops === 1 ? 0 : Math.floor(Math.random() * plan.shops);
  const load = { url: started.url, headers: started.headers, queries: [query], connections, shops: 1, first };
  await ground.load({ ...load, requests: connections * 2 }); // connections open, caches of the processor warm
  forgetPeak(started.pid);
  const callsBefore = await ground.calls();
  const cpuBefore = cpuMs(started.pid);
  const result = await ground.load({ ...load, shops, ms: plan.seconds * 1_000 });
  await sleep(20); // what a gateway does after its last answer is its cost too
  return {
    answers: result.requests,
    wrong: result.wrong,
    firstWrong: result.firstWrong,
    requestsPerSecond: result.requests / result.seconds,
    cpuMs: (cpuMs(started.pid) - cpuBefore) / result.requests,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    peakMb: memoryMb(started.pid, 'VmHWM'),
    calls: ((await ground.calls()) - callsBefore) / result.requests,
  };
}

/** All rounds: in each, every scenario is measured with every gateway, one after the other, each time another one first. */
export async function measure(
  ground: RunningGround,
  contenders: readonly Contender[],
  plan: Plan,
  told: (window: Window) => void,
): Promise<readonly Window[]> {
  const windows: Window[] = [];
  for (let round = 0; round < plan.rounds; round += 1) {
    for (const [at, scenario] of plan.scenarios.entries()) {
      for (let turn = 0; turn < contenders.length; turn += 1) {
        const contender = contenders[(turn + round + at) % contenders.length];
        if (contender === undefined) continue;
        const measured = await measureOne(ground, contender, scenario, plan);
        const window = { gateway: contender.gateway.name, round, ...scenario, ...measured };
        windows.push(window);
        told(window);
      }
    }
  }
  return windows;
}
