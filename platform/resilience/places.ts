import { WORK, type Work } from '../call.ts';

/** Places at a system for calls at one time, and the line before them. */
export interface Places {
  readonly taken: number;
  readonly waiting: number;
  /**
   * Resolves, with what gives the place back, when there is one; what matters more is let in before what came earlier.
   * @throws NoPlace where the line is full or the wait too long, or the signal's reason
   */
  enter(work: Work, signal: AbortSignal): Promise<() => void>;
}

export interface PlacesOptions {
  readonly atOnce: number;
  /** Most that wait. */
  readonly inLine: number;
  /** Longest wait of those for whom somebody waits; others wait until their own deadline. */
  readonly patienceMs: number;
}

export class NoPlace extends Error {
  override readonly name = 'NoPlace';
}

/** Background work leaves half of the places to the others. */
const shareOf = (work: Work, atOnce: number): number =>
  work === 'BACKGROUND' ? Math.max(1, Math.floor(atOnce / 2)) : atOnce;

interface Waiting {
  enter(): void;
}

export function createPlaces({ atOnce, inLine, patienceMs }: PlacesOptions): Places {
  const lines = new Map<Work, Waiting[]>(WORK.map((work) => [work, []]));
  const lineOf = (work: Work) => lines.get(work) as Waiting[]; // one for each kind, made above
  let taken = 0;
  const waiting = () => WORK.reduce((sum, work) => sum + lineOf(work).length, 0);

  const leave = () => {
    taken -= 1;
    const next = WORK.find((work) => lineOf(work).length > 0 && taken < shareOf(work, atOnce));
    if (next !== undefined) lineOf(next).shift()?.enter();
  };
  const place = () => {
    taken += 1;
    let held = true;
    return () => {
      if (held) leave();
      held = false;
    };
  };

  function wait(work: Work, signal: AbortSignal): Promise<() => void> {
    return new Promise((resolve, reject) => {
      const line = lineOf(work);
      const gone = (reason: unknown) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', aborted);
        const at = line.indexOf(one);
        if (at >= 0) line.splice(at, 1);
        reject(reason);
      };
      const aborted = () => gone(signal.reason);
      const timer =
        work === 'INTERACTIVE' ? setTimeout(() => gone(new NoPlace('nobody left in time')), patienceMs) : undefined;
      const one = {
        enter: () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', aborted);
          resolve(place());
        },
      };
      line.push(one);
      signal.addEventListener('abort', aborted, { once: true });
    });
  }

  return {
    get taken() {
      return taken;
    },
    get waiting() {
      return waiting();
    },
    async enter(work, signal) {
      signal.throwIfAborted();
      if (taken < shareOf(work, atOnce) && lineOf(work).length === 0) return place();
      if (waiting() >= inLine) throw new NoPlace('too many wait');
      return wait(work, signal);
    },
  };
}
