import DataLoader from 'dataloader';
import type { Lag } from '../../events/deliver/lag.ts';
import type { SecretTimes } from '../../events/deliver/subscriptions.ts';
import type { Decision } from '../../events/parked/parked-store.ts';
import type { Finding } from '../../events/reconcile/finding-store.ts';
import type { SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import type { ConflictsPort, EventsServices, FindingsPort, ParkedPort, SubscribersPort } from './port.ts';

/** What a request reads with. */
export interface Context extends SubgraphRequest {
  readonly subscribers: SubscribersPort;
  readonly conflicts: ConflictsPort;
  readonly findings: FindingsPort;
  readonly parked: ParkedPort;
  readonly loaders: {
    readonly secretTimes: DataLoader<string, readonly SecretTimes[]>;
    readonly lag: DataLoader<string, Lag>;
    readonly finding: DataLoader<string, Finding | null>;
    readonly decisionsOn: DataLoader<string, readonly Decision[]>;
    readonly parkedAt: DataLoader<string, number>;
  };
}

export function createContext(services: EventsServices, request: SubgraphRequest): Context {
  const subscribers = services.subscribers(request.principal);
  const findings = services.findings(request.principal);
  const parked = services.parked(request.principal);
  return {
    ...request,
    subscribers,
    conflicts: services.conflicts(request.principal),
    findings,
    parked,
    loaders: {
      secretTimes: new DataLoader(subscribers.secretTimes),
      lag: new DataLoader(subscribers.lag),
      finding: new DataLoader(async (ids) => {
        const found = await findings.store.find(ids);
        return ids.map((id) => found.find((one) => one.id === id) ?? null);
      }),
      decisionsOn: new DataLoader((ids) => parked.decisionsOn(ids)),
      parkedAt: new DataLoader(async (systems) => {
        const counted = await parked.count();
        return systems.map((system) => counted.get(system) ?? 0);
      }),
    },
  };
}
