import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** What Linux knows of a process and all below it: its CPU time, its memory. Read from /proc; not of other systems. */
const TICK_MS = (() => {
  try {
    return 1_000 / Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  } catch {
    return 10; // what Linux has been built with for decades
  }
})();

/** The process and everything that it has started, theirs included. */
function tree(pid: number): number[] {
  const pids = [pid];
  for (const at of pids) {
    try {
      for (const task of readdirSync(`/proc/${at}/task`)) {
        const children = readFileSync(`/proc/${at}/task/${task}/children`, 'utf8').split(' ').filter(Boolean);
        pids.push(...children.map(Number));
      }
    } catch {
      // Ended between two reads: its time is in its parent's then.
    }
  }
  return pids;
}

/** User and system time of the tree so far, all threads and ended children included, in ms. Steps of 10 ms on most machines. */
export function cpuMs(pid: number): number {
  let ticks = 0;
  for (const at of tree(pid)) {
    try {
      const stat = readFileSync(`/proc/${at}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' '); // the name before may hold blanks
      for (const field of fields.slice(11, 15)) ticks += Number(field);
    } catch {
      // As above.
    }
  }
  return ticks * TICK_MS;
}

/** One line of `/proc/PID/status` over the tree, or of the process alone, in MB: `VmRSS` now, `VmHWM` the highest since the start or the last forgetting. */
export function memoryMb(pid: number, line: 'VmRSS' | 'VmHWM', of: 'TREE' | 'ALONE' = 'TREE'): number {
  let kb = 0;
  for (const at of of === 'TREE' ? tree(pid) : [pid]) {
    try {
      kb += Number(new RegExp(`${line}:\\s+(\\d+)`).exec(readFileSync(`/proc/${at}/status`, 'utf8'))?.[1] ?? 0);
    } catch {
      // As above.
    }
  }
  return kb / 1024;
}

/** Lets the highest memory count from now. Where that is not allowed, it goes on counting from the start. */
export function forgetPeak(pid: number): void {
  for (const at of tree(pid)) {
    try {
      writeFileSync(`/proc/${at}/clear_refs`, '5');
    } catch {
      // Not ours to reset.
    }
  }
}
