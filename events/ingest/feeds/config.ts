import { z } from 'zod';
import { type Environment, intBetween, readConfig } from '../../../platform/config.ts';

const DAY = 86_400;
const seconds = (least: number, standard: number) => {
  const rule = `must be a whole number of seconds from ${least} to ${DAY}, or 0 for not at all`;
  return z
    .string()
    .regex(/^\d+$/, rule)
    .transform(Number)
    .refine((n) => n === 0 || (n >= least && n <= DAY), rule)
    .default(standard);
};

/** How often each vendor is asked what changed; by the names of the feeds. */
const INTERVALS = {
  salesforce: seconds(1, 15),
  netsuite: seconds(1, 15),
  tryton: seconds(1, 15),
  'request-tracker': seconds(1, 15),
  stripe: seconds(1, 60),
  /** Its exports take ten requests a minute, and a poll makes three. */
  zendesk: seconds(20, 60),
};
const variableOf = (feed: string): string => `HUB_POLL_${feed.toUpperCase().replaceAll('-', '_')}_SECONDS`;

const variables = z.object({
  HUB_POLL: z.enum(['on', 'off'], 'must be on or off').default('on'),
  HUB_SILENT_AFTER_MINUTES: intBetween(1, 60 * 24 * 366).default(24 * 60),
  ...Object.fromEntries(Object.entries(INTERVALS).map(([feed, interval]) => [variableOf(feed), interval])),
});

export interface FeedRules {
  /** 0: this feed is not polled. */
  readonly everySeconds: (feed: string) => number;
  /** A source that told nothing for so long is taken for broken. */
  readonly silentAfterMs: number;
}

/** @throws ConfigError with every problem at once */
export function feedRules(env: Environment): FeedRules {
  const read: Readonly<Record<string, unknown>> = readConfig(variables, env);
  return {
    // A feed with a name of its own (one of several systems of a domain) goes by its kind: `netsuite:emea`.
    everySeconds: (feed) => (read.HUB_POLL === 'off' ? 0 : Number(read[variableOf(feed.split(':')[0] ?? feed)] ?? 0)),
    silentAfterMs: Number(read.HUB_SILENT_AFTER_MINUTES) * 60_000,
  };
}
