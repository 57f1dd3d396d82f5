import DataLoader from 'dataloader';
import type { Call } from '../../platform/call.ts';
import type { ListOf, Page } from '../../platform/page.ts';
import { listKey } from '../../platform/port/methods.ts';
import type { Principal } from '../../platform/principal.ts';
import type { SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import type {
  BillingCustomer,
  BillingCustomerId,
  Collections,
  Payment,
  Subscription,
  SubscriptionId,
} from './model.ts';
import { BILLING_METHODS, type BillingPort } from './port.ts';

/** One loader for each batch method of the port. */
export interface Loaders {
  readonly customer: DataLoader<BillingCustomerId, BillingCustomer | null>;
  readonly subscription: DataLoader<SubscriptionId, Subscription | null>;
  readonly subscriptionsOf: DataLoader<ListOf<BillingCustomerId>, Page<Subscription>, string>;
  readonly paymentsOf: DataLoader<ListOf<BillingCustomerId>, Page<Payment>, string>;
  readonly collections: DataLoader<BillingCustomerId, Collections | null>;
}

/** What a resolver of this subgraph stands on: made anew for each request. */
export interface Context {
  readonly loaders: Loaders;
  readonly port: BillingPort;
  readonly call: Call;
  readonly principal: Principal;
}

export function createContext(port: BillingPort, { call, principal }: SubgraphRequest): Context {
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
    customer: of((ids, c) => port.customers(ids, c), BILLING_METHODS.customers),
    subscription: of((ids, c) => port.subscriptions(ids, c), BILLING_METHODS.subscriptions),
    subscriptionsOf: ofLists((lists, c) => port.subscriptionsOf(lists, c), BILLING_METHODS.subscriptionsOf),
    paymentsOf: ofLists((lists, c) => port.paymentsOf(lists, c), BILLING_METHODS.paymentsOf),
    collections: of((ids, c) => port.collections(ids, c), BILLING_METHODS.collections),
  };
  return { loaders, port, call, principal };
}
