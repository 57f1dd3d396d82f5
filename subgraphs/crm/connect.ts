import type { Clock } from '../../platform/clock.ts';
import { ConfigError, type Environment, readAll } from '../../platform/config.ts';
import type { ChangeFeed } from '../../platform/feeds/change-feed.ts';
import { type PortServices, wrapped } from '../../platform/port/wrapped.ts';
import { readResilience } from '../../platform/resilience/settings.ts';
import { salesforceFeed } from './connectors/salesforce/changes.ts';
import { readSalesforceConfig } from './connectors/salesforce/config.ts';
import { salesforce } from './connectors/salesforce/connector.ts';
import { CRM_METHODS, type CrmPort } from './port.ts';

/** The CRM systems that there is a connector for, as `CRM` names them. */
const CONNECTORS: Readonly<Record<string, (env: Environment, services: PortServices) => CrmPort>> = {
  salesforce: (env, { clock }) => salesforce(readSalesforceConfig(env), clock),
};

/** The CRM that the environment names in `CRM` (default `salesforce`), fit for use. @throws ConfigError with every problem */
export function connectCrm(env: Environment, services: PortServices): CrmPort {
  const name = env.CRM || 'salesforce';
  const connector = Object.hasOwn(CONNECTORS, name) ? CONNECTORS[name] : undefined;
  if (!connector) throw new ConfigError([`CRM: must be one of ${Object.keys(CONNECTORS).join(', ')}`]);
  const { port, resilience } = readAll({
    port: () => connector(env, services),
    resilience: () => readResilience(env, 'CRM_'),
  });
  return wrapped(port, CRM_METHODS, 'CRM', { ...services, resilience: { ...resilience, ...services.resilience } });
}

/** What changes in the CRM that `CRM` names, by polling; null: it cannot be asked. @throws ConfigError */
export const crmFeed = (env: Environment, clock: Clock): ChangeFeed | null =>
  (env.CRM || 'salesforce') === 'salesforce' ? salesforceFeed(readSalesforceConfig(env), clock) : null;
