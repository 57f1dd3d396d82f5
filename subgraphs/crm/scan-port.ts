import type { Call, WriteCall } from '../../platform/call.ts';
import type { Money } from '../../platform/money.ts';
import type { MethodsOf } from '../../platform/port/methods.ts';
import type { CopyCorrection, HeldRecord, Scanned, ScanPage } from '../../platform/port/scan.ts';

/** An account, with what the CRM was last told is contracted per month; null: nothing. */
export interface CrmRecord extends HeldRecord {
  readonly contractedMonthly: Money | null;
}

/** The part of the CRM port for reconciliation: every account, page by page, and what puts copies right. */
export interface CrmScanPort {
  /** Those deleted or merged away, too, as long as the CRM tells of them. */
  scanAccounts(page: ScanPage, call: Call): Scanned<CrmRecord>;
  /** Puts the legal name and the billing address right that the CRM keeps a copy of. */
  correctCopy(copy: CopyCorrection, call: WriteCall): Promise<void>;
}

export const CRM_SCAN_METHODS = {
  scanAccounts: { kind: 'read', customer: 'HUB_ONLY' },
  correctCopy: { kind: 'write', touches: ({ externalId }: CopyCorrection) => [`account:${externalId}`] },
} satisfies MethodsOf<CrmScanPort>;
