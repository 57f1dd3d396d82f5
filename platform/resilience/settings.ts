import { z } from 'zod';
import { type Environment, intBetween, readConfig } from '../config.ts';
import { type Rate, rateText } from './rate.ts';

/** How a system is protected from the hub, and the hub from it. */
export interface Resilience {
  /** Calls to the system at one time; more wait. Default 32. */
  readonly maxInFlight: number;
  /** Calls that may wait for a place; more are turned away at once. Default 200. */
  readonly maxWaiting: number;
  /** Longest wait for a place, or for the quota, of a call for which somebody waits. Default 1,000 ms. */
  readonly patienceMs: number;
  /** Failures in a row after which a capability, or all of the system, is left alone. Default 8. */
  readonly breakAfter: number;
  /** How long it is left alone before one call tries again. Default 2,000 ms. */
  readonly breakMs: number;
  /** Share of reads that may be tried a second time, so that a failing system is not stormed. Default 0.1. */
  readonly retryShare: number;
  /** Requests over the wire that the vendor grants all processes together; null (the default): it is not counted. */
  readonly quota: Rate | null;
}

export const DEFAULT_RESILIENCE: Resilience = Object.freeze({
  maxInFlight: 32,
  maxWaiting: 200,
  patienceMs: 1_000,
  breakAfter: 8,
  breakMs: 2_000,
  retryShare: 0.1,
  quota: null,
});

const SHAPE = {
  IN_FLIGHT: intBetween(1, 1_000),
  WAITING: intBetween(0, 10_000),
  PATIENCE_MS: intBetween(0, 60_000),
  BREAK_AFTER: intBetween(1, 1_000),
  BREAK_MS: intBetween(100, 600_000),
  RETRY_PERCENT: intBetween(0, 100),
  QUOTA: rateText,
} as const;

/**
 * What the environment sets for one system: `ERP_IN_FLIGHT`, `ERP_WAITING`, `ERP_PATIENCE_MS`, `ERP_BREAK_AFTER`, `ERP_BREAK_MS`,
 * `ERP_RETRY_PERCENT`, `ERP_QUOTA`. @param prefix `ERP_`; empty for one instance of several. @throws ConfigError
 */
export function readResilience(env: Environment, prefix: string): Partial<Resilience> {
  const shape = z.object(
    Object.fromEntries(Object.entries(SHAPE).map(([name, form]) => [`${prefix}${name}`, form.optional()])),
  );
  const read = readConfig(shape, env);
  const of = <T>(name: keyof typeof SHAPE) => read[`${prefix}${name}`] as T | undefined; // as its form above says
  const percent = of<number>('RETRY_PERCENT');
  return withoutUnset({
    maxInFlight: of<number>('IN_FLIGHT'),
    maxWaiting: of<number>('WAITING'),
    patienceMs: of<number>('PATIENCE_MS'),
    breakAfter: of<number>('BREAK_AFTER'),
    breakMs: of<number>('BREAK_MS'),
    retryShare: percent === undefined ? undefined : percent / 100,
    quota: of<Rate>('QUOTA'),
  });
}

const withoutUnset = (settings: { [Name in keyof Resilience]: Resilience[Name] | undefined }): Partial<Resilience> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined));
