import type { Id } from '../../platform/ids.ts';

export type CustomerId = Id<'Customer'>;

/** Systems that know customers under ids of their own. */
export const LINKED_SYSTEMS = ['ERP', 'BILLING', 'CRM', 'SUPPORT', 'SUCCESS'] as const;
export type LinkedSystem = (typeof LINKED_SYSTEMS)[number];

export interface ExternalLink {
  readonly system: LinkedSystem;
  readonly externalId: string;
  readonly linkedAt: string;
  readonly endedAt: string | null;
}

/** One customer in the register. */
export interface Customer {
  readonly id: CustomerId;
  readonly displayName: string;
  readonly email: string | null;
  /** The id that holds now, per system; null: that system does not know the customer. */
  readonly externalIdBySystem: Readonly<Record<LinkedSystem, string | null>>;
  /** Every link, ended ones included. */
  readonly links: readonly ExternalLink[];
  readonly mergedIds: readonly CustomerId[];
  readonly parentId: CustomerId | null;
}
