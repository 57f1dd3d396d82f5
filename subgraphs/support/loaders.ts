import DataLoader from 'dataloader';
import type { Call } from '../../platform/call.ts';
import type { ListOf, Page } from '../../platform/page.ts';
import { listKey } from '../../platform/port/methods.ts';
import type { Principal } from '../../platform/principal.ts';
import type { SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import type { Case, CaseId, Entitlement, EntitlementId, SupportOrg, SupportOrgId } from './model.ts';
import { SUPPORT_METHODS, type SupportPort } from './port.ts';

/** One loader for each batch method of the port. */
export interface Loaders {
  readonly org: DataLoader<SupportOrgId, SupportOrg | null>;
  readonly case: DataLoader<CaseId, Case | null>;
  readonly entitlement: DataLoader<EntitlementId, Entitlement | null>;
  readonly casesOf: DataLoader<ListOf<SupportOrgId>, Page<Case>, string>;
  readonly entitlementsOf: DataLoader<ListOf<SupportOrgId>, Page<Entitlement>, string>;
}

/** What a resolver of this subgraph stands on: made anew for each request. */
export interface Context {
  readonly loaders: Loaders;
  readonly port: SupportPort;
  readonly call: Call;
  readonly principal: Principal;
}

export function createContext(port: SupportPort, { call, principal }: SubgraphRequest): Context {
  /** Splits by what the port takes at once. */
  const of = <Key, Value>(
    ask: (keys: readonly Key[], call: Call) => Promise<readonly Value[]>,
    { maxKeys }: { maxKeys: number },
  ) => new DataLoader<Key, Value>((keys) => ask(keys, call), { maxBatchSize: maxKeys });
  const ofLists = <Key extends ListOf, Value>(
    ask: (keys: readonly Key[], call: Call) => Promise<readonly Value[]>,
    { maxKeys }: { maxKeys: number },
  ) => new DataLoader<Key, Value, string>((keys) => ask(keys, call), { maxBatchSize: maxKeys, cacheKeyFn: listKey });

  const loaders: Loaders = {
    org: of((ids, c) => port.orgs(ids, c), SUPPORT_METHODS.orgs),
    case: of((ids, c) => port.cases(ids, c), SUPPORT_METHODS.cases),
    entitlement: of((ids, c) => port.entitlements(ids, c), SUPPORT_METHODS.entitlements),
    casesOf: ofLists((lists, c) => port.casesOf(lists, c), SUPPORT_METHODS.casesOf),
    entitlementsOf: ofLists((lists, c) => port.entitlementsOf(lists, c), SUPPORT_METHODS.entitlementsOf),
  };
  return { loaders, port, call, principal };
}
