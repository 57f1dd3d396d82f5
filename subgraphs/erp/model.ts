import type { Id } from '../../platform/ids.ts';
import type { Money } from '../../platform/money.ts';
import type { Page } from '../../platform/page.ts';

/** What comes after a sale has a file of its own, and is as much this domain's model. */
export * from './after-sales.ts';

export type ErpCustomerId = Id<'ErpCustomer'>;
export type SalesOrderId = Id<'SalesOrder'>;
export type InvoiceId = Id<'Invoice'>;
export type LegalEntityId = Id<'LegalEntity'>;
export type Sku = Id<'Sku'>;

export const PAYMENT_TERMS = ['DUE_ON_RECEIPT', 'NET_15', 'NET_30', 'NET_45', 'NET_60', 'NET_90'] as const;
export type PaymentTerms = (typeof PAYMENT_TERMS)[number];
export type CreditStatus = 'GOOD' | 'WATCH' | 'HOLD';
export type ProductKind = 'GOODS' | 'SERVICE' | 'SUBSCRIPTION';
export type SalesOrderStatus =
  | 'PENDING_APPROVAL'
  | 'PENDING_FULFILMENT'
  | 'PARTIALLY_FULFILLED'
  | 'PENDING_BILLING'
  | 'BILLED'
  | 'CLOSED'
  | 'CANCELLED';
export type InvoiceStatus = 'OPEN' | 'OVERDUE' | 'PAID' | 'VOIDED' | 'PENDING_APPROVAL';
export type FulfilmentStatus = 'NOT_STARTED' | 'PARTIAL' | 'COMPLETE' | 'CANCELLED';

export interface PostalAddress {
  readonly line1: string | null;
  readonly line2: string | null;
  readonly city: string | null;
  readonly region: string | null;
  readonly postalCode: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string | null;
}

export interface CreditStanding {
  readonly status: CreditStatus;
  /** null: no limit is set. */
  readonly limit: Money | null;
  /** Open orders and unpaid invoices. */
  readonly exposure: Money;
  readonly available: Money | null;
  readonly asOf: string;
}

/** The legal and financial record of a customer. */
export interface ErpCustomer {
  readonly id: ErpCustomerId;
  /** The hub id that the ERP holds as external reference; null where it holds none. */
  readonly hubId: string | null;
  readonly legalName: string;
  readonly taxId: string | null;
  readonly billingAddress: PostalAddress | null;
  readonly paymentTerms: PaymentTerms | null;
  readonly legalEntityId: LegalEntityId | null;
  readonly taxCode: string | null;
  readonly currency: string;
  readonly credit: CreditStanding;
  readonly receivables: { readonly balance: Money; readonly overdue: Money; readonly asOf: string };
  /** Whether the ERP has accepted an order of this customer: the milestone ORDER_ACCEPTED. */
  readonly hasOrders: boolean;
  /** Where the ERP writes to, if it holds that; the graph's `billingEmail` is billing's. */
  readonly email?: string;
  /** While the customer moves from one ERP to another: what the one that does not own tells otherwise. */
  readonly observed?: readonly ObservedByErp[];
}

/** A value that another ERP than the owner holds, for people to read. */
export interface ObservedByErp {
  /** Example: `Customer.legalName`. */
  readonly field: string;
  readonly value: string;
  readonly asOf: string;
}

/** A customer in the books of one own company. */
export interface CustomerInEntity {
  readonly customerId: ErpCustomerId;
  readonly legalEntityId: LegalEntityId;
}

export interface LegalEntity {
  readonly id: LegalEntityId;
  readonly name: string;
  readonly country: string;
  readonly currency: string;
}

export interface Product {
  readonly sku: Sku;
  readonly name: string;
  readonly kind: ProductKind;
  readonly active: boolean;
  readonly taxClass: string | null;
  /** List price of one unit (one month, for a subscription) by currency. */
  readonly listPrices: Readonly<Record<string, Money>>;
  /** null for what is not held in stock. */
  readonly inventory: { readonly onHand: number; readonly available: number; readonly asOf: string } | null;
}

export interface SalesOrderLine {
  readonly position: number;
  readonly sku: Sku;
  readonly quantity: number;
  readonly unitPrice: Money;
  readonly netAmount: Money;
  readonly taxCode: string | null;
  /** Units delivered so far; null where the ERP does not tell. */
  readonly fulfilledQuantity: number | null;
}

export interface SalesOrder {
  readonly id: SalesOrderId;
  readonly number: string;
  readonly status: SalesOrderStatus;
  readonly orderedOn: string;
  readonly purchaseOrderNumber: string | null;
  /** The key under which the hub opened it; null when it was not opened through the hub. */
  readonly reference: string | null;
  readonly currency: string;
  readonly lines: readonly SalesOrderLine[];
  readonly netTotal: Money;
  readonly tax: Money;
  readonly total: Money;
  readonly fulfilment: {
    readonly status: FulfilmentStatus;
    readonly milestones: readonly { readonly name: string; readonly reachedAt: string | null }[];
  };
  readonly customerId: ErpCustomerId;
  readonly legalEntityId: LegalEntityId | null;
}

export interface Invoice {
  readonly id: InvoiceId;
  readonly number: string;
  readonly status: InvoiceStatus;
  readonly issuedOn: string;
  readonly dueOn: string | null;
  readonly total: Money;
  readonly balance: Money;
  readonly customerId: ErpCustomerId;
}

/** What one line of an invoice charges. */
export interface InvoiceLine {
  /** Place on the invoice: rises from line to line; an ERP may leave numbers out. */
  readonly position: number;
  /** null: it charges something that is in no catalogue. */
  readonly sku: Sku | null;
  /** As it is printed; null where the ERP keeps none. */
  readonly description: string | null;
  /** Exact decimal text; null: the line is an amount alone. */
  readonly quantity: string | null;
  /** Rounded to the currency's minor unit; null: the line is an amount alone. */
  readonly unitPrice: Money | null;
  /** Before tax; below zero for a discount. */
  readonly netAmount: Money;
}

/** One page of an invoice's lines, with whose invoice it is. */
export interface InvoiceLines extends Page<InvoiceLine> {
  readonly customerId: ErpCustomerId;
}

/** An order as it is asked of the ERP: prices and tax are the ERP's to say. */
export interface OrderDraft {
  readonly customerId: ErpCustomerId;
  readonly legalEntityId: LegalEntityId;
  readonly currency: string;
  readonly purchaseOrderNumber: string | null;
  readonly memo: string | null;
  /** Of the subscription that it opens. Absent, for none, in what was accepted before orders named it. */
  readonly contractId?: string | null;
  readonly lines: readonly { readonly sku: Sku; readonly quantity: number }[];
}

/** The value of a changed subscription as it is told to the ERP: an amendment order with its schedule and tax. */
export interface AmendmentOrder {
  readonly customerId: ErpCustomerId;
  readonly legalEntityId: LegalEntityId;
  readonly currency: string;
  readonly subscriptionId: string;
  readonly contractId: string | null;
  readonly effectiveOn: string;
  /** End of an agreed term, exclusive; without it, until the next change. */
  readonly endsOn?: string;
  /** The subscription's items after the amendment, with the monthly price of one unit as billing charges it. */
  readonly lines: readonly { readonly sku: Sku; readonly quantity: number; readonly unitPrice: Money }[];
  readonly paymentTerms: PaymentTerms | null;
}

/** A subscription as the ERP's orders name it. */
export interface ContractInErp {
  readonly customerId: ErpCustomerId;
  readonly subscriptionId: string;
  readonly contractId: string | null;
}

/** An order that carries the value and the schedule of a subscription. */
export interface ContractOrder {
  readonly id: SalesOrderId;
  readonly number: string;
  /** What of it recurs and is open; goods and services of the same order are not among it. */
  readonly open: readonly { readonly sku: Sku; readonly quantity: number }[];
  /** What of that was delivered and is not invoiced: the ERP would never invoice it once it is closed. */
  readonly unbilled: readonly { readonly sku: Sku; readonly quantity: number }[];
}

/** A customer that the ERP does not hold yet. */
export interface ErpCustomerDraft {
  readonly hubId: string;
  readonly legalName: string;
  readonly billingAddress: PostalAddress;
  readonly email: string;
  readonly currency: string;
  readonly paymentTerms: PaymentTerms;
  readonly legalEntityId: LegalEntityId;
  readonly taxId: string | null;
}

export interface ErpCustomerChange {
  readonly customerId: ErpCustomerId;
  readonly legalName?: string;
  readonly billingAddress?: PostalAddress;
  readonly paymentTerms?: PaymentTerms;
}

/** The customer as this subgraph refers to it; null: this system does not know the customer, and nothing is asked of it. */
export interface CustomerRef {
  readonly erpCustomerId: ErpCustomerId | null;
}

/** A case of the support desk, as this subgraph refers to it. */
export interface CaseRef {
  readonly id: string;
}
