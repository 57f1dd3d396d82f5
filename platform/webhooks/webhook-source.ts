/** A vendor that sends webhooks. */
export interface WebhookSource {
  /** In the address: `/webhooks/<name>`. Example: `stripe`. */
  readonly name: string;
  /** Whose records are out of date when it speaks, as in the graph's `System`. */
  readonly system: string;
  /** All that it may tell the world, by the names of the hub's events. */
  readonly tells: readonly string[];
  /** Whether the vendor signed just this body, lately. Takes as long for a wrong signature as for a right one. */
  isGenuine(webhook: SignedWebhook): boolean;
  /** Reads the body of a genuine webhook, just judged or kept since. @throws CONTRACT_BROKEN for what was never promised */
  read(rawBody: Buffer): Inbound;
}

export interface SignedWebhook {
  /** As received: one changed byte breaks the signature. */
  readonly rawBody: Buffer;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/** What a webhook or a feed tells, in the hub's words. It holds ids and no values: those are read again from their system. */
export interface Inbound {
  /** Unique at its vendor; the same event may come more than once. */
  readonly eventId: string;
  /** As the vendor names it. */
  readonly type: string;
  /** When it happened, RFC 3339. */
  readonly occurredAt: string;
  /** The record that it is about; events of one record are applied in their order. Example: `subscription:sub_1`. */
  readonly entity: string;
  /** What is out of date now, as the port's methods name their subjects. */
  readonly subjects: readonly string[];
  /** The vendor's id of the customer whom it is about. */
  readonly customerId: string | null;
  /** The key of the write that caused it, where the vendor tells it: the hub's own writes are known by it. */
  readonly causedByKey: string | null;
  /** The vendor says that the hub itself made this change: by its user, where it tells no key. */
  readonly byHub?: true;
  /**
   * It tells what the record is like since `occurredAt`, not of one change: known already where that instant or a later one
   * was told, and everything up to it is known by it.
   */
  readonly state?: true;
  /** What the world is told; null: nothing, it only makes records out of date. */
  readonly tells: string | null;
}
