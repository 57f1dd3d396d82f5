import { setTimeout as delay } from 'node:timers/promises';
import { type CacheCounts, newCacheCounts } from '../cache/counts.ts';
import type { Work } from '../call.ts';
import type { Clock } from '../clock.ts';
import { errorCode, HubError, type HubErrorCode } from '../errors.ts';
import { type Breaker, createBreaker } from './breaker.ts';
import { createPlaces, type Places } from './places.ts';
import { createLocalQuota, type Quota } from './quota.ts';
import { createRetryBudget, type RetryBudget } from './retry-budget.ts';
import type { Resilience } from './settings.ts';
import type { SharedSources } from './shared-sources.ts';

/** Which system it is. */
export interface SourceName {
  /** As in the graph's `System`. */
  readonly system: string;
  /** Of several of a domain. Example: `emea`. null: there is one. */
  readonly instance: string | null;
}

/** One thing that the system is asked to do: a method of its port. */
export interface Capability {
  readonly name: string;
  readonly breaker: Breaker;
  /** Milliseconds since the epoch; null: not since this process began. */
  lastOkAt: number | null;
  lastError: { readonly at: number; readonly code: HubErrorCode } | null;
}

/** One system as this process knows it. */
export interface Source extends SourceName {
  readonly settings: Resilience;
  readonly places: Places;
  /** Of the whole system: opens when nothing that it is asked succeeds any more. */
  readonly breaker: Breaker;
  readonly retries: RetryBudget;
  readonly quota: Quota | null;
  /** What the cache before it spared it. */
  readonly cache: CacheCounts;
  /** Answers that were not as the system promises them. */
  broken: number;
  /** Requests that went over the wire. */
  readonly requests: number;
  /** Milliseconds since the epoch. */
  now(): number;
  /** How long it asked to be left alone, from now; 0: it does not. */
  pausedMs(): number;
  /** It asked for it: no process calls it before. */
  pause(ms: number): void;
  capability(name: string): Capability;
  readonly capabilities: readonly Capability[];
  /** As `Call.admit`, for this kind of work. */
  admit(work: Work, signal: AbortSignal): Promise<void> | undefined;
}

/** A system that asks for more than this is not believed. */
const LONGEST_PAUSE_MS = 3_600_000;
/** Longest wait for the quota where nobody waits for the answer. */
const BACKGROUND_PATIENCE_MS = 10_000;

export interface SourceOptions extends SourceName {
  readonly settings: Resilience;
  readonly clock: Clock;
  /** null: this process is alone. */
  readonly shared: SharedSources | null;
}

export function createSource({ system, instance, settings, clock, shared }: SourceOptions): Source {
  const name = instance === null ? system : `${system}~${instance}`;
  const local = settings.quota === null ? null : createLocalQuota(settings.quota, clock);
  const quota = local === null || shared === null ? local : shared.quota(name, local.rate, local);
  const capabilities = new Map<string, Capability>();
  let requests = 0;
  let pausedUntil = 0;
  const leaveAlone = (ms: number) => {
    pausedUntil = Math.max(pausedUntil, clock.now() + Math.min(ms, LONGEST_PAUSE_MS));
  };
  shared?.onPause(name, leaveAlone);

  /** Waits for what the vendor grants. @throws THROTTLED where it would take too long */
  async function granted(held: Quota, work: Work, signal: AbortSignal): Promise<void> {
    const patience = work === 'INTERACTIVE' ? settings.patienceMs : BACKGROUND_PATIENCE_MS;
    const until = performance.now() + patience;
    for (;;) {
      const waitMs = await held.take(work);
      if (waitMs === 0) return;
      if (performance.now() + waitMs > until) {
        const said = `the quota of ${system} is used up for now; try again in ${Math.ceil(waitMs / 1_000)} s`;
        throw new HubError('THROTTLED', said, { system, retryAfterMs: waitMs, reason: 'QUOTA' });
      }
      await delay(waitMs, undefined, { signal }).catch((cause) => {
        throw new HubError('THROTTLED', `the quota of ${system} is used up for now`, {
          system,
          retryAfterMs: waitMs,
          reason: 'QUOTA',
          cause,
        });
      });
    }
  }

  return {
    system,
    instance,
    settings,
    places: createPlaces({
      atOnce: settings.maxInFlight,
      inLine: settings.maxWaiting,
      patienceMs: settings.patienceMs,
    }),
    breaker: createBreaker({ clock, ...settings }),
    retries: createRetryBudget(settings.retryShare),
    quota,
    cache: newCacheCounts(),
    broken: 0,
    get requests() {
      return requests;
    },
    now: () => clock.now(),
    pausedMs: () => Math.max(0, pausedUntil - clock.now()),
    pause(ms) {
      leaveAlone(ms);
      shared?.pause(name, Math.ceil(Math.min(ms, LONGEST_PAUSE_MS)));
    },
    capability(of) {
      const known = capabilities.get(of);
      if (known !== undefined) return known;
      const made: Capability = {
        name: of,
        breaker: createBreaker({ clock, ...settings }),
        lastOkAt: null,
        lastError: null,
      };
      capabilities.set(of, made);
      return made;
    },
    get capabilities() {
      return [...capabilities.values()];
    },
    admit(work, signal) {
      requests += 1;
      return quota === null ? undefined : granted(quota, work, signal);
    },
  };
}

/** How a call ended, as far as it says something about the system. */
export type Ending = 'SUCCEEDED' | 'FAILED' | 'UNSAID';

/** Failures that speak of the system's health. */
const UNHEALTHY: ReadonlySet<HubErrorCode | undefined> = new Set(['UNAVAILABLE', 'TIMEOUT', 'IN_DOUBT']);
/** It answered what was asked of it, with a no. */
const ANSWERED: ReadonlySet<HubErrorCode | undefined> = new Set(['NOT_FOUND', 'REFUSED', 'CONFLICT', 'INVALID']);

export function endingOf(error: unknown): Ending {
  const code = errorCode(error);
  return UNHEALTHY.has(code) ? 'FAILED' : ANSWERED.has(code) ? 'SUCCEEDED' : 'UNSAID';
}
