import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Who runs where: the gateway has the first processor for itself; driver, subgraphs and this program share the others. */
export interface Processors {
  readonly gateway: number | undefined;
  readonly others: string | undefined;
}

/** Unpinned where there is one processor only, or no `taskset`. */
export function processors(pin: boolean): Processors {
  const free: Processors = { gateway: undefined, others: undefined };
  if (!pin || availableParallelism() < 2) return free;
  try {
    const allowed = execFileSync('taskset', ['-cp', String(process.pid)], { encoding: 'utf8' }).split(':')[1] ?? '';
    const [first, ...others] = allowed
      .trim()
      .split(',')
      .flatMap((part) => {
        const [from = 0, to = from] = part.split('-').map(Number);
        return Array.from({ length: to - from + 1 }, (_, i) => from + i);
      });
    return first === undefined || others.length === 0 ? free : { gateway: first, others: others.join(',') };
  } catch {
    return free;
  }
}
