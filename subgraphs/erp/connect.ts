import type { Clock } from '../../platform/clock.ts';
import { ConfigError, type Environment, readAll } from '../../platform/config.ts';
import type { Db } from '../../platform/db/db.ts';
import type { ChangeFeed } from '../../platform/feeds/change-feed.ts';
import { readInstances } from '../../platform/port/instances.ts';
import { type PortServices, wrapped } from '../../platform/port/wrapped.ts';
import { readResilience } from '../../platform/resilience/settings.ts';
import { netsuiteFeed } from './connectors/netsuite/changes.ts';
import { readNetSuiteConfig } from './connectors/netsuite/config.ts';
import { netsuite } from './connectors/netsuite/connector.ts';
import { readTrytonConfig } from './connectors/tryton/config.ts';
import { tryton } from './connectors/tryton/connector.ts';
import { connectInstances, type InstanceServices } from './instances/connect-instances.ts';
import type { CutoverBook } from './instances/cutover.ts';
import { createCutoverBook, migrateCutovers } from './instances/cutover-book.ts';
import { ERP_METHODS, type ErpPort } from './port.ts';

export type ErpServices = InstanceServices;

/** The ERP systems that there is a connector for, as `ERP` and `ERP_INSTANCES` name them. */
const CONNECTORS: Readonly<Record<string, (env: Environment, services: PortServices) => ErpPort>> = {
  netsuite: (env, { clock }) => netsuite(readNetSuiteConfig(env), clock),
  tryton: (env, { clock }) => tryton(readTrytonConfig(env), clock),
};

/**
 * The ERP that the environment names in `ERP` (default `netsuite`), or the several of `ERP_INSTANCES` as one, fit for use.
 * @throws ConfigError with every problem
 */
export function connectErp(env: Environment, services: ErpServices): ErpPort {
  const instances = readInstances(env, 'ERP', Object.keys(CONNECTORS));
  if (instances !== null) return connectInstances(env, instances, connector, services);
  if (env.ERP_ROUTES) throw new ConfigError(['ERP_ROUTES: is read beside ERP_INSTANCES only; one ERP needs no routes']);
  const { port, resilience } = readAll({
    port: () => connector(env.ERP || 'netsuite', env, services),
    resilience: () => readResilience(env, 'ERP_'),
  });
  return wrapped(port, ERP_METHODS, 'ERP', { ...services, resilience: { ...resilience, ...services.resilience } });
}

function connector(name: string, env: Environment, services: PortServices): ErpPort {
  const connect = Object.hasOwn(CONNECTORS, name) ? CONNECTORS[name] : undefined;
  if (!connect) throw new ConfigError([`ERP: must be one of ${Object.keys(CONNECTORS).join(', ')}`]);
  return connect(env, services);
}

/** Where moves of customers between several ERPs are kept, its tables brought up to date; null: there is one ERP. */
export async function connectCutovers(env: Environment, db: Db, clock: Clock): Promise<CutoverBook | null> {
  if (!env.ERP_INSTANCES) return null;
  await migrateCutovers(db);
  return createCutoverBook(db, clock);
}

/** What changes in the ERP that `ERP` names, by polling; null: it cannot be asked, or there are several (`ERP_INSTANCES`). @throws ConfigError */
export const erpFeed = (env: Environment, clock: Clock): ChangeFeed | null =>
  !env.ERP_INSTANCES && (env.ERP || 'netsuite') === 'netsuite' ? netsuiteFeed(readNetSuiteConfig(env), clock) : null;
