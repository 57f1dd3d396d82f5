import type { Clock } from '../platform/clock.ts';
import { type Environment, readAll } from '../platform/config.ts';
import { engineRules } from '../subgraphs/process/connect.ts';
import { deliverSettings } from './deliver/config.ts';
import { renewalSweepHours } from './effects/renewals-due.ts';
import { feedRules } from './ingest/feeds/config.ts';
import { webhookSources } from './ingest/sources.ts';
import { reconcileSettings } from './reconcile/config.ts';
import { eventStreams } from './relay/config.ts';

export type EventSettings = ReturnType<typeof eventSettings>;

/** All that events in and out read from the environment. @throws ConfigError with every problem at once */
export function eventSettings(env: Environment, clock: Clock) {
  const { webhooks: _judged, ...settings } = readAll({
    webhooks: () => webhookSources(env, clock),
    polls: () => feedRules(env),
    rules: () => engineRules(env),
    sweepHours: () => renewalSweepHours(env),
    deliver: () => deliverSettings(env),
    reconcile: () => reconcileSettings(env),
    streams: () => eventStreams(env),
  });
  return settings;
}
