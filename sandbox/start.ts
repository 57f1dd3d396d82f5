import type { Clock } from '../platform/clock.ts';
import type { LedgerEntry, VendorName } from './core/vendor.ts';

export interface SandboxOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Port of the control API and of each vendor; 0 (the default) takes a free one. */
  readonly ports?: Partial<Record<VendorName | 'control', number>>;
  readonly seed?: number;
  /** Default 500. */
  readonly customers?: number;
  /** Added to each call, even by chance between the two. Default 20 to 60; 0 and 0 in tests. */
  readonly latency?: { readonly minMs: number; readonly maxMs: number };
  readonly clock?: Clock;
  /** Where effective writes are kept so that a later start has them again; absent: nowhere. */
  readonly journalFile?: string;
  /** Credentials of an earlier start, by vendor, so that its clients keep working. */
  readonly credentials?: Partial<Record<VendorName, Record<string, string>>>;
}

/** One request that a vendor received, token requests included. */
export interface CallLogEntry {
  readonly sequence: number;
  readonly vendor: VendorName;
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: string;
  /** The request body as text, at most 10,000 characters. */
  readonly body: string;
  readonly status: number | null;
  readonly at: string;
  readonly ms: number;
  readonly correlationId: string | null;
}

export type FaultKind =
  | 'latency'
  | 'refuse'
  | 'hang'
  | 'drip'
  | 'status'
  | 'cut-body'
  | 'wrong-content-type'
  | 'huge-body'
  | 'shape-change'
  | 'apply-then-time-out'
  | 'time-out-without-applying';

export interface Fault {
  readonly vendor: VendorName;
  readonly kind: FaultKind;
  /** Only requests whose `METHOD /path` matches this regular expression; absent: all. */
  readonly match?: string;
  /** How many requests it hits before it ends; absent: until removed. */
  readonly count?: number;
  /** Share of matching requests that it hits, 0 to 1. Default 1. */
  readonly share?: number;
  /** For `latency` and `drip`. */
  readonly ms?: number;
  /** For `status`. */
  readonly status?: number;
  /** For `status`: seconds, or an HTTP date, sent as `Retry-After`. */
  readonly retryAfter?: string;
  /** For `status`: the answer; absent: the vendor's usual error shape is not attempted, the body is empty. */
  readonly body?: string;
  readonly contentType?: string;
}

export interface RunningSandbox {
  readonly url: Readonly<Record<VendorName | 'control', string>>;
  /** Variables by which the hub's connectors reach the four vendors. */
  readonly environment: Readonly<Record<string, string>>;
  readonly credentials: Readonly<Record<VendorName, Record<string, string>>>;
  ledger(vendor: VendorName): readonly (LedgerEntry & { readonly sequence: number; readonly at: string })[];
  calls(): readonly CallLogEntry[];
  clearCalls(): void;
  /** Returns an id by which `removeFault` ends it. */
  addFault(fault: Fault): string;
  removeFaults(): void;
  /** Latency of every vendor from now on. */
  setLatency(latency: { minMs: number; maxMs: number }): void;
  /** All vendors back to the seeded state; ledgers, call log, faults and journal emptied. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the four vendors and the control API, and resolves when all listen. */
export async function startSandbox(_options: SandboxOptions = {}): Promise<RunningSandbox> {
  throw new Error('written by the sandbox core');
}
