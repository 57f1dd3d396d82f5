import DataLoader from 'dataloader';
import type { Lag } from '../../events/deliver/lag.ts';
import type { SecretTimes } from '../../events/deliver/subscriptions.ts';
import type { Finding } from '../../events/reconcile/finding-store.ts';
import type { SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import type { ConflictsPort, EventsServices, FindingsPort, SubscribersPort } from './port.ts';

/** What a request reads with. */
export interface Context extends SubgraphRequest {
  readonly subscribers: SubscribersPort;
  readonly conflicts: ConflictsPort;
  readonly findings: FindingsPort;
  readonly loaders: {
    readonly secretTimes: DataLoader<string, readonly SecretTimes[]>;
    readonly lag: DataLoader<string, Lag>;
    readonly finding: DataLoader<string, Finding | null>;
  };
}

export function createContext(services: EventsServices, request: SubgraphRequest): Context {
  const subscribers = services.subscribers(request.principal);
  const findings = services.findings(request.principal);
  return {
    ...request,
    subscribers,
    conflicts: services.conflicts(request.principal),
    findings,
    loaders: {
      secretTimes: new DataLoader(subscribers.secretTimes),
      lag: new DataLoader(subscribers.lag),
      finding: new DataLoader(async (ids) => {
        const found = await findings.store.find(ids);
        return ids.map((id) => found.find((one) => one.id === id) ?? null);
      }),
    },
  };
}
