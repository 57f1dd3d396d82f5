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
  /** Part of one processor that the gateway used; well below 1, it waited for driver and subgraphs. */
  readonly busy: number;
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

/** CPU time once the gateway has ended what it does after its last answer, and what was left behind. */
async function cpuMsAtRest(pid: number, leftBehind: boolean): Promise<number> {
  await sleep(20);
  let now = cpuMs(pid);
  for (let before = -1, tries = 0; leftBehind && now - before > 10 && tries < 50; tries += 1) {
    before = now;
    await sleep(100);
    now = cpuMs(pid);
  }
  return now;
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
  const measuredMs = await cpuMsAtRest(started.pid, result.leftBehind > 0);
  const done = result.requests + result.leftBehind;
  return {
    answers: result.requests,
    wrong: result.wrong,
    firstWrong: result.firstWrong,
    requestsPerSecond: result.requests / result.seconds,
    cpuMs: (measuredMs - cpuBefore) / done,
    busy: (measuredMs - cpuBefore) / 1_000 / result.seconds,
    p50Ms: result.p50Ms,
    p99Ms: result.p99Ms,
    peakMb: memoryMb(started.pid, 'VmHWM'),
    calls: ((await ground.calls()) - callsBefore) / done,
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
