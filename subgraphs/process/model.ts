import type { CauseClass } from '../../platform/failure.ts';
import type { Id } from '../../platform/ids.ts';
import type { Money } from '../../platform/money.ts';
import type { RunState, StepState } from '../../platform/saga/tables.ts';
import type { BillingCustomerId } from '../billing/model.ts';
import type { CrmAccountId } from '../crm/model.ts';
import type { ErpCustomerId } from '../erp/model.ts';
import type { CustomerId } from '../identity/model.ts';
import type { SupportOrgId } from '../support/model.ts';

export type ProcessId = Id<'Process'>;

/** A system of record, as the graph's `System` names it. */
export type System = 'HUB' | 'ERP' | 'BILLING' | 'CRM' | 'SUPPORT' | 'SUCCESS';

/** One run of an act across systems. */
export interface Process {
  readonly id: ProcessId;
  readonly kind: string;
  readonly state: RunState;
  readonly correlationId: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly resumesAt: string | null;
  /** The result by name, once there. */
  readonly outcome: unknown;
  readonly reason: string | null;
  readonly customerId: string | null;
  readonly salesOrderId: string | null;
  readonly subscriptionId: string | null;
}

export interface ProcessStep {
  readonly name: string;
  readonly system: System;
  /** UNKNOWN: it failed, and may have taken effect. */
  readonly state: StepState | 'UNKNOWN';
  readonly attempts: number;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly error: string | null;
  readonly inDoubt: boolean;
  readonly input: unknown;
  readonly before: unknown;
  readonly result: unknown;
}

/** Why a process waits, with what an operator needs to decide. */
export interface ProcessException {
  readonly processId: ProcessId;
  readonly causeClass: CauseClass;
  readonly step: string;
  readonly system: System;
  readonly message: string;
  readonly raisedAt: string;
  readonly customerId: string | null;
  readonly customerName: string | null;
  readonly contractId: string | null;
  readonly region: string | null;
  readonly amountAtRisk: Money | null;
  /** Of the process. */
  readonly kind: string;
  /** The process is being undone. */
  readonly back: boolean;
  readonly inDoubt: boolean;
  readonly mappingVersion: string | null;
  readonly mappingChanged: boolean;
}

/** Entities of other subgraphs, as this one refers to them. */
export interface CustomerRef {
  readonly id: string;
}
export interface SalesOrderRef {
  readonly id: string;
}
export interface SubscriptionRef {
  readonly id: string;
}

/** A customer as an act needs it: under which id each system knows it; null: that system does not. */
export interface KnownCustomer {
  readonly id: CustomerId;
  readonly name: string;
  readonly erpCustomerId: ErpCustomerId | null;
  readonly billingCustomerId: BillingCustomerId | null;
  readonly crmAccountId: CrmAccountId | null;
  readonly supportOrgId: SupportOrgId | null;
}

/** One thing that an act changes. Example: `opportunity:006…`. */
export type EntityKey = `${'customer' | 'subscription' | 'opportunity' | 'case' | 'salesOrder'}:${string}`;

/** What an act costs. All before tax but `tax`. */
export interface ChargeSummary {
  readonly currency: string;
  readonly oneTime: Money;
  readonly monthly: Money;
  readonly monthlyDifference: Money;
  readonly proration: Money | null;
  readonly tax: Money | null;
}

/** One write that an act makes, or would make. */
export interface PlannedWrite {
  readonly system: System;
  readonly owner: System;
  readonly field: string;
  readonly oldValue: string | null;
  readonly newValue: string | null;
}
