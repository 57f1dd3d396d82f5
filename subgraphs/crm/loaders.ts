import DataLoader from 'dataloader';
import type { Call } from '../../platform/call.ts';
import type { ListOf, Page } from '../../platform/page.ts';
import { listKey } from '../../platform/port/methods.ts';
import type { Principal } from '../../platform/principal.ts';
import type { SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import type {
  Contact,
  ContactId,
  CrmAccount,
  CrmAccountId,
  Opportunity,
  OpportunityId,
  Quote,
  QuoteId,
} from './model.ts';
import { CRM_METHODS, type CrmPort } from './port.ts';

/** One loader for each batch method of the port. */
export interface Loaders {
  readonly account: DataLoader<CrmAccountId, CrmAccount | null>;
  readonly contact: DataLoader<ContactId, Contact | null>;
  readonly opportunity: DataLoader<OpportunityId, Opportunity | null>;
  readonly quote: DataLoader<QuoteId, Quote | null>;
  readonly contactsOf: DataLoader<ListOf<CrmAccountId>, Page<Contact>, string>;
  readonly opportunitiesOf: DataLoader<ListOf<CrmAccountId>, Page<Opportunity>, string>;
  readonly quotesOf: DataLoader<ListOf<CrmAccountId>, Page<Quote>, string>;
}

/** What a resolver of this subgraph stands on: made anew for each request. */
export interface Context {
  readonly loaders: Loaders;
  readonly port: CrmPort;
  readonly call: Call;
  readonly principal: Principal;
}

export function createContext(port: CrmPort, { call, principal }: SubgraphRequest): Context {
  /** Splits by what the port takes at once. */
  const of = <Key, Value>(
    ask: (keys: readonly Key[], call: Call) => Promise<readonly Value[]>,
    { maxKeys }: { maxKeys: number },
  ) => new DataLoader<Key, Value>((keys) => ask(keys, call), { maxBatchSize: maxKeys });
  const ofLists = <Value>(
    ask: (keys: readonly ListOf<CrmAccountId>[], call: Call) => Promise<readonly Value[]>,
    { maxKeys }: { maxKeys: number },
  ) =>
    new DataLoader<ListOf<CrmAccountId>, Value, string>((keys) => ask(keys, call), {
      maxBatchSize: maxKeys,
      cacheKeyFn: listKey,
    });

  const loaders: Loaders = {
    account: of((ids, c) => port.accounts(ids, c), CRM_METHODS.accounts),
    contact: of((ids, c) => port.contacts(ids, c), CRM_METHODS.contacts),
    opportunity: of((ids, c) => port.opportunities(ids, c), CRM_METHODS.opportunities),
    quote: of((ids, c) => port.quotes(ids, c), CRM_METHODS.quotes),
    contactsOf: ofLists((lists, c) => port.contactsOf(lists, c), CRM_METHODS.contactsOf),
    opportunitiesOf: ofLists((lists, c) => port.opportunitiesOf(lists, c), CRM_METHODS.opportunitiesOf),
    quotesOf: ofLists((lists, c) => port.quotesOf(lists, c), CRM_METHODS.quotesOf),
  };
  return { loaders, port, call, principal };
}
