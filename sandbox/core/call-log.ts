import type { CallLogEntry } from '../start.ts';

export type OpenCall = { -readonly [Name in keyof CallLogEntry]: CallLogEntry[Name] };

/** The last requests that the vendors received, oldest first. */
export interface CallLog {
  /** Notes the request as it arrives; who answers fills in status and time before the answer leaves. */
  open(call: Omit<CallLogEntry, 'sequence' | 'status' | 'ms'>): OpenCall;
  all(): readonly CallLogEntry[];
  clear(): void;
}

const CAPACITY = 20_000;

export function createCallLog(capacity = CAPACITY): CallLog {
  let sequence = 0;
  let kept: OpenCall[] = [];
  return {
    open: (call) => {
      sequence += 1;
      const entry = { sequence, ...call, status: null, ms: 0 };
      kept.push(entry);
      if (kept.length >= capacity * 2) kept = kept.slice(-capacity); // seldom, rather than a shift for each call
      return entry;
    },
    all: () => kept.slice(-capacity),
    clear: () => {
      kept = [];
    },
  };
}
