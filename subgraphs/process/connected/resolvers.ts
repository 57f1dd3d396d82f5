import { reachable } from '../../../platform/saga/persistent.ts';
import { shown } from '../maintenance/resolvers.ts';
import type { Resolvers } from '../schema.generated.ts';
import type { ConnectedSystem } from './connected-systems.ts';

const asInstant = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());
const asError = (failure: ConnectedSystem['lastError']) =>
  failure === null ? null : { code: failure.code, at: new Date(failure.at).toISOString() };

/** How the systems stand, for `resolvers.ts`. */
export const connected = {
  Query: {
    systems: async (_root, _args, { connected: systems, maintenance, clock }) => {
      const closures = await reachable(maintenance.closures());
      const all = await reachable(systems.all(closures, clock.now()));
      return all.map(({ pausedMs, quota, lastError, capabilities, maintenance: closed, ...system }) => ({
        ...system,
        pausedUntil: pausedMs === 0 ? null : asInstant(clock.now() + pausedMs),
        quota:
          quota === null ? null : { requests: quota.requests, windowSeconds: quota.windowMs / 1_000, left: quota.left },
        lastError: asError(lastError),
        capabilities: capabilities.map((one) => ({
          ...one,
          lastOkAt: asInstant(one.lastOkAt),
          lastError: asError(one.lastError),
        })),
        maintenance: closed.map(shown),
      }));
    },
  },
} satisfies Pick<Resolvers, 'Query'>;
