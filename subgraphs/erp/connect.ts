import { ConfigError, type Environment } from '../../platform/config.ts';
import { readInstances } from '../../platform/port/instances.ts';
import { type PortServices, wrapped } from '../../platform/port/wrapped.ts';
import { readNetSuiteConfig } from './connectors/netsuite/config.ts';
import { netsuite } from './connectors/netsuite/connector.ts';
import { readTrytonConfig } from './connectors/tryton/config.ts';
import { tryton } from './connectors/tryton/connector.ts';
import { connectInstances, type InstanceServices } from './instances/connect-instances.ts';
import { ERP_METHODS, type ErpPort } from './port.ts';

/** The ERP systems that there is a connector for, as `ERP` and `ERP_INSTANCES` name them. */
const CONNECTORS: Readonly<Record<string, (env: Environment, services: PortServices) => ErpPort>> = {
  netsuite: (env, { clock }) => netsuite(readNetSuiteConfig(env), clock),
  tryton: (env, { clock }) => tryton(readTrytonConfig(env), clock),
};

/**
 * The ERP that the environment names in `ERP` (default `netsuite`), or the several of `ERP_INSTANCES` as one, fit for use.
 * @throws ConfigError with every problem
 */
export function connectErp(env: Environment, services: InstanceServices): ErpPort {
  const instances = readInstances(env, 'ERP', Object.keys(CONNECTORS));
  if (instances !== null) return connectInstances(env, instances, connector, services);
  return wrapped(connector(env.ERP || 'netsuite', env, services), ERP_METHODS, 'ERP', services);
}

function connector(name: string, env: Environment, services: PortServices): ErpPort {
  const connect = Object.hasOwn(CONNECTORS, name) ? CONNECTORS[name] : undefined;
  if (!connect) throw new ConfigError([`ERP: must be one of ${Object.keys(CONNECTORS).join(', ')}`]);
  return connect(env, services);
}
