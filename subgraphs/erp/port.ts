import type { Call, WriteCall } from '../../platform/call.ts';
import type { Money } from '../../platform/money.ts';
import { type DirectoryEntry, emptyPage, type ListOf, type Page } from '../../platform/page.ts';
import { type CustomerOfBatch, listKey, type MethodsOf } from '../../platform/port/methods.ts';
import { AFTER_SALES_METHODS, type AfterSalesPort } from './after-sales-port.ts';
import { CONTRACT_ORDER_METHODS, type ContractOrdersPort } from './contract-orders.ts';
import type {
  AmendmentOrder,
  CustomerInEntity,
  ErpCustomer,
  ErpCustomerChange,
  ErpCustomerDraft,
  ErpCustomerId,
  Invoice,
  InvoiceId,
  InvoiceLines,
  LegalEntity,
  LegalEntityId,
  OrderDraft,
  Product,
  ProductKind,
  SalesOrder,
  SalesOrderId,
  Sku,
} from './model.ts';
import { ERP_SCAN_METHODS, type ErpScanPort } from './scan-port.ts';

export type { BookedDocument, CustomerBooks, PaymentToPost } from './scan-port.ts';

/** What the graph and the processes ask of any ERP. */
export interface ErpPort extends AfterSalesPort, ErpScanPort, ContractOrdersPort {
  readonly capabilities: ErpCapabilities;

  /** One entry per id, in the order asked; `null` where the ERP holds none. At most 100 ids in each batch below. */
  customers(ids: readonly ErpCustomerId[], call: Call): Promise<readonly (ErpCustomer | null)[]>;
  products(skus: readonly Sku[], call: Call): Promise<readonly (Product | null)[]>;
  salesOrders(ids: readonly SalesOrderId[], call: Call): Promise<readonly (SalesOrder | null)[]>;
  salesOrdersByNumber(numbers: readonly string[], call: Call): Promise<readonly (SalesOrder | null)[]>;
  invoices(ids: readonly InvoiceId[], call: Call): Promise<readonly (Invoice | null)[]>;
  /** Pages of a customer's orders, newest first. */
  salesOrdersOf(lists: readonly ListOf<ErpCustomerId>[], call: Call): Promise<readonly Page<SalesOrder>[]>;
  /** Pages of a customer's invoices, newest first; `status` restricts. */
  invoicesOf(lists: readonly ListOf<ErpCustomerId>[], call: Call): Promise<readonly Page<Invoice>[]>;
  /**
   * Pages of an invoice's lines in their order on it, tax left out; `null` where the ERP holds no such invoice. Cursors are
   * positions. An invoice may have 10,000 lines: what a page costs must not grow with them.
   */
  invoiceLinesOf(lists: readonly ListOf<InvoiceId>[], call: Call): Promise<readonly (InvoiceLines | null)[]>;
  /** All own companies; the only key is `all`. */
  legalEntities(keys: readonly 'all'[], call: Call): Promise<readonly (readonly LegalEntity[])[]>;
  /** The own companies that each customer is kept in, its own (`legalEntityId`) first; none for one that the ERP does not hold. */
  legalEntitiesOf(ids: readonly ErpCustomerId[], call: Call): Promise<readonly (readonly LegalEntityId[])[]>;
  /** Pages of the catalogue by SKU; `of` is a product kind or `*`. */
  catalogue(lists: readonly ListOf<ProductKind | '*'>[], call: Call): Promise<readonly Page<Product>[]>;

  /** Customers in the order of their ids, for the identity register; `after` is the last id of the page before. */
  directory(page: { first: number; after: string | null }, call: Call): Promise<Page<DirectoryEntry>>;
  /** Active customers that carry this tax id, in whatever way it is written; at most 10. Of several ERPs all have to answer. */
  taxIdHolders(taxId: string, call: Call): Promise<readonly ErpCustomerId[]>;
  /** The tax the ERP would charge on an order; `null` where it can only say so by taking the order. @throws REFUSED when tax is not set up */
  estimateTax(draft: OrderDraft, call: Call): Promise<Money | null>;

  /** Opens the order under `call.key`; a repeated key returns the order it opened. @throws REFUSED by the ERP's rules */
  openSalesOrder(draft: OrderDraft, call: WriteCall): Promise<SalesOrder>;
  /** Cancels the order opened under `call.key`; does nothing when there is none or it is cancelled already. @throws REFUSED once it ships */
  cancelSalesOrder(customer: { customerId: ErpCustomerId }, call: WriteCall): Promise<void>;
  /** Takes the new value, schedule and tax of an amended subscription. Undone by `cancelSalesOrder` with the same key. */
  openAmendmentOrder(amendment: AmendmentOrder, call: WriteCall): Promise<SalesOrder>;
  /**
   * Keeps the customer in a further legal entity, so that orders can be booked there; does nothing where it is kept already.
   * @throws REFUSED when the ERP has no such customer or company, or does not let them trade
   */
  keepInLegalEntity(place: CustomerInEntity, call: WriteCall): Promise<void>;
  /**
   * Ends what `keepInLegalEntity` began under `call.key`, and nothing that was there before; does nothing when there is none.
   * `STAYS` where books hold it: something was booked there meanwhile, be it a cancelled order.
   */
  leaveLegalEntity(place: CustomerInEntity, call: WriteCall): Promise<'LEFT' | 'STAYS'>;
  /** Opens the customer under its hub id; one that is there already is answered. @throws REFUSED, also without `capabilities.opensCustomers` */
  openCustomer(draft: ErpCustomerDraft, call: WriteCall): Promise<ErpCustomerId>;
  /** Makes the customer inactive that was opened under `call.key`; does nothing without one. */
  closeCustomer(customer: { hubId: string }, call: WriteCall): Promise<void>;
  /** Changes the fields that are given; the same change twice is the same as once. */
  updateCustomer(change: ErpCustomerChange, call: WriteCall): Promise<void>;
}

export interface ErpCapabilities {
  /** Says what tax an order would bear before it is taken. */
  readonly estimatesTax: boolean;
  /** Takes new customers from the hub. Without: they are opened in the ERP by hand. */
  readonly opensCustomers: boolean;
  /** Tells stock. */
  readonly inventory: boolean;
  /** Keeps list prices in more currencies than the legal entity's own. */
  readonly pricesInOtherCurrencies: boolean;
  /** Keeps installed assets with their warranty, and service orders on them. */
  readonly serviceOrders: boolean;
  /** Takes goods back, and credits them. */
  readonly returns: boolean;
  /** Closes what of an order has not happened yet, line by line, and opens it again. */
  readonly closesOrders: boolean;
  /** Can be read as a whole, for reconciliation. */
  readonly scans: boolean;
}

const ofCustomer = (list: ListOf) => `customer:${list.of}`;

const byCustomer = (none: unknown): CustomerOfBatch => ({ ofKey: (id: ErpCustomerId) => id, none });
const pagesByCustomer: CustomerOfBatch = { ofKey: ({ of }: ListOf<ErpCustomerId>) => of, none: emptyPage };
const inAnswer: CustomerOfBatch = { ofAnswer: ({ customerId }: SalesOrder | Invoice) => customerId };

export const ERP_METHODS = {
  customers: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (id: ErpCustomerId) => `customer:${id}`,
    customer: byCustomer(null),
  },
  products: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 30,
    subjectOf: (sku: Sku) => `product:${sku}`,
    customer: 'NONE',
  },
  salesOrders: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (id: SalesOrderId) => `salesOrder:${id}`,
    customer: inAnswer,
  },
  salesOrdersByNumber: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (n: string) => `salesOrderNumber:${n}`,
    customer: inAnswer,
  },
  invoices: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (id: InvoiceId) => `invoice:${id}`,
    customer: inAnswer,
  },
  salesOrdersOf: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    keyOf: listKey,
    subjectOf: ofCustomer,
    customer: pagesByCustomer,
  },
  invoicesOf: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    keyOf: listKey,
    subjectOf: ofCustomer,
    customer: pagesByCustomer,
  },
  invoiceLinesOf: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    keyOf: listKey,
    subjectOf: ({ of }: ListOf<InvoiceId>) => `invoice:${of}`,
    customer: { ofAnswer: ({ customerId }: InvoiceLines) => customerId },
  },
  legalEntities: { kind: 'batch', maxKeys: 1, maxAgeSeconds: 3600, subjectOf: () => 'legalEntities', customer: 'NONE' },
  legalEntitiesOf: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (id: ErpCustomerId) => `customer:${id}`,
    customer: byCustomer([]),
  },
  catalogue: {
    kind: 'batch',
    maxKeys: 1,
    maxAgeSeconds: 600,
    keyOf: listKey,
    subjectOf: () => 'catalogue',
    customer: 'NONE',
  },
  directory: { kind: 'read', customer: 'HUB_ONLY' },
  taxIdHolders: { kind: 'read', customer: 'HUB_ONLY' },
  estimateTax: { kind: 'read', customer: { of: ({ customerId }: OrderDraft) => customerId } },
  openSalesOrder: { kind: 'write', touches: touchesOrder },
  cancelSalesOrder: {
    kind: 'write',
    touches: ({ customerId }: { customerId: ErpCustomerId }) => [`customer:${customerId}`],
  },
  openAmendmentOrder: { kind: 'write', touches: touchesOrder },
  keepInLegalEntity: { kind: 'write', touches: ({ customerId }: CustomerInEntity) => [`customer:${customerId}`] },
  leaveLegalEntity: { kind: 'write', touches: ({ customerId }: CustomerInEntity) => [`customer:${customerId}`] },
  openCustomer: { kind: 'write', touches: (_draft: ErpCustomerDraft, id: ErpCustomerId) => [`customer:${id}`] },
  closeCustomer: { kind: 'write', touches: () => [] },
  updateCustomer: { kind: 'write', touches: ({ customerId }: ErpCustomerChange) => [`customer:${customerId}`] },
  ...AFTER_SALES_METHODS,
  ...CONTRACT_ORDER_METHODS,
  ...ERP_SCAN_METHODS,
} satisfies MethodsOf<ErpPort>;

function touchesOrder(draft: OrderDraft | AmendmentOrder, order: SalesOrder): readonly string[] {
  return [
    `customer:${draft.customerId}`,
    `salesOrder:${order.id}`,
    `salesOrderNumber:${order.number}`,
    ...draft.lines.map(({ sku }) => `product:${sku}`),
  ];
}
