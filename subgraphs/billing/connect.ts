import type { Clock } from '../../platform/clock.ts';
import { ConfigError, type Environment, readAll } from '../../platform/config.ts';
import type { ChangeFeed } from '../../platform/feeds/change-feed.ts';
import { type PortServices, wrapped } from '../../platform/port/wrapped.ts';
import { readResilience } from '../../platform/resilience/settings.ts';
import type { WebhookSource } from '../../platform/webhooks/webhook-source.ts';
import { stripeFeed } from './connectors/stripe/changes.ts';
import { readStripeConfig, readStripeWebhookSecrets } from './connectors/stripe/config.ts';
import { stripe } from './connectors/stripe/connector.ts';
import { stripeSource } from './connectors/stripe/webhook-source.ts';
import { BILLING_METHODS, type BillingPort } from './port.ts';

/** The billing systems that there is a connector for, as `BILLING` names them. */
const CONNECTORS: Readonly<Record<string, (env: Environment, services: PortServices) => BillingPort>> = {
  stripe: (env, { clock }) => stripe(readStripeConfig(env), clock),
};

/** The billing system that the environment names in `BILLING` (default `stripe`), fit for use. @throws ConfigError with every problem */
export function connectBilling(env: Environment, services: PortServices): BillingPort {
  const name = env.BILLING || 'stripe';
  const connector = Object.hasOwn(CONNECTORS, name) ? CONNECTORS[name] : undefined;
  if (!connector) throw new ConfigError([`BILLING: must be one of ${Object.keys(CONNECTORS).join(', ')}`]);
  const { port, resilience } = readAll({
    port: () => connector(env, services),
    resilience: () => readResilience(env, 'BILLING_'),
  });
  return wrapped(port, BILLING_METHODS, 'BILLING', {
    ...services,
    resilience: { ...resilience, ...services.resilience },
  });
}

/** The webhooks of the billing system that `BILLING` names; null: it sends none, or no secret says how they are signed. @throws ConfigError */
export const billingWebhooks = (env: Environment, clock: Clock): WebhookSource | null =>
  (env.BILLING || 'stripe') === 'stripe' && env.STRIPE_WEBHOOK_SECRETS
    ? stripeSource(readStripeWebhookSecrets(env), clock)
    : null;

/** The events of the billing system that `BILLING` names, by polling; null: it lists none. @throws ConfigError */
export const billingFeed = (env: Environment, clock: Clock): ChangeFeed | null =>
  (env.BILLING || 'stripe') === 'stripe' ? stripeFeed(readStripeConfig(env), clock) : null;
