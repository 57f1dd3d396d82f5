import type { Call, WriteCall } from '../../platform/call.ts';
import { HubError } from '../../platform/errors.ts';
import type { MethodsOf } from '../../platform/port/methods.ts';
import type { CopyCorrection, HeldRecord, Scanned, ScanPage } from '../../platform/port/scan.ts';
import type { Entitlement } from './model.ts';

/**
 * The part of the support port for reconciliation: everything that the desk holds, page by page, and what puts copies right.
 * Without `capabilities.scans` each is REFUSED.
 */
export interface SupportScanPort {
  scanOrgs(page: ScanPage, call: Call): Scanned<HeldRecord>;
  /** Ended ones, too. */
  scanEntitlements(page: ScanPage, call: Call): Scanned<Entitlement>;
  /** Puts the name right that the desk keeps a copy of. */
  correctCopy(copy: CopyCorrection, call: WriteCall): Promise<void>;
}

export const SUPPORT_SCAN_METHODS = {
  scanOrgs: { kind: 'read', customer: 'HUB_ONLY' },
  scanEntitlements: { kind: 'read', customer: 'HUB_ONLY' },
  correctCopy: { kind: 'write', touches: ({ externalId }: CopyCorrection) => [`org:${externalId}`] },
} satisfies MethodsOf<SupportScanPort>;

/** For a desk that is not read as a whole (`capabilities.scans` is false). */
export function withoutScans(system: string): SupportScanPort {
  const refuse = async (): Promise<never> => {
    throw new HubError(
      'REFUSED',
      `${system} refused: it is not read as a whole, so that nothing is reconciled with it`,
      {
        system,
      },
    );
  };
  return { scanOrgs: refuse, scanEntitlements: refuse, correctCopy: refuse };
}
