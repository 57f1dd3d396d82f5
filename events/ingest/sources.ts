import type { Clock } from '../../platform/clock.ts';
import { type Environment, readAll } from '../../platform/config.ts';
import type { WebhookSource } from '../../platform/webhooks/webhook-source.ts';
import { billingWebhooks } from '../../subgraphs/billing/connect.ts';
import { supportWebhooks } from '../../subgraphs/support/connect.ts';

/** The vendors whose webhooks are taken: those with a signing secret in the environment. @throws ConfigError with every problem */
export function webhookSources(env: Environment, clock: Clock): readonly WebhookSource[] {
  const { billing, support } = readAll({
    billing: () => billingWebhooks(env, clock),
    support: () => supportWebhooks(env, clock),
  });
  return [billing, support].filter((source) => source !== null);
}
