import type { RowScope } from './principal.ts';

/** How a read of a system was answered, as `extensions.sources` shows it. */
export type SourceState = 'FRESH' | 'CACHED' | 'STALE' | 'UNAVAILABLE' | 'THROTTLED' | 'FORBIDDEN';

export interface SourceNote {
  readonly system: string;
  readonly state: SourceState;
  /** When the value left the system, RFC 3339. */
  readonly asOf?: string;
  /** Time spent waiting for the system. */
  readonly ms?: number;
  /** Requests that went over the wire. */
  readonly calls?: number;
}

/**
 * Kinds of work, by who goes first where a system is short of places or of its quota: somebody waits for the answer; a process
 * goes on; the hub reads on its own account (feeds, reconciliation, the refreshing of what it keeps).
 */
export const WORK = ['INTERACTIVE', 'PROCESS', 'BACKGROUND'] as const;
export type Work = (typeof WORK)[number];

/** What every request to a system carries: who it is for, how long there is, and where to note how it went. */
export interface Call {
  readonly correlationId: string;
  /** Aborted at the request's deadline, and when the client leaves. */
  readonly signal: AbortSignal;
  /** Collects how each system answered; absent where nobody asks. */
  readonly note?: (note: SourceNote) => void;
  /** Do not take the answer from a cache, and put what comes into it. */
  readonly fresh?: boolean;
  /** Default INTERACTIVE. */
  readonly work?: Work;
  /**
   * Called by whatever sends, right before each request over the wire: waits for the request's place in the system's quota.
   * Set by platform/port/resilient.ts. @throws THROTTLED where there is none in time, and nothing may be sent
   */
  readonly admit?: () => Promise<void> | undefined;
  /**
   * The customers that whoever asks may see; absent or null: every customer, as for the hub itself. Set where a subgraph is
   * asked for a caller (`asSeenBy`), and obeyed by every port (platform/rows/in-rows.ts).
   */
  readonly rows?: RowScope | null;
}

/** A call that changes something. */
export interface WriteCall extends Call {
  /** Idempotency key of this effect: the same key never takes effect twice. Printable ASCII, at most 200 characters. */
  readonly key: string;
  /** The system on whose behalf the write is made; the ownership wrapper compares it with the owner. */
  readonly actingFor: string;
  /** Nothing was ever sent under this key, so looking it up would find nothing. Default: it may have been. */
  readonly isFirst?: boolean;
}
