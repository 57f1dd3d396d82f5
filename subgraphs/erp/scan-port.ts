import type { Call, WriteCall } from '../../platform/call.ts';
import { HubError } from '../../platform/errors.ts';
import type { Money } from '../../platform/money.ts';
import type { MethodsOf } from '../../platform/port/methods.ts';
import type { HeldRecord, Scanned, ScanPage } from '../../platform/port/scan.ts';
import type { ErpCustomerId, InvoiceId } from './model.ts';

/** One document in the books. */
export interface BookedDocument {
  readonly kind: 'ORDER' | 'INVOICE' | 'CREDIT_NOTE' | 'PAYMENT';
  readonly id: string;
  readonly number: string;
  readonly on: string;
  /** With tax. */
  readonly amount: Money;
  /** Orders: OPEN, DELIVERED (and not invoiced), INVOICED. All others: POSTED. */
  readonly state: 'OPEN' | 'DELIVERED' | 'INVOICED' | 'POSTED' | 'VOID';
  /** The document that it was made from: an invoice from an order, a credit note from an invoice or a return. */
  readonly from: string | null;
  /** What it stands for in another system: a subscription, a payment. */
  readonly reference: string | null;
}

export interface CustomerBooks {
  readonly customerId: ErpCustomerId;
  readonly documents: readonly BookedDocument[];
  /** Milestones that these documents tell of. */
  readonly reached: readonly 'ORDER_ACCEPTED'[];
}

/** A payment that billing took, to be booked under billing's id of it. */
export interface PaymentToPost {
  readonly customerId: ErpCustomerId;
  readonly paymentId: string;
  readonly amount: Money;
  readonly paidOn: string;
}

/**
 * The part of the ERP port for reconciliation: everything that the ERP holds, page by page, and what puts it right. Without
 * `capabilities.scans` each is REFUSED.
 */
export interface ErpScanPort {
  /** Customers, those made inactive too. */
  scanCustomers(page: ScanPage, call: Call): Scanned<HeldRecord>;
  /** The books of customers in the order of `scanCustomers`; who has none is left out. */
  scanBooks(page: ScanPage, call: Call): Scanned<CustomerBooks>;
  /** Credits the whole invoice under `call.key`; a repeated key does nothing. @throws REFUSED once it is paid or credited */
  creditInvoice(about: { customerId: ErpCustomerId; invoiceId: InvoiceId }, call: WriteCall): Promise<void>;
  /** Books the payment; one that is booked already gets this amount. Saying it twice is the same as once. */
  postPayment(payment: PaymentToPost, call: WriteCall): Promise<void>;
}

const touchesCustomer = ({ customerId }: { customerId: ErpCustomerId }) => [`customer:${customerId}`];

export const ERP_SCAN_METHODS = {
  scanCustomers: { kind: 'read', customer: 'HUB_ONLY' },
  scanBooks: { kind: 'read', customer: 'HUB_ONLY' },
  creditInvoice: {
    kind: 'write',
    touches: ({ customerId, invoiceId }: { customerId: ErpCustomerId; invoiceId: InvoiceId }) => [
      `customer:${customerId}`,
      `invoice:${invoiceId}`,
    ],
  },
  postPayment: { kind: 'write', touches: touchesCustomer },
} satisfies MethodsOf<ErpScanPort>;

/** For an ERP that is not read as a whole (`capabilities.scans` is false). */
export function withoutScans(system: string): ErpScanPort {
  const refuse = async (): Promise<never> => {
    throw new HubError(
      'REFUSED',
      `${system} refused: it is not read as a whole, so that nothing is reconciled with it`,
      {
        system,
      },
    );
  };
  return { scanCustomers: refuse, scanBooks: refuse, creditInvoice: refuse, postPayment: refuse };
}
