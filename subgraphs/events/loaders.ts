import DataLoader from 'dataloader';
import type { Lag } from '../../events/deliver/lag.ts';
import type { SecretTimes } from '../../events/deliver/subscriptions.ts';
import type { SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import type { ConflictsPort, EventsServices, SubscribersPort } from './port.ts';

/** What a request reads with. */
export interface Context extends SubgraphRequest {
  readonly subscribers: SubscribersPort;
  readonly conflicts: ConflictsPort;
  readonly loaders: {
    readonly secretTimes: DataLoader<string, readonly SecretTimes[]>;
    readonly lag: DataLoader<string, Lag>;
  };
}

export function createContext(services: EventsServices, request: SubgraphRequest): Context {
  const subscribers = services.subscribers(request.principal);
  return {
    ...request,
    subscribers,
    conflicts: services.conflicts(request.principal),
    loaders: {
      secretTimes: new DataLoader(subscribers.secretTimes),
      lag: new DataLoader(subscribers.lag),
    },
  };
}
