import { type Clock, instant } from '../../platform/clock.ts';
import type { LedgerEntry, VendorName } from './vendor.ts';

export type NumberedEntry = LedgerEntry & { readonly sequence: number; readonly at: string };

/** The effective writes of each vendor, in the order in which they took effect, counted from 1. */
export interface Ledger {
  record(vendor: VendorName, entry: LedgerEntry): void;
  of(vendor: VendorName): readonly NumberedEntry[];
  clear(): void;
}

export function createLedger(clock: Clock): Ledger {
  const entries = new Map<VendorName, NumberedEntry[]>();
  const of = (vendor: VendorName): NumberedEntry[] => {
    const known = entries.get(vendor) ?? [];
    entries.set(vendor, known);
    return known;
  };
  return {
    record: (vendor, entry) => {
      const list = of(vendor);
      list.push({ sequence: list.length + 1, at: instant(clock), ...entry });
    },
    of: (vendor) => [...of(vendor)],
    clear: () => entries.clear(),
  };
}
