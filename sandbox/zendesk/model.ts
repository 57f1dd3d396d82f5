export interface Organization {
  readonly id: number;
  readonly externalId: string | null;
  readonly name: string;
  readonly domain: string | null;
  readonly fields: Readonly<Record<string, string | null>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Ticket {
  readonly id: number;
  readonly externalId: string | null;
  readonly organizationId: number | null;
  readonly requesterId: number;
  readonly subject: string;
  readonly description: string;
  readonly status: string;
  readonly priority: string | null;
  readonly tags: readonly string[];
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly slaMetrics: readonly {
    readonly breach_at: string | null;
    readonly stage: string;
    readonly metric: string;
  }[];
}

/** One update of a ticket that carried a comment or metadata. */
export interface Audit {
  readonly id: number;
  readonly ticketId: number;
  readonly createdAt: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly comment: { readonly body: string; readonly public: boolean } | null;
}

/** A custom object record of the object `entitlement`. */
export interface EntitlementRecord {
  readonly id: string;
  readonly externalId: string | null;
  readonly name: string;
  readonly fields: Readonly<Record<string, string | number | null>>;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Zendesk writes instants to the second. */
export const seconds = (at: string | number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;
