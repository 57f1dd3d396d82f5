import DataLoader from 'dataloader';
import type { Call } from '../../platform/call.ts';
import type { ListOf, Page } from '../../platform/page.ts';
import { listKey } from '../../platform/port/methods.ts';
import type { Principal } from '../../platform/principal.ts';
import type { SubgraphRequest } from '../../platform/subgraph/subgraph.ts';
import type {
  ErpCustomer,
  ErpCustomerId,
  Invoice,
  InvoiceId,
  LegalEntity,
  Product,
  ProductKind,
  SalesOrder,
  SalesOrderId,
  Sku,
} from './model.ts';
import { ERP_METHODS, type ErpPort } from './port.ts';

/** One loader for each batch method of the port. */
export interface Loaders {
  readonly customer: DataLoader<ErpCustomerId, ErpCustomer | null>;
  readonly product: DataLoader<Sku, Product | null>;
  readonly salesOrder: DataLoader<SalesOrderId, SalesOrder | null>;
  readonly salesOrderByNumber: DataLoader<string, SalesOrder | null>;
  readonly invoice: DataLoader<InvoiceId, Invoice | null>;
  readonly salesOrdersOf: DataLoader<ListOf<ErpCustomerId>, Page<SalesOrder>, string>;
  readonly invoicesOf: DataLoader<ListOf<ErpCustomerId>, Page<Invoice>, string>;
  readonly legalEntities: DataLoader<'all', readonly LegalEntity[]>;
  readonly catalogue: DataLoader<ListOf<ProductKind | '*'>, Page<Product>, string>;
}

/** What a resolver of this subgraph stands on: made anew for each request. */
export interface Context {
  readonly loaders: Loaders;
  readonly port: ErpPort;
  readonly call: Call;
  readonly principal: Principal;
}

export function createContext(port: ErpPort, { call, principal }: SubgraphRequest): Context {
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
    customer: of((ids, c) => port.customers(ids, c), ERP_METHODS.customers),
    product: of((skus, c) => port.products(skus, c), ERP_METHODS.products),
    salesOrder: of((ids, c) => port.salesOrders(ids, c), ERP_METHODS.salesOrders),
    salesOrderByNumber: of((numbers, c) => port.salesOrdersByNumber(numbers, c), ERP_METHODS.salesOrdersByNumber),
    invoice: of((ids, c) => port.invoices(ids, c), ERP_METHODS.invoices),
    salesOrdersOf: ofLists((lists, c) => port.salesOrdersOf(lists, c), ERP_METHODS.salesOrdersOf),
    invoicesOf: ofLists((lists, c) => port.invoicesOf(lists, c), ERP_METHODS.invoicesOf),
    legalEntities: of((keys, c) => port.legalEntities(keys, c), ERP_METHODS.legalEntities),
    catalogue: ofLists((lists, c) => port.catalogue(lists, c), ERP_METHODS.catalogue),
  };
  return { loaders, port, call, principal };
}
