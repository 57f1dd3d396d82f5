import type { FastifyInstance } from 'fastify';
import type { Clock } from '../../platform/clock.ts';
import type { InvoicedAccount } from '../data/large-account.ts';
import type { World } from '../data/world.ts';

export const VENDOR_NAMES = ['salesforce', 'netsuite', 'stripe', 'zendesk'] as const;
export type VendorName = (typeof VENDOR_NAMES)[number];

/** One effective write: what a repeated or refused request never adds. */
export interface LedgerEntry {
  /** What was done, in words of the trade. Example: `sales-order.opened`, `sales-order.cancelled`, `subscription.amended`. */
  readonly effect: string;
  /** The vendor's id of the record. */
  readonly id: string;
  /** The id by which the business knows it: the hub's key in the vendor's external-reference field; null when written without. */
  readonly businessKey: string | null;
  /** The idempotency key that came with the request; null without one. */
  readonly idempotencyKey: string | null;
  /** Figures a checker needs. Example: `{ customer: "1001", total: "120.00", quantity: 5 }`. */
  readonly details: Readonly<Record<string, string | number | boolean | null>>;
}

/** What the sandbox's core gives a vendor. Faults, latency, the call log and the journal are applied around its routes. */
export interface VendorContext {
  readonly world: World;
  /** Time of the sandbox; while the journal is replayed it is the time of the replayed request. */
  readonly clock: Clock;
  /** Notes an effective write; the core adds sequence number, vendor and time. */
  record(entry: LedgerEntry): void;
  /** Sends a signed webhook to whoever subscribed by the control API; the vendor's `sign` makes headers from the raw body. */
  emit(webhook: {
    readonly type: string;
    readonly body: string;
    readonly headers: Readonly<Record<string, string>>;
  }): void;
  /** Random for this run: the credentials that this vendor accepts. The same for the life of the sandbox file. */
  readonly credentials: Readonly<Record<string, string>>;
}

/**
 * What somebody does in a vendor's own screens, behind the hub's back: no ledger entry, no webhook, nothing in the journal.
 * Values go in as the vendor keeps them, unjudged.
 */
export interface RecordEdit {
  /** As the vendor names it. Example: `Account`, `customer`, `transaction`, `organization`. */
  readonly record: string;
  readonly id: string;
  /** Fields to overwrite. */
  readonly set?: Readonly<Record<string, unknown>>;
  readonly remove?: boolean;
  /** Leaves the record and makes another one like it, with `set` on top. */
  readonly copy?: boolean;
}

/**
 * A vendor's API on loopback. Its state lives in memory, seeded from the world when it is created; `reset` seeds it again.
 * New ids come from counters, never from chance, so that replaying the journal gives the same state.
 *
 * The journal holds every request that is not a GET or HEAD, not `readOnly`, and was answered below 300; it is played back
 * in the order of the answers, without its credentials. Hence: check credentials by `isReplay(request) || …` (from
 * `./replay.ts`), change state in one synchronous stretch, and let a refused request use up no counter.
 */
export interface Vendor {
  /** Adds the vendor's own paths. Every route answers as the vendor documents it. */
  routes(app: FastifyInstance): void;
  /** @throws Error when there is no such record */
  edit(change: RecordEdit): void;
  /** Holds these invoices besides, as if they had been seeded; those that are there stay as they are. Absent: it keeps no books. */
  book?(account: InvoicedAccount): void;
  /** Back to the seeded state. */
  reset(): void;
  /** Requests that only read although they are POSTs (token, query, preview): left out of the journal. Tested on `METHOD path`. */
  readonly readOnly: readonly RegExp[];
  /** For paths that carry reads as well as writes: true when this body only reads, so that it is left out of the journal too. */
  onlyReads?(method: string, path: string, body: string): boolean;
}

/** How the sandbox brings a vendor up: `sandbox/<vendor>/vendor.ts` exports one of these as `vendor`. */
export interface VendorDefinition {
  readonly name: VendorName;
  /** Made once for a sandbox file, at random; `random()` gives 32 url-safe characters. */
  credentials(random: () => string): Record<string, string>;
  /** What the connector reads from its environment to reach this vendor. Example: `{ NETSUITE_BASE_URL: … }`. */
  environment(baseUrl: string, credentials: Readonly<Record<string, string>>): Record<string, string>;
  create(context: VendorContext): Vendor;
}
