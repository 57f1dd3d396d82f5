import {
  closeSync,
  existsSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

/** A write that a vendor took, as it came. */
const Written = z.object({
  vendor: z.enum(['salesforce', 'netsuite', 'stripe', 'zendesk']),
  method: z.string(),
  url: z.string(),
  headers: z.record(z.string(), z.string()),
  body: z.string(),
  at: z.string(),
});
export type Written = z.infer<typeof Written>;

/** The world in which the writes were made; played back in another one they would hit other records. */
const Ground = z.object({ seed: z.number(), customers: z.number(), today: z.string() });
export type Ground = z.infer<typeof Ground>;

/**
 * One JSON line for the ground, then one for each write, appended before the answer leaves and handed to the operating
 * system without waiting for the disk: it outlives a killed process, not a lost machine.
 */
export interface Journal {
  append(written: Written): void;
  /** Forgets every write. */
  empty(): void;
  close(): void;
}

export interface KeptJournal {
  readonly ground: Ground | null;
  readonly writes: readonly Written[];
  /** Bytes up to the end of the last whole line. */
  readonly bytes: number;
}

/**
 * Reads up to the first line that is cut: what a killed process had begun to write.
 * @throws Error when the file is something else, which must not be written over
 */
export function readJournal(file: string): KeptJournal {
  if (!existsSync(file)) return { ground: null, writes: [], bytes: 0 };
  const text = readFileSync(file, 'utf8');
  if (!text.startsWith(BEGINNING.slice(0, text.length))) throw notAJournal(file);
  const writes: Written[] = [];
  let ground: Ground | null = null;
  let bytes = 0;
  for (let start = 0, end = text.indexOf('\n'); end >= 0; start = end + 1, end = text.indexOf('\n', start)) {
    const line = text.slice(start, end);
    const entry = parsed(line);
    if (ground === null) {
      const read = Ground.safeParse(entry);
      if (!read.success) throw notAJournal(file);
      ground = read.data;
    } else {
      const read = Written.safeParse(entry);
      if (!read.success) break;
      writes.push(read.data);
    }
    bytes += Buffer.byteLength(line) + 1;
  }
  return { ground, writes, bytes };
}

/** Of the first line, as `openJournal` writes it. */
const BEGINNING = '{"seed":';

const notAJournal = (file: string): Error => new Error(`${file} is not a journal of the sandbox; name another file`);

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined; // a torn line ends the journal
  }
}

/** Goes on after the first `keepBytes` of the file; 0 begins it anew. */
export function openJournal(file: string, ground: Ground, keepBytes: number): Journal {
  mkdirSync(dirname(file), { recursive: true });
  let descriptor = openSync(file, 'a', 0o600);
  const begin = (bytes: number): void => {
    ftruncateSync(descriptor, bytes);
    if (bytes === 0) writeSync(descriptor, `${JSON.stringify(Ground.parse(ground))}\n`);
  };
  begin(keepBytes);
  return {
    append: (written) => {
      if (descriptor >= 0) writeSync(descriptor, `${JSON.stringify(written)}\n`);
    },
    empty: () => {
      if (descriptor >= 0) begin(0);
    },
    close: () => {
      if (descriptor >= 0) closeSync(descriptor);
      descriptor = -1;
    },
  };
}

interface OpenedJournal {
  readonly journal: Journal | null;
  readonly writes: readonly Written[];
  readonly today: string;
  /** Where the journal of another world went. */
  readonly setAside: string | null;
}

/**
 * The journal of an earlier start, opened to be continued, with what has to be played back and the day on which its
 * world stands. A journal of another world is put aside under another name: played back in this one it would hit other
 * records. @throws Error when the file is not a journal
 */
export function openKeptJournal(file: string | undefined, wanted: Ground): OpenedJournal {
  if (file === undefined) return { journal: null, writes: [], today: wanted.today, setAside: null };
  const { ground, writes, bytes } = readJournal(file);
  const same = ground !== null && ground.seed === wanted.seed && ground.customers === wanted.customers;
  if (same && writes.length > 0) {
    return { journal: openJournal(file, ground, bytes), writes, today: ground.today, setAside: null };
  }
  const setAside =
    ground === null || same || writes.length === 0 ? null : `${file}.seed-${ground.seed}-customers-${ground.customers}`;
  if (setAside !== null) renameSync(file, setAside);
  return { journal: openJournal(file, wanted, 0), writes: [], today: wanted.today, setAside };
}
