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
}

export interface JournaledStep {
  readonly runId: string;
  readonly name: string;
  readonly state: string;
  readonly error: string | null;
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
  /** null: the audit of requests is not looked at. */
  readonly audited: readonly AuditedAct[] | null;
}

/** One invariant of the hardening matrix that does not hold. */
export interface Breach {
  readonly invariant: 'I1' | 'I2' | 'I3' | 'I11';
  readonly processId: string | null;
  readonly correlationId: string | null;
  readonly says: string;
}
