import type { Call, WriteCall } from '../../platform/call.ts';
import type { Money } from '../../platform/money.ts';
import type { MethodsOf } from '../../platform/port/methods.ts';
import type { CopyCorrection, HeldRecord, Scanned, ScanPage } from '../../platform/port/scan.ts';
import type { BillingCustomerId, Payment } from './model.ts';

/** What reconciliation compares of a subscription that runs. */
export interface RunningSubscription {
  readonly id: string;
  readonly currency: string;
  readonly startedOn: string;
  readonly contractId: string | null;
  readonly items: readonly { readonly sku: string; readonly quantity: number; readonly unitPrice: Money }[];
}

/** A customer's record with the subscriptions that run. */
export interface BillingRecord extends HeldRecord {
  readonly subscriptions: readonly RunningSubscription[];
}

/** The part of the billing port for reconciliation: everything that billing holds, page by page, and what puts it right. */
export interface BillingScanPort {
  scanCustomers(page: ScanPage, call: Call): Scanned<BillingRecord>;
  /** Payment attempts since that day, of all customers. */
  scanPayments(page: ScanPage & { readonly since: string }, call: Call): Scanned<Payment>;
  /** Puts the legal name and the billing address right that billing keeps a copy of. */
  correctCopy(copy: CopyCorrection, call: WriteCall): Promise<void>;
  /** Takes the hub id away from a record that is one too many. */
  releaseCustomer(customer: { customerId: BillingCustomerId }, call: WriteCall): Promise<void>;
}

export const BILLING_SCAN_METHODS = {
  scanCustomers: { kind: 'read', customer: 'HUB_ONLY' },
  scanPayments: { kind: 'read', customer: 'HUB_ONLY' },
  correctCopy: { kind: 'write', touches: ({ externalId }: CopyCorrection) => [`customer:${externalId}`] },
  releaseCustomer: {
    kind: 'write',
    touches: ({ customerId }: { customerId: BillingCustomerId }) => [`customer:${customerId}`],
  },
} satisfies MethodsOf<BillingScanPort>;
