import type { Left } from './window.ts';

/** Takes points of a limit by rate, and a place among the calls in flight. */
export interface Take {
  /** Whose limit it is; one name for each limit of each caller. */
  readonly key: string;
  readonly limit: number;
  /** 0: nothing is taken, only a place is asked for. */
  readonly points: number;
  /** A place that is wanted as well; only taken together with the points. */
  readonly place?: { readonly lease: string; readonly of: number };
}

export interface Took {
  readonly left: Left;
  /** Whether a place was wanted and got. */
  readonly placed: boolean;
}

/** Counts what callers use, in one step for each question, so that of many at once none gets more than there is. */
export interface Counter {
  take(wanted: Take): Promise<Took>;
  /** Gives a place back. */
  leave(key: string, lease: string): void;
  close(): Promise<void>;
}
