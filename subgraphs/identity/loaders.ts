import DataLoader from 'dataloader';
import type { Call } from '../../platform/call.ts';
import type { ListOf, Page } from '../../platform/page.ts';
import { listKey } from '../../platform/port/methods.ts';
import type { Principal } from '../../platform/principal.ts';
import type { SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import type { Customer, CustomerId } from './model.ts';
import { type ExternalKey, IDENTITY_METHODS, type IdentityPort } from './port.ts';

export interface Context {
  readonly port: IdentityPort;
  readonly call: Call;
  readonly principal: Principal;
  readonly loaders: ReturnType<typeof createLoaders>;
}

export const createContext = (port: IdentityPort, { call, principal }: SubgraphRequest): Context => ({
  port,
  call,
  principal,
  loaders: createLoaders(port, call),
});

function createLoaders(port: IdentityPort, call: Call) {
  const { customers, byExternalId, childrenOf } = IDENTITY_METHODS;
  return {
    customer: new DataLoader<CustomerId, Customer | null>((ids) => port.customers(ids, call), {
      maxBatchSize: customers.maxKeys,
    }),
    byExternalId: new DataLoader<ExternalKey, Customer | null, string>((keys) => port.byExternalId(keys, call), {
      maxBatchSize: byExternalId.maxKeys,
      cacheKeyFn: byExternalId.keyOf,
    }),
    children: new DataLoader<ListOf<CustomerId>, Page<Customer>, string>((lists) => port.childrenOf(lists, call), {
      maxBatchSize: childrenOf.maxKeys,
      cacheKeyFn: listKey,
    }),
  };
}
