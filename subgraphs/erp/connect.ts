import { ConfigError, type Environment } from '../../platform/config.ts';
import { type PortServices, wrapped } from '../../platform/port/wrapped.ts';
import { readNetSuiteConfig } from './connectors/netsuite/config.ts';
import { netsuite } from './connectors/netsuite/connector.ts';
import { ERP_METHODS, type ErpPort } from './port.ts';

/** The ERP systems that there is a connector for, as `ERP` names them. */
const CONNECTORS: Readonly<Record<string, (env: Environment, services: PortServices) => ErpPort>> = {
  netsuite: (env, { clock }) => netsuite(readNetSuiteConfig(env), clock),
};

/** The ERP that the environment names in `ERP` (default `netsuite`), fit for use. @throws ConfigError with every problem */
export function connectErp(env: Environment, services: PortServices): ErpPort {
  const name = env.ERP || 'netsuite';
  const connector = Object.hasOwn(CONNECTORS, name) ? CONNECTORS[name] : undefined;
  if (!connector) throw new ConfigError([`ERP: must be one of ${Object.keys(CONNECTORS).join(', ')}`]);
  return wrapped(connector(env, services), ERP_METHODS, 'ERP', services);
}
