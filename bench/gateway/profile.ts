import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GATEWAYS } from './gateways.ts';
import type { Options } from './options.ts';
import { short, table } from './report.ts';
import type { RunningGround } from './run/ground.ts';
import { cpuMs } from './run/process-tree.ts';
import { startGateway } from './run/started-gateway.ts';

const SHOWN = 40;

interface Spent {
  readonly name: string;
  /** In the function itself. */
  selfUs: number;
  /** With all that it calls. */
  allUs: number;
}

/** Starts one Node gateway, loads it once it is warm, and prints the functions in which most time was spent. */
export async function profile(options: Options, ground: RunningGround, told: (text: string) => void): Promise<void> {
  const gateway = GATEWAYS.find(({ name }) => name === options.profile);
  if (gateway === undefined) throw new Error(`There is no set-up ${options.profile}`);
  const file = join(mkdtempSync(join(tmpdir(), 'bench-profile-')), `${gateway.name}.cpuprofile`);
  const nodeFlags = ['--import', new URL('run/profiler.ts', import.meta.url).href];
  const started = await startGateway(gateway, ground, {
    cpu: ground.processors.gateway,
    nodeFlags,
    env: { PROFILE_FILE: file },
  });
  try {
    const { url, headers, pid } = started;
    const query = options.query ?? 'big';
    const shops = options.differing === false ? 1 : options.shops;
    const load = {
      url,
      headers,
      queries: [query],
      shops,
      connections: options.connections.includes(8) ? 8 : (options.connections[0] ?? 8),
    };
    await ground.load({ ...load, requests: Math.max(options.shops, 1_000) });
    told(`Sampling ${gateway.name} for ${options.seconds} s ...`);
    process.kill(pid, 'SIGUSR2');
    const cpuBefore = cpuMs(pid);
    const result = await ground.load({ ...load, ms: options.seconds * 1_000 });
    const cpu = (cpuMs(pid) - cpuBefore) / result.requests;
    process.kill(pid, 'SIGUSR2');
    const late = Date.now() + 30_000;
    while (!existsSync(file)) {
      if (Date.now() > late) throw new Error(`${gateway.name} has written no profile`);
      await sleep(100);
    }
    const written = JSON.parse(readFileSync(file, 'utf8')) as Profiler.Profile; // Node's own
    process.stdout.write(
      `${describe(written, result.requests, cpu)}\n${file}: opens in Chrome's DevTools and in speedscope\n`,
    );
  } finally {
    await started.stop();
  }
}

function describe(read: Profiler.Profile, requests: number, cpu: number): string {
  const { spent, busyUs, idleUs } = timesOf(read);
  const row = ({ name, selfUs, allUs }: Spent) => [
    name,
    `${((selfUs / busyUs) * 100).toFixed(1)} %`,
    short(selfUs / 1_000 / requests),
    `${((allUs / busyUs) * 100).toFixed(1)} %`,
  ];
  const head = ['function', 'self', 'ms/request', 'with callees'];
  const by = (key: 'selfUs' | 'allUs') => [...spent.values()].sort((a, b) => b[key] - a[key]).slice(0, SHOWN);
  return [
    `${requests} requests, ${short(cpu)} ms of CPU for each, sampling included`,
    `${short(busyUs / 1_000 / requests)} ms of the main thread for each by the clock, waiting for a processor included (idle ${((idleUs / (busyUs + idleUs)) * 100).toFixed(0)} %)`,
    '',
    'Most time in the function itself',
    table(head, by('selfUs').map(row)),
    '',
    'Most time with all that it calls',
    table(head, by('allUs').map(row)),
  ].join('\n');
}

function timesOf({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const own = new Map<number, number>();
  let idleUs = 0;
  let busyUs = 0;
  for (const [at, id] of samples.entries()) {
    // The time from a sample to the next one belongs to it.
    const us = Math.max(0, timeDeltas[at + 1] ?? 0);
    if (byId.get(id)?.callFrame.functionName === '(idle)') idleUs += us;
    else {
      busyUs += us;
      own.set(id, (own.get(id) ?? 0) + us);
    }
  }
  const spent = new Map<string, Spent>();
  const visit = (node: Profiler.ProfileNode, above: ReadonlySet<string>): number => {
    const name = nameOf(node);
    const inside = new Set(above).add(name);
    const self = own.get(node.id) ?? 0;
    const children = (node.children ?? []).map((id) => byId.get(id)).filter((child) => child !== undefined);
    const all = children.reduce((sum, child) => sum + visit(child, inside), self);
    const entry = spent.get(name) ?? { name, selfUs: 0, allUs: 0 };
    entry.selfUs += self;
    if (!above.has(name)) entry.allUs += all; // a function that calls itself counts once
    spent.set(name, entry);
    return all;
  };
  const [root] = nodes;
  if (root !== undefined) visit(root, new Set());
  spent.delete('(root)');
  return { spent, busyUs, idleUs };
}

function nameOf({ callFrame: { functionName, url, lineNumber } }: Profiler.ProfileNode): string {
  if (url === '') return functionName;
  const from = url.replace(/^.*\/node_modules\//, '').replace(/^file:\/\/.*?\/(gateway|platform|bench)\//, '$1/');
  return `${functionName || '(anonymous)'} ${from}:${lineNumber + 1}`;
}
