import type { NumberedEntry } from '../../sandbox/core/ledger.ts';
import type { VendorName } from '../../sandbox/core/vendor.ts';

/** What the client of a run saw of one mutation; one line of its log, written when the answer is there. */
export interface Acknowledgement {
  readonly at: string;
  /** The mutation. Example: `submitOrder`. */
  readonly act: string;
  readonly principal: string;
  readonly idempotencyKey: string;
  /** ACCEPTED: a process was promised. REFUSED: the answer said no. UNKNOWN: no answer came, so anything may have happened. */
  readonly answer: 'ACCEPTED' | 'REFUSED' | 'UNKNOWN';
  readonly processId: string | null;
  readonly correlationId: string | null;
}

/** One run of the journal, as the database holds it. */
export interface JournaledRun {
  readonly id: string;
  readonly kind: string;
  readonly state: string;
  readonly principalId: string;
  readonly idempotencyKey: string;
  readonly correlationId: string;
  /** Why it was undone, or ended unfinished. */
  readonly reason: string | null;
}

export interface JournaledStep {
  readonly runId: string;
  readonly name: string;
  readonly state: string;
  readonly error: string | null;
}

/** What somebody, or the hub by itself, did about a process that waited as an exception. */
export interface Remedied {
  readonly runId: string;
  /** The step that had failed. */
  readonly step: string;
  /** As in `process.exception`. Example: `SKIPPED`. */
  readonly resolution: string;
  readonly by: string | null;
}

/** A change that was committed and that the world has to be told of. */
export interface OwedEvent {
  /** Of the event's id: all of it, or its beginning up to a colon. Any of them will do. Example: `prc_1:OrderAccepted:`. */
  readonly ids: readonly string[];
  /** What changed. Example: `prc_1 completed`. */
  readonly change: string;
  readonly processId: string | null;
  readonly correlationId: string | null;
}

/** An event of the outbox. */
export interface WrittenEvent {
  readonly eventId: string;
  readonly name: string;
  readonly orderKey: string;
  /** Its data, as JSON text. */
  readonly says: string;
}

/** An event that reached a subscriber; in the order in which they came. */
export interface DeliveredEvent {
  readonly sink: string;
  readonly eventId: string;
  /** The body, or a hash of it. */
  readonly body: string;
}

/** What was told to the world. */
export interface ToldEvents {
  readonly owed: readonly OwedEvent[];
  /** In the order in which they were committed within one order key. */
  readonly written: readonly WrittenEvent[];
  /** Ids as a reader of the outbox is given them, from the beginning to the end. */
  readonly read: readonly string[];
  /** null: nobody subscribed. */
  readonly delivered: readonly DeliveredEvent[] | null;
}

/** One record of the audit of requests: an act that was tried. */
export interface AuditedAct {
  readonly act: string;
  readonly principal: string | null;
  readonly correlationId: string | null;
}

/** All that is known after a run, from the client, from the vendors and from the hub's database. */
export interface Evidence {
  readonly acknowledgements: readonly Acknowledgement[];
  readonly ledgers: Readonly<Record<VendorName, readonly NumberedEntry[]>>;
  readonly runs: readonly JournaledRun[];
  readonly steps: readonly JournaledStep[];
  /** Run ids with an exception that is open. */
  readonly openExceptions: ReadonlySet<string>;
  readonly remedied: readonly Remedied[];
  readonly events: ToldEvents;
  /** null: the audit of requests is not looked at. */
  readonly audited: readonly AuditedAct[] | null;
}

/** One invariant of the hardening matrix that does not hold. */
export interface Breach {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I4' | 'I11';
  readonly processId: string | null;
  readonly correlationId: string | null;
  readonly says: string;
}
