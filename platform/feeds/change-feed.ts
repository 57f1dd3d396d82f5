import type { Call } from '../call.ts';
import type { Inbound } from '../webhooks/webhook-source.ts';

/**
 * A vendor that is asked what changed. Of one without webhooks this is how the hub hears of anything; of one with webhooks
 * it brings what they did not.
 */
export interface ChangeFeed {
  /** The inbox keeps its changes under this name; where the vendor sends webhooks, it is theirs. Example: `salesforce`. */
  readonly name: string;
  /** Whose records are out of date when it speaks, as in the graph's `System`. */
  readonly system: string;
  /** All that it may tell the world, by the names of the hub's events. */
  readonly tells: readonly string[];
  /**
   * The next changes after a cursor, oldest first within each record; `null` begins a little before now. Tells a change again
   * rather than none: each has the same `eventId` every time. Bounded: at most some thousand changes.
   * @throws HubError
   */
  read(cursor: Cursor | null, call: Call): Promise<FeedPage>;
  close(): Promise<void>;
}

/** How far a feed was read. Only the feed that made it knows what it means; kept as JSON. */
export type Cursor = Readonly<Record<string, unknown>>;

export interface FeedPage {
  readonly changes: readonly Inbound[];
  /** Goes on behind these changes. */
  readonly cursor: Cursor;
  /** There is more already. */
  readonly more: boolean;
}
