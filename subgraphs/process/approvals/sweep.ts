import { instant } from '../../../platform/clock.ts';
import type { Logger } from '../../../platform/log.ts';
import type { ProcessServices } from '../loaders.ts';
import { expireApprovals } from './decide.ts';

/** A subscription that waits is locked for others: what waited too long lets go of it within so long. */
const EVERY_MS = 60_000;

/** Plans that ran out of time are told as such for so long, then as unknown. */
const PLANS_KEPT_MS = 86_400_000;

/**
 * Ends what waits too long for approval or was made needless by a later run, and forgets plans that nobody confirmed. Each decision is judged by the clock as
 * well, so a late sweep lets nothing through.
 */
export function sweepApprovals(
  services: Pick<ProcessServices, 'approvalsFor' | 'engine' | 'clock' | 'plans'> & {
    resolveSuperseded(at: string): Promise<unknown>;
  },
  log: Logger,
): { close(): Promise<void> } {
  let sweeping = Promise.resolve();
  const timer = setInterval(() => {
    sweeping = sweeping
      .then(() => expireApprovals(services))
      .then(() => services.resolveSuperseded(instant(services.clock)))
      .then(() => services.plans.forget(new Date(services.clock.now() - PLANS_KEPT_MS).toISOString()))
      .catch((error) => log.warn({ err: error }, 'what ran out of time could not be ended; trying again'));
  }, EVERY_MS);
  timer.unref();
  return {
    close: () => {
      clearInterval(timer);
      return sweeping;
    },
  };
}
