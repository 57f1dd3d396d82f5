import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { NODE_FLAGS, PEERS } from './gateways.ts';
import { versionOf } from './peers.ts';
import { cpuMs } from './run/process-tree.ts';

const ROOT = join(import.meta.dirname, '../..');

/** What the figures are of: they hold on this machine with these versions only. */
export function machine() {
  return {
    cpu: cpus()[0]?.model ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    nodeFlags: NODE_FLAGS.join(' '),
    commit: commit(),
    versions: {
      '@apollo/gateway': versionOf('@apollo/gateway', ROOT),
      '@apollo/server': versionOf('@apollo/server', ROOT),
      '@graphql-hive/gateway': versionOf('@graphql-hive/gateway', PEERS),
      '@graphql-hive/router-runtime': versionOf('@graphql-hive/router-runtime', PEERS),
      grafbase: versionOf('@grafbase/cli-x86_64-unknown-linux-musl', PEERS),
      undici: versionOf('undici', ROOT),
    },
  } as const;
}

export type Machine = ReturnType<typeof machine>;

/** The commit that is measured, with a + where files have been changed since. */
function commit(): string {
  const git = (...args: string[]) => execFileSync('git', args, { cwd: ROOT, encoding: 'utf8', stdio: 'pipe' }).trim();
  try {
    const changed = git('status', '--porcelain', '--untracked-files=no', '--', 'gateway', 'platform', 'package.json');
    return git('rev-parse', '--short', 'HEAD') + (changed === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}

export interface Quiet {
  /** Load average over one minute at the start and at the end. */
  readonly load: readonly [start: number, end: number];
  /** Part of all processors that programs other than this bench have used meanwhile; undefined where the system does not tell. */
  readonly foreign: number | undefined;
}

/** Begins to watch what else the machine does. Call the result at the end. */
export function watchMachine(): () => Quiet {
  const before = { load: loadavg()[0] ?? 0, busy: busyMs(), own: cpuMs(process.pid), at: performance.now() };
  return () => {
    const elapsed = (performance.now() - before.at) * cpus().length;
    const foreign = busyMs() - before.busy - (cpuMs(process.pid) - before.own);
    return {
      load: [before.load, loadavg()[0] ?? 0],
      foreign: Number.isNaN(foreign) ? undefined : Math.max(0, foreign / elapsed),
    };
  };
}

/** Time that all processors together have worked since the machine was started. */
function busyMs(): number {
  try {
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] =
      readFileSync('/proc/stat', 'utf8').split('\n')[0]?.trim().split(/\s+/).slice(1).map(Number) ?? [];
    return (user + nice + system + irq + softirq + steal) * 10;
  } catch {
    return Number.NaN;
  }
}
