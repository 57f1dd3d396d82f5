import type { Clock } from '../../../platform/clock.ts';
import { type Environment, readAll } from '../../../platform/config.ts';
import { sharedFeed } from '../../../platform/feeds/shared-feed.ts';
import { readResilience } from '../../../platform/resilience/settings.ts';
import type { Sources } from '../../../platform/resilience/sources.ts';
import { billingFeed } from '../../../subgraphs/billing/connect.ts';
import { crmFeed } from '../../../subgraphs/crm/connect.ts';
import { erpFeed } from '../../../subgraphs/erp/connect.ts';
import { supportFeed } from '../../../subgraphs/support/connect.ts';
import type { PolledFeed } from '../ingest.ts';
import type { FeedRules } from './config.ts';

/**
 * The vendors that are asked what changed, as the environment says, each within what it grants all who ask it.
 * @throws ConfigError with every problem
 */
export function changeFeeds(env: Environment, rules: FeedRules, sources: Sources, clock: Clock): readonly PolledFeed[] {
  const feeds = readAll({
    erp: () => erpFeed(env, clock),
    billing: () => billingFeed(env, clock),
    crm: () => crmFeed(env, clock),
    support: () => supportFeed(env, clock),
  });
  return Object.values(feeds)
    .filter((feed) => feed !== null)
    .map((feed) => ({ feed, everySeconds: rules.everySeconds(feed.name) }))
    .filter(({ everySeconds }) => everySeconds > 0)
    .map(({ feed, everySeconds }) => {
      const source = sources.open({ system: feed.system, instance: null }, readResilience(env, `${feed.system}_`));
      return { feed: sharedFeed(feed, source), everySeconds };
    });
}
