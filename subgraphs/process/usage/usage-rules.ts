import { z } from 'zod';
import { type Environment, intBetween, readConfig } from '../../../platform/config.ts';

/** What the hub lets pass of the usage that it is told. */
export interface UsageRules {
  /** Most units in one event. */
  readonly mostPerEvent: number;
  /** Most units of one product for a customer and day, UTC. */
  readonly mostPerDay: number;
  /** Above either: the batch waits for a second person, or the event is rejected. */
  readonly aboveLimit: 'approval' | 'reject';
  /** Of a period that is invoiced: rejected, or counted at the first instant of the open one. */
  readonly closedPeriod: 'reject' | 'next';
  /** Longest that an event may lie back. Stripe takes 35 days; one is left for approvals. */
  readonly mostDaysBack: number;
}

export const DEFAULT_USAGE_RULES: UsageRules = Object.freeze({
  mostPerEvent: 1_000_000,
  mostPerDay: 10_000_000,
  aboveLimit: 'approval',
  closedPeriod: 'reject',
  mostDaysBack: 34,
});

const MOST_UNITS = 1_000_000_000_000;

const Shape = z.object({
  HUB_USAGE_MOST_PER_EVENT: intBetween(1, MOST_UNITS).default(DEFAULT_USAGE_RULES.mostPerEvent),
  HUB_USAGE_MOST_PER_DAY: intBetween(1, MOST_UNITS).default(DEFAULT_USAGE_RULES.mostPerDay),
  HUB_USAGE_ABOVE_LIMIT: z.enum(['approval', 'reject']).default(DEFAULT_USAGE_RULES.aboveLimit),
  HUB_USAGE_CLOSED_PERIOD: z.enum(['reject', 'next']).default(DEFAULT_USAGE_RULES.closedPeriod),
  HUB_USAGE_DAYS_BACK: intBetween(1, 34).default(DEFAULT_USAGE_RULES.mostDaysBack),
});

/** Reads the `HUB_USAGE_…` variables. @throws ConfigError */
export function usageRules(env: Environment): UsageRules {
  const read = readConfig(Shape, env);
  return Object.freeze({
    mostPerEvent: read.HUB_USAGE_MOST_PER_EVENT,
    mostPerDay: read.HUB_USAGE_MOST_PER_DAY,
    aboveLimit: read.HUB_USAGE_ABOVE_LIMIT,
    closedPeriod: read.HUB_USAGE_CLOSED_PERIOD,
    mostDaysBack: read.HUB_USAGE_DAYS_BACK,
  });
}
