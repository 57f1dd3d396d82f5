import type { Clock } from '../../platform/clock.ts';
import { ConfigError, type Environment, readAll } from '../../platform/config.ts';
import type { ChangeFeed } from '../../platform/feeds/change-feed.ts';
import { type PortServices, wrapped } from '../../platform/port/wrapped.ts';
import { readResilience } from '../../platform/resilience/settings.ts';
import type { WebhookSource } from '../../platform/webhooks/webhook-source.ts';
import { readRtConfig } from './connectors/request-tracker/config.ts';
import { createRequestTrackerSupport } from './connectors/request-tracker/connector.ts';
import { zendeskFeed } from './connectors/zendesk/changes.ts';
import { readZendeskConfig, readZendeskWebhookSecrets } from './connectors/zendesk/config.ts';
import { createZendeskSupport } from './connectors/zendesk/connector.ts';
import { zendeskSource } from './connectors/zendesk/webhook-source.ts';
import { SUPPORT_METHODS, type SupportPort } from './port.ts';

/** The support desks that there is a connector for, as `SUPPORT` names them. */
const CONNECTORS: Readonly<Record<string, (env: Environment, services: PortServices) => SupportPort>> = {
  zendesk: (env, services) => createZendeskSupport(readZendeskConfig(env), services),
  'request-tracker': (env, services) => createRequestTrackerSupport(readRtConfig(env), services),
};

/** The desk that the environment names in `SUPPORT` (default `zendesk`), fit for use. @throws ConfigError with every problem */
export function connectSupport(env: Environment, services: PortServices): SupportPort {
  const name = env.SUPPORT || 'zendesk';
  const connector = Object.hasOwn(CONNECTORS, name) ? CONNECTORS[name] : undefined;
  if (!connector) throw new ConfigError([`SUPPORT: must be one of ${Object.keys(CONNECTORS).join(', ')}`]);
  const { port, resilience } = readAll({
    port: () => connector(env, services),
    resilience: () => readResilience(env, 'SUPPORT_'),
  });
  return wrapped(port, SUPPORT_METHODS, 'SUPPORT', {
    ...services,
    resilience: { ...resilience, ...services.resilience },
  });
}

/** The webhooks of the desk that `SUPPORT` names; null: it sends none, or no secret says how they are signed. */
export function supportWebhooks(env: Environment, clock: Clock): WebhookSource | null {
  const secrets = (env.SUPPORT || 'zendesk') === 'zendesk' ? readZendeskWebhookSecrets(env) : [];
  return secrets.length === 0 ? null : zendeskSource(secrets, clock);
}

/** What changes at the desk that `SUPPORT` names, by polling; null: it cannot be asked. @throws ConfigError */
export const supportFeed = (env: Environment, clock: Clock): ChangeFeed | null =>
  (env.SUPPORT || 'zendesk') === 'zendesk' ? zendeskFeed(readZendeskConfig(env), clock) : null;
