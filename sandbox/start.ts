import type { Clock } from '../platform/clock.ts';
import { runSandbox } from './core/run.ts';
import { readSandboxFile, writeSandboxFile } from './core/sandbox-file.ts';
import type { LedgerEntry, RecordEdit, VendorName } from './core/vendor.ts';
import { vendors } from './vendors.ts';

export interface SandboxOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Port of the control API and of each vendor; 0 (the default) takes a free one. */
  readonly ports?: Partial<Record<VendorName | 'control', number>>;
  /** Ports of an earlier start: taken where they are free, else another one is. */
  readonly preferredPorts?: Partial<Record<VendorName | 'control', number>>;
  /** The name under which others reach this host, where it is not `host` itself (a container). */
  readonly publicHost?: string;
  /** Default 1. */
  readonly seed?: number;
  /** Default 500. */
  readonly customers?: number;
  /** Number in the hub id of the first customer. Default 10001. */
  readonly firstHubNumber?: number;
  /** Every system holds the same of every customer who trades. Default false. */
  readonly agreeing?: boolean;
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
  /**
   * For `latency` (default 1000) and for each byte of `drip` (default 100). For `apply-then-time-out` and
   * `time-out-without-applying`: when the connection breaks (default: never, so that the client gives up by itself).
   */
  readonly ms?: number;
  /** For `status`. */
  readonly status?: number;
  /** For `status`: seconds, or an HTTP date, sent as `Retry-After`. */
  readonly retryAfter?: string;
  /** For `status`: the answer; absent: the vendor's usual error shape is not attempted, the body is empty. For `wrong-content-type`: instead of the vendor's answer. */
  readonly body?: string;
  /** For `status`, and for `wrong-content-type` (default `text/html`). */
  readonly contentType?: string;
  /** For `shape-change`: the field to change, as in `data.0.amount` or `amount`; absent: another one at each hit. */
  readonly field?: string;
}

/** Example: `{ vendor: 'salesforce', method: 'PATCH', path: '/services/data/v66.0/sobjects/Account/001…', body: { Website: '…' } }`. */
export interface PersonsAct {
  readonly vendor: VendorName;
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With its query. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** JSON, or text as the vendor takes it (Stripe: a form). */
  readonly body?: string | Readonly<Record<string, unknown>> | undefined;
}

export interface RunningSandbox {
  /** Somebody at the vendor, who is not the hub, asks something of its API: no credential, latency or fault, and not in the log. */
  asPerson(act: PersonsAct): Promise<{ readonly status: number; readonly body: string }>;
  readonly url: Readonly<Record<VendorName | 'control', string>>;
  /** Variables by which the hub's connectors reach the four vendors. */
  readonly environment: Readonly<Record<string, string>>;
  readonly credentials: Readonly<Record<VendorName, Record<string, string>>>;
  readonly replayed: {
    /** Writes of earlier starts that were played back from the journal. */
    readonly writes: number;
    /** How many of them the vendor did not take again. */
    readonly refused: number;
    /** Where the journal went that was found but belongs to another seed or number of customers; null: none was. */
    readonly setAside: string | null;
  };
  ledger(vendor: VendorName): readonly (LedgerEntry & { readonly sequence: number; readonly at: string })[];
  calls(): readonly CallLogEntry[];
  clearCalls(): void;
  /** Returns an id by which `removeFault` ends it. @throws SyntaxError when `match` is not a regular expression */
  addFault(fault: Fault): string;
  /** Whether there was such a fault. */
  removeFault(id: string): boolean;
  removeFaults(): void;
  /** Latency of every vendor from now on. */
  setLatency(latency: { minMs: number; maxMs: number }): void;
  /** Changes a record behind everybody's back. @throws Error when there is no such record */
  edit(vendor: VendorName, change: RecordEdit): void;
  /** All vendors back to the seeded state; ledgers, call log, faults and journal emptied. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** Starts the four vendors and the control API, and resolves when all listen. */
export const startSandbox = (options: SandboxOptions = {}): Promise<RunningSandbox> => runSandbox(vendors, options);

/**
 * The same, remembered in a file (mode 0600): URLs, the connectors' environment and credentials. A start that finds the
 * file goes on with its credentials, and with its ports where they are free, so that clients need not learn new ones.
 */
export async function startKeptSandbox(file: string, options: SandboxOptions = {}): Promise<RunningSandbox> {
  const kept = readSandboxFile(file);
  const sandbox = await startSandbox({ ...kept, ...options });
  writeSandboxFile(file, sandbox);
  return sandbox;
}
