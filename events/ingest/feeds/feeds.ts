import type { Clock } from '../../../platform/clock.ts';
import { type Environment, readAll } from '../../../platform/config.ts';
import { billingFeed } from '../../../subgraphs/billing/connect.ts';
import { crmFeed } from '../../../subgraphs/crm/connect.ts';
import { erpFeed } from '../../../subgraphs/erp/connect.ts';
import { supportFeed } from '../../../subgraphs/support/connect.ts';
import type { PolledFeed } from '../ingest.ts';
import type { FeedRules } from './config.ts';

/** The vendors that are asked what changed, as the environment says. @throws ConfigError with every problem */
export function changeFeeds(env: Environment, rules: FeedRules, clock: Clock): readonly PolledFeed[] {
  const feeds = readAll({
    erp: () => erpFeed(env, clock),
    billing: () => billingFeed(env, clock),
    crm: () => crmFeed(env, clock),
    support: () => supportFeed(env, clock),
  });
  return Object.values(feeds)
    .filter((feed) => feed !== null)
    .map((feed) => ({ feed, everySeconds: rules.everySeconds(feed.name) }))
    .filter(({ everySeconds }) => everySeconds > 0);
}
