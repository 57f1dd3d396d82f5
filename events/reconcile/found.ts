import type { MoneyText } from '../../platform/money.ts';
import type { Kind } from './kinds.ts';

export type SystemName = 'HUB' | 'ERP' | 'BILLING' | 'CRM' | 'SUPPORT';

/** One difference between systems, as a judge finds it. */
export interface Found {
  readonly kind: Kind;
  readonly customerId: string;
  readonly customerName: string;
  /** Where it has to be put right. */
  readonly system: SystemName;
  /** Whose word counts. */
  readonly owner: SystemName;
  /** The canonical field that is compared, whose class masks the values; null: none is. */
  readonly field: string | null;
  /** What in that system it is about; with kind and system it names the finding for good. */
  readonly subject: string;
  readonly ownerValue: string | null;
  readonly observedValue: string | null;
  /** What it may cost; null: it cannot be told. */
  readonly atStake: MoneyText | null;
  /** What a repair has to know. */
  readonly about: Readonly<Record<string, unknown>>;
}

export const fingerprint = ({ kind, system, subject }: Pick<Found, 'kind' | 'system' | 'subject'>): string =>
  `${kind}|${system}|${subject}`;
