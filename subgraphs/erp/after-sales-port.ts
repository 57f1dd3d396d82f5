import type { Call, WriteCall } from '../../platform/call.ts';
import { emptyPage, type ListOf, type Page } from '../../platform/page.ts';
import { listKey, type MethodsOf } from '../../platform/port/methods.ts';
import type {
  CreditNote,
  Dispatch,
  InstalledAsset,
  OfCustomer,
  Return,
  ReturnDraft,
  ReturnId,
  SerialNumber,
  ServiceOrder,
  ServiceOrderDraft,
  ServiceOrderId,
} from './after-sales.ts';
import type { ErpCustomerId, Invoice, SalesOrderId } from './model.ts';

/**
 * The part of the ERP port about what comes after a sale. Without `capabilities.serviceOrders` there are no assets and no
 * service orders, without `capabilities.returns` no returns: reading finds none, and each act is REFUSED.
 */
export interface AfterSalesPort {
  /** One entry per key, in the order asked; `null` where the ERP holds none. At most 100 in each batch below. */
  installedAssets(numbers: readonly SerialNumber[], call: Call): Promise<readonly (InstalledAsset | null)[]>;
  serviceOrders(ids: readonly ServiceOrderId[], call: Call): Promise<readonly (ServiceOrder | null)[]>;
  returns(ids: readonly ReturnId[], call: Call): Promise<readonly (Return | null)[]>;
  /** Pages of a customer's assets by serial number. Cursors are serial numbers. */
  installedAssetsOf(lists: readonly ListOf<ErpCustomerId>[], call: Call): Promise<readonly Page<InstalledAsset>[]>;
  /** Service orders of each case, newest first; `null` where there is none. At most 50 of a case. */
  serviceOrdersOfCase(caseIds: readonly string[], call: Call): Promise<readonly (OfCustomer<ServiceOrder> | null)[]>;
  /** Returns of each order, newest first, closed ones included; `null` where there is none. */
  returnsOfOrder(ids: readonly SalesOrderId[], call: Call): Promise<readonly (OfCustomer<Return> | null)[]>;

  /** Opens the order and reserves its parts under `call.key`; a repeated key returns the order it opened. @throws REFUSED */
  openServiceOrder(draft: ServiceOrderDraft, call: WriteCall): Promise<ServiceOrder>;
  /** Closes the order opened under `call.key` and frees its parts; does nothing without one. @throws REFUSED once parts are shipped */
  cancelServiceOrder(customer: { customerId: ErpCustomerId }, call: WriteCall): Promise<void>;
  /** Plans the visit under `call.key`; saying it twice is the same as once. */
  dispatchTechnician(dispatch: Dispatch, call: WriteCall): Promise<void>;
  /** Takes the visit planned under `call.key` out of the plan; does nothing without one. */
  recallTechnician(customer: { customerId: ErpCustomerId }, call: WriteCall): Promise<void>;
  /** Invoices the whole order under `call.key`; a repeated key returns the invoice it made. @throws REFUSED */
  invoiceServiceOrder(
    order: { customerId: ErpCustomerId; serviceOrderId: ServiceOrderId },
    call: WriteCall,
  ): Promise<Invoice>;
  /** Credits the invoice made under `call.key` in full, which ends it; does nothing without one, or when it is credited. */
  creditServiceInvoice(customer: { customerId: ErpCustomerId }, call: WriteCall): Promise<void>;

  /** Authorizes a return at the order's prices under `call.key`; a repeated key returns what it made. @throws REFUSED */
  authorizeReturn(draft: ReturnDraft, call: WriteCall): Promise<Return>;
  /** Closes the return made under `call.key`. `STAYS` once it is credited or goods came back: it is corrected by another document. */
  cancelReturn(customer: { customerId: ErpCustomerId }, call: WriteCall): Promise<'CANCELLED' | 'STAYS'>;
  /** Posts a credit note for the whole return under `call.key`; a repeated key returns it. @throws REFUSED */
  creditReturn(about: { customerId: ErpCustomerId; returnId: ReturnId }, call: WriteCall): Promise<CreditNote>;
}

const touchesCustomer = ({ customerId }: { customerId: ErpCustomerId }) => [`customer:${customerId}`];

export const AFTER_SALES_METHODS = {
  installedAssets: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 300,
    subjectOf: (number: SerialNumber) => `asset:${number}`,
    customer: { ofAnswer: ({ customerId }: InstalledAsset) => customerId },
  },
  serviceOrders: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (id: ServiceOrderId) => `salesOrder:${id}`,
    customer: { ofAnswer: ({ customerId }: ServiceOrder) => customerId },
  },
  returns: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (id: ReturnId) => `return:${id}`,
    customer: { ofAnswer: ({ customerId }: Return) => customerId },
  },
  installedAssetsOf: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 300,
    keyOf: listKey,
    subjectOf: ({ of }: ListOf<ErpCustomerId>) => `customer:${of}`,
    customer: { ofKey: ({ of }: ListOf<ErpCustomerId>) => of, none: emptyPage },
  },
  serviceOrdersOfCase: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (caseId: string) => `serviceOrdersOfCase:${caseId}`,
    customer: { ofAnswer: ({ customerId }: OfCustomer<ServiceOrder>) => customerId },
  },
  returnsOfOrder: {
    kind: 'batch',
    maxKeys: 100,
    maxAgeSeconds: 60,
    subjectOf: (id: SalesOrderId) => `returnsOfOrder:${id}`,
    customer: { ofAnswer: ({ customerId }: OfCustomer<Return>) => customerId },
  },
  openServiceOrder: {
    kind: 'write',
    touches: ({ customerId, caseId, lines }: ServiceOrderDraft, { id }: ServiceOrder) => [
      `customer:${customerId}`,
      `salesOrder:${id}`,
      `serviceOrdersOfCase:${caseId}`,
      ...lines.map(({ sku }) => `product:${sku}`),
    ],
  },
  cancelServiceOrder: { kind: 'write', touches: touchesCustomer },
  dispatchTechnician: { kind: 'write', touches: ({ serviceOrderId }: Dispatch) => [`salesOrder:${serviceOrderId}`] },
  recallTechnician: { kind: 'write', touches: touchesCustomer },
  invoiceServiceOrder: {
    kind: 'write',
    touches: (
      { customerId, serviceOrderId }: { customerId: ErpCustomerId; serviceOrderId: ServiceOrderId },
      { id }: Invoice,
    ) => [`customer:${customerId}`, `salesOrder:${serviceOrderId}`, `invoice:${id}`],
  },
  creditServiceInvoice: { kind: 'write', touches: touchesCustomer },
  authorizeReturn: {
    kind: 'write',
    touches: ({ customerId, salesOrderId }: ReturnDraft, { id }: Return) => [
      `customer:${customerId}`,
      `return:${id}`,
      `returnsOfOrder:${salesOrderId}`,
    ],
  },
  cancelReturn: { kind: 'write', touches: touchesCustomer },
  creditReturn: {
    kind: 'write',
    touches: ({ customerId, returnId }: { customerId: ErpCustomerId; returnId: ReturnId }) => [
      `customer:${customerId}`,
      `return:${returnId}`,
    ],
  },
} satisfies MethodsOf<AfterSalesPort>;
