import { createHash } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, writeSync } from 'node:fs';
import type { Judged, Problem } from './import-kinds.ts';

/** What became of a row. INVALID: it was not sent. FAILED: the hub could not say; asked again it may. */
export type Outcome = Judged['outcome'] | 'INVALID' | 'FAILED';

export interface Result {
  readonly line: number;
  readonly ref: string | null;
  readonly outcome: Outcome;
  readonly processId: string | null;
  readonly problems: readonly Problem[];
  /** Of the row as it was sent: a row that was changed since is sent again. */
  readonly digest: string | null;
}

export const digestOf = (row: unknown): string => createHash('sha256').update(JSON.stringify(row)).digest('base64url');

/** A file with a line of JSON for each row that was dealt with. */
export interface Results {
  isDone(ref: string, digest: string): boolean;
  /** On its way to disk when it returns: what a crash loses is asked again, and is then KNOWN. */
  note(result: Result): void;
  close(): void;
}

/** @param goOn whether what the file says of an earlier run counts; else it is written anew */
export function openResults(file: string, goOn: boolean): Results {
  const done = new Map<string, string>();
  if (goOn && existsSync(file)) {
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const { ref, outcome, digest } = resultOf(line);
      if (ref != null && digest != null && (outcome === 'NEW' || outcome === 'KNOWN')) done.set(ref, digest);
    }
  }
  const open = openSync(file, goOn ? 'a' : 'w', 0o600); // it may tell of customers
  return {
    isDone: (ref, digest) => done.get(ref) === digest,
    note: (result) => void writeSync(open, `${JSON.stringify(result)}\n`),
    close: () => closeSync(open),
  };
}

/** The last line of a run that was killed may be half of one. */
function resultOf(line: string): Partial<Result> {
  try {
    return JSON.parse(line) as Partial<Result>; // written by `note`
  } catch {
    return {};
  }
}
