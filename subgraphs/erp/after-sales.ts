import type { Id } from '../../platform/ids.ts';
import type { Money } from '../../platform/money.ts';
import type { ErpCustomerId, LegalEntityId, SalesOrder, SalesOrderId, Sku } from './model.ts';

/** What comes after a sale: what stands at the customer's, what is done about it, and what comes back. */
export type SerialNumber = Id<'SerialNumber'>;
/** A service order is a sales order of the ERP, under the same id. */
export type ServiceOrderId = SalesOrderId;
export type ReturnId = Id<'Return'>;

/** One piece of goods at the customer's, by the number that is on it. */
export interface InstalledAsset {
  readonly serialNumber: SerialNumber;
  readonly sku: Sku;
  readonly installedOn: string;
  /** Both days count; null: sold without. */
  readonly warranty: { readonly startsOn: string; readonly endsOn: string } | null;
  /** null: sold before the ERP kept orders. */
  readonly salesOrderId: SalesOrderId | null;
  readonly customerId: ErpCustomerId;
}

/** Parts and work for one asset, asked for by one case. */
export interface ServiceOrder {
  readonly id: ServiceOrderId;
  readonly order: SalesOrder;
  readonly caseId: string | null;
  readonly assetSerialNumber: SerialNumber | null;
  /** Day on which a technician is to come; null: nobody is. */
  readonly dispatchOn: string | null;
  /** False: the warranty pays. */
  readonly billable: boolean;
  readonly customerId: ErpCustomerId;
}

export interface ServiceOrderDraft {
  readonly customerId: ErpCustomerId;
  readonly legalEntityId: LegalEntityId;
  readonly currency: string;
  readonly caseId: string;
  readonly assetSerialNumber: SerialNumber;
  readonly dispatchOn: string;
  /** True: at the ERP's list prices; false: all at zero. */
  readonly billable: boolean;
  readonly lines: readonly { readonly sku: Sku; readonly quantity: number }[];
}

/** A technician's visit, in the plan of those who send technicians. */
export interface Dispatch {
  readonly customerId: ErpCustomerId;
  readonly serviceOrderId: ServiceOrderId;
  readonly on: string;
  /** What the technician reads first. At most 200 characters. */
  readonly title: string;
}

export type ReturnStatus =
  | 'PENDING_APPROVAL'
  | 'PENDING_RECEIPT'
  | 'PARTIALLY_RECEIVED'
  | 'PENDING_REFUND'
  | 'REFUNDED'
  | 'CLOSED'
  | 'CANCELLED';

export interface CreditNote {
  readonly id: string;
  readonly number: string;
  readonly issuedOn: string;
  readonly total: Money;
}

/** Goods of one order that the customer may send back, and what is credited for them. */
export interface Return {
  readonly id: ReturnId;
  readonly number: string;
  readonly status: ReturnStatus;
  readonly authorizedOn: string;
  readonly salesOrderId: SalesOrderId;
  /** Whether what comes back goes into stock again. */
  readonly restock: boolean;
  readonly lines: readonly ReturnLine[];
  readonly netTotal: Money;
  readonly tax: Money;
  readonly total: Money;
  /** null: not credited yet. */
  readonly creditNote: CreditNote | null;
  readonly customerId: ErpCustomerId;
}

export interface ReturnLine {
  readonly sku: Sku;
  readonly quantity: number;
  readonly unitPrice: Money;
  readonly netAmount: Money;
  readonly reason: string | null;
}

export interface ReturnDraft {
  readonly customerId: ErpCustomerId;
  readonly salesOrderId: SalesOrderId;
  readonly restock: boolean;
  readonly lines: readonly {
    /** The order's line, from 1, as `SalesOrderLine.position`. */
    readonly position: number;
    readonly sku: Sku;
    readonly quantity: number;
    readonly reason: string;
  }[];
}

/** All of one case or one order: the customer to whom they belong stands beside them. */
export interface OfCustomer<Entry> {
  readonly customerId: ErpCustomerId;
  readonly entries: readonly Entry[];
}

/** Whether a day is within the warranty. Days are `YYYY-MM-DD`. */
export const coversOn = ({ warranty }: InstalledAsset, on: string): boolean =>
  warranty !== null && warranty.startsOn <= on && on <= warranty.endsOn;

/** Returns that still count against what can be sent back. */
export const isStanding = ({ status }: Return): boolean => status !== 'CLOSED' && status !== 'CANCELLED';
