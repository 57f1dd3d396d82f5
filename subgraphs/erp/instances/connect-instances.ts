import { ConfigError, type Environment, readAll } from '../../../platform/config.ts';
import { errorCode, HubError } from '../../../platform/errors.ts';
import { cacheOfInstance, connectEach, type Instance, instanceIds } from '../../../platform/port/instances.ts';
import { around } from '../../../platform/port/methods.ts';
import { type PortServices, wrapped } from '../../../platform/port/wrapped.ts';
import { readResilience } from '../../../platform/resilience/settings.ts';
import { ERP_METHODS, type ErpPort } from '../port.ts';
import { type CutoverBook, noCutovers } from './cutover.ts';
import { asInstance } from './instance.ts';
import { routed } from './routed.ts';
import { readRoutes } from './routes.ts';

export interface InstanceServices extends PortServices {
  /** null or absent: no customer is being moved. */
  readonly cutovers?: CutoverBook | null;
}

/**
 * Connects several ERPs as one port. Each has a breaker, a bulkhead and a share of the cache of its own: one that is down
 * opens nobody else's breaker. @throws ConfigError with the problems of all instances and of the routes
 */
export function connectInstances(
  env: Environment,
  instances: readonly Instance[],
  connect: (connector: string, env: Environment, services: PortServices) => ErpPort,
  services: InstanceServices,
): ErpPort {
  const names = instances.map(({ name }) => name);
  const { ports, resilience, routes, bare } = readAll({
    resilience: () => connectEach('ERP', instances, (one) => readResilience(one.env, '')),
    ports: () => connectEach('ERP', instances, (one) => connect(one.connector, one.env, services)),
    routes: () => readRoutes(env.ERP_ROUTES, names),
    bare: () => bareInstance(env.ERP_BARE_IDS, names),
  });
  const ids = instanceIds(names, bare);
  const { cache } = services;
  const fitForUse = names.map((name) => {
    const own = {
      ...services,
      instance: name,
      resilience: { ...resilience[name], ...services.resilience },
      cache: cache === null ? null : cacheOfInstance(cache, name),
    };
    const port = asInstance(ports[name] as ErpPort, name, ids, routes); // connectEach has one for each name
    return [name, naming(wrapped(port, ERP_METHODS, 'ERP', own), name)] as const;
  });
  return routed({ instances: new Map(fitForUse), ids, cutovers: services.cutovers ?? noCutovers });
}

function bareInstance(text: string | undefined, names: readonly string[]): string | null {
  if (!text) return null;
  if (names.includes(text)) return text;
  throw new ConfigError([`ERP_BARE_IDS: must be one of ${names.join(', ')}: the ERP that was there before the others`]);
}

/** Says in technical failures which of the ERPs failed. */
const naming = (port: ErpPort, instance: string): ErpPort =>
  around(port, ERP_METHODS, (_name, _method, next) => async (argument, call) => {
    try {
      return await next(argument, call);
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined || code === 'REFUSED' || code === 'INVALID') throw error; // these are for the caller as they are
      const { message, system, retryAfterMs, field, reason, cause } = error as HubError; // it has a HubError's code
      throw new HubError(code, `${message} (${instance})`, { system, retryAfterMs, field, reason, cause });
    }
  });
