import type { GraphQLFormattedError } from 'graphql';
import type { Answered } from '../http/answers.ts';
import type { EventStream } from './event-stream.ts';
import { ENDED } from './repeated.ts';

/** One answer to the query behind a subscription. */
export interface Told {
  readonly answered: Answered;
  /** The root field's name in it; null: it is not asked again. */
  readonly shownAs: string | null;
  readonly tellsEnd: boolean;
}

export interface Pace {
  /** From one answer of a stream to the next, at least. */
  readonly gapMs: number;
  /** And at most, also where no change was heard of: nothing is missed for longer. */
  readonly repeatMs: number;
}

export interface Following {
  /** @throws what ends the stream */
  readonly ask: () => Promise<Told>;
  readonly events: EventStream;
  readonly alarm: Alarm;
  /** Aborted when nobody listens any more. */
  readonly gone: AbortSignal;
  readonly pace: Pace;
}

/** Rung at each change that may matter; several rings before somebody waits are one. */
export interface Alarm {
  readonly ring: () => void;
  /** Resolves at a ring, after so long, or when the signal is aborted. */
  wait(longestMs: number, signal: AbortSignal): Promise<void>;
}

/** Tells the first answer, and then each that differs from the one before, until there is nothing more to tell. */
export async function follow(first: Told, { ask, events, alarm, gone, pace }: Following): Promise<void> {
  let last = '';
  for (let told = first; !gone.aborted; told = await ask()) {
    const askedAt = performance.now();
    const pause = pauseOf(told.answered);
    if (pause === null) {
      const { text, same, ended } = read(told);
      if (same !== last) await events.next(text);
      last = same;
      if (ended) return events.complete();
      await alarm.wait(pace.repeatMs, gone);
    }
    const dueAt = askedAt + (pause ?? pace.gapMs);
    await rest(dueAt - performance.now(), gone);
  }
}

/** How long to leave the query alone that could not be answered for now; null: this is its answer. */
function pauseOf({ status, headers }: Answered): number | null {
  if (status !== 429 && status !== 503) return null;
  return Number(headers['retry-after'] ?? 1) * 1_000;
}

interface Body {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLFormattedError[];
  readonly extensions?: unknown;
}

function read({ answered, shownAs, tellsEnd }: Told): { text: string; same: string; ended: boolean } {
  const { extensions, ...body } = JSON.parse(answered.text) as Body; // written by the gateway a moment ago
  const found = shownAs === null ? null : (body.data?.[shownAs] as Record<string, unknown> | null | undefined);
  const over = answered.status !== 200 || found == null || (tellsEnd && found[ENDED] !== null);
  if (tellsEnd && found != null) delete found[ENDED];
  return {
    text: JSON.stringify(extensions === undefined ? body : { ...body, extensions }),
    same: JSON.stringify(body), // sources tell times, which differ in each answer
    ended: over,
  };
}

const rest = (ms: number, signal: AbortSignal): Promise<void> =>
  ms <= 0 ? Promise.resolve() : createAlarm().wait(ms, signal);

export function createAlarm(): Alarm {
  let rung = false;
  let wake = (): void => {};
  return {
    ring: () => {
      rung = true;
      wake();
    },
    wait: (longestMs, signal) =>
      new Promise((resolve) => {
        const done = () => {
          clearTimeout(timer);
          signal.removeEventListener('abort', done);
          wake = () => {};
          rung = false;
          resolve();
        };
        const timer = setTimeout(done, longestMs);
        signal.addEventListener('abort', done);
        wake = done;
        if (rung || signal.aborted) done();
      }),
  };
}
