import { randomUUID } from 'node:crypto';
import type { Clock } from '../../platform/clock.ts';
import type { Logger } from '../../platform/log.ts';
import type { Principal } from '../../platform/principal.ts';
import type { Counter } from './counter.ts';
import { type LimitHeaders, limitHeaders } from './limit-headers.ts';
import { createLocalCounter } from './local-counter.ts';
import { createSharedCounter } from './shared-counter.ts';
import { type Left, WINDOW_MS } from './window.ts';

export type Admission =
  | {
      readonly admitted: true;
      /** To be sent with the answer. */
      readonly headers: LimitHeaders;
      /** The call is over; more than once is the same as once. */
      readonly release: () => void;
    }
  | {
      readonly admitted: false;
      /** REQUESTS: too many in a minute. CONCURRENCY: too many at once, and none ended in time. */
      readonly reason: 'REQUESTS' | 'CONCURRENCY';
      readonly limit: number;
      readonly retryAfterSeconds: number;
      readonly headers: LimitHeaders;
    };

export interface Spending {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** 0 where it is allowed. */
  readonly retryAfterSeconds: number;
  /** To be sent with the answer; they name what is left of the cost. */
  readonly headers: LimitHeaders;
}

/** Whether a client has left; an AbortSignal is one. */
export type Gone = { readonly aborted: boolean };

/** Holds each caller to its budget. It never fails: without Redis each process holds the limits by itself. */
export interface Limiter {
  /**
   * Lets one request in, which counts, and which holds a place until it is released. Where all places are taken it waits in
   * line for at most a second. @param gone aborted when the client has left
   */
  admit(principal: Principal, gone?: Gone): Promise<Admission>;
  /** Counts further requests of one that was let in; all of them, or none. */
  countMore(principal: Principal, requests: number): Promise<Spending>;
  /** Takes points of the cost that the caller may ask for in a minute; all of them, or none. */
  spend(principal: Principal, points: number): Promise<Spending>;
  /** Takes points of what all callers together may ask of one subgraph in a minute; all of them, or none. */
  spendOn(subgraph: string, limit: number, points: number): Promise<Spending>;
  close(): Promise<void>;
}

export interface LimiterOptions {
  /** null: this process is alone. */
  readonly redisUrl: string | null;
  readonly clock: Clock;
  readonly log: Logger;
  /** Default: a minute. */
  readonly windowMs?: number;
  /** Longest wait for a place. Default 1 s. */
  readonly queueMs?: number;
}

/** How often the first in line looks whether another process gave a place back. */
const LOOK_AGAIN_MS = 25;
/** So many for each place may wait; the next are refused at once. */
const LONGEST_LINE = 5;

export function createLimiter(options: LimiterOptions): Limiter {
  const { redisUrl, clock, log, windowMs = WINDOW_MS, queueMs = 1_000 } = options;
  const local = createLocalCounter({ clock, windowMs });
  const counter: Counter = redisUrl === null ? local : createSharedCounter({ url: redisUrl, local, log, windowMs });
  const lines = new Map<string, { wake: () => void }[]>();

  /** Waits for a place behind those who came earlier. */
  async function inLine(key: string, enter: () => Promise<boolean>, gone: Gone | undefined): Promise<boolean> {
    const line = lines.get(key) ?? [];
    lines.set(key, line);
    const me = { wake: () => {} };
    line.push(me);
    const until = performance.now() + queueMs;
    try {
      for (let left = queueMs; left > 0 && gone?.aborted !== true; left = until - performance.now()) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, Math.min(left, LOOK_AGAIN_MS));
          me.wake = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        if (line[0] === me && (await enter())) return true;
      }
      return false;
    } finally {
      line.splice(line.indexOf(me), 1);
      if (line.length === 0) lines.delete(key);
      line[0]?.wake();
    }
  }

  async function spent(what: string, key: string, limit: number, points: number): Promise<Spending> {
    const { left } = await counter.take({ key, limit, points });
    return {
      allowed: left.allowed,
      limit,
      remaining: left.remaining,
      retryAfterSeconds: left.allowed ? 0 : secondsOf(left),
      headers: limitHeaders(what, left, windowMs),
    };
  }

  return {
    async admit(principal, gone) {
      const { requestsPerMinute, concurrency } = principal.budget;
      const key = `${principal.id}:requests`;
      const place = { lease: newLease(), of: concurrency };
      const line = lines.get(key)?.length ?? 0;
      const request = { key, limit: requestsPerMinute, points: 1 };
      const { left, placed } = await counter.take(line > 0 ? request : { ...request, place });
      const headers = limitHeaders('requests', left, windowMs);
      if (!left.allowed) {
        const retryAfterSeconds = secondsOf(left);
        return { admitted: false, reason: 'REQUESTS', limit: requestsPerMinute, retryAfterSeconds, headers };
      }
      const enter = async () => (await counter.take({ ...request, points: 0, place })).placed;
      if (!placed && (line >= concurrency * LONGEST_LINE || !(await inLine(key, enter, gone)))) {
        return { admitted: false, reason: 'CONCURRENCY', limit: concurrency, retryAfterSeconds: 1, headers };
      }
      let held = true;
      const release = () => {
        if (!held) return;
        held = false;
        counter.leave(key, place.lease);
        lines.get(key)?.[0]?.wake();
      };
      return { admitted: true, headers, release };
    },

    countMore: ({ id, budget }, requests) => spent('requests', `${id}:requests`, budget.requestsPerMinute, requests),
    spend: ({ id, budget }, points) => spent('cost', `${id}:cost`, budget.costPerMinute, points),
    spendOn: (subgraph, limit, points) => spent('cost', `subgraph ${subgraph}:cost`, limit, points),

    close: () => counter.close(),
  };
}

/** Names of places, no two of them alike in any process: made up anew once, and counted from there. */
const leases = { of: randomUUID(), made: 0 };
const newLease = (): string => `${leases.of} ${leases.made++}`;

const secondsOf = ({ retryAfterMs }: Left): number => Math.max(1, Math.ceil(retryAfterMs / 1_000));
