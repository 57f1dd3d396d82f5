import type { Call } from '../../platform/call.ts';
import { errorCode, HubError } from '../../platform/errors.ts';
import type { Logger } from '../../platform/log.ts';
import type { DirectoryEntry, Page } from '../../platform/page.ts';
import { pause } from '../../platform/pause.ts';
import type { LinkedSystem } from '../../subgraphs/identity/model.ts';
import type { IdentityPort } from '../../subgraphs/identity/port.ts';

/** A system's customers, page by page in a stable order; it may answer fewer than `first` when its vendor gives no more. */
export type Directory = (page: { first: number; after: string | null }, call: Call) => Promise<Page<DirectoryEntry>>;

export type Directories = Partial<Record<LinkedSystem, Directory>>;

export interface TakenIn {
  readonly system: LinkedSystem;
  readonly linked: number;
  /** Entries without a correlation key; stewards find them in `identity.unmatched`. */
  readonly unmatched: number;
  /** Whether the directory was read to its end. */
  readonly complete: boolean;
}

export interface TakeInOptions {
  readonly identity: IdentityPort;
  readonly directories: Directories;
  readonly log: Logger;
  /** Its signal ends the work. */
  readonly call: Call;
  /** Waits; injected so that tests need not. */
  readonly wait?: (ms: number, signal: AbortSignal) => Promise<unknown>;
  /** Waits between tries of one page before the system is given up for this round. Default 0.5, 2 and 5 seconds. */
  readonly retryAfterMs?: readonly number[];
}

/** Entries asked for at once, and written at once. */
const AT_ONCE = 1_000;
/** Entries between two lines of progress in the log. */
const PROGRESS_EVERY = 10_000;
/** Pauses before a system that was down is tried again; the last one repeats. */
const LATER_MS = [15_000, 60_000, 300_000];

/**
 * Takes every system's directory into the register, all systems at once, a page of each in memory. A system that is down
 * ends short (`complete: false`) and does not hold up the others. What was taken in stays: saying it again changes nothing.
 */
export function takeInDirectories(options: TakeInOptions): Promise<TakenIn[]> {
  const walks = Object.entries(options.directories) as [LinkedSystem, Directory][]; // its keys by type
  return Promise.all(walks.map(([system, directory]) => walk(system, directory, options)));
}

/** `takeInDirectories`, again for the systems that were down, until each was read once or the call's signal says stop. */
export async function takeInUntilComplete(options: TakeInOptions): Promise<TakenIn[]> {
  const { call, log, wait = pause } = options;
  const done: TakenIn[] = [];
  let left = options.directories;
  for (let round = 0; ; round += 1) {
    const taken = await takeInDirectories({ ...options, directories: left });
    done.push(...taken.filter(({ complete }) => complete));
    const missing = taken.filter(({ complete }) => !complete);
    if (missing.length === 0 || call.signal.aborted) return [...done, ...missing];
    left = Object.fromEntries(missing.map(({ system }) => [system, options.directories[system]]));
    const ms = LATER_MS[Math.min(round, LATER_MS.length - 1)] ?? 0;
    log.warn({ systems: Object.keys(left), againInMs: ms }, 'some directories could not be read; trying again later');
    await wait(ms, call.signal);
  }
}

async function walk(system: LinkedSystem, directory: Directory, options: TakeInOptions): Promise<TakenIn> {
  const { identity, log, call } = options;
  const startedAt = performance.now();
  let linked = 0;
  let unmatched = 0;
  let told = 0;
  const write = async (entries: DirectoryEntry[]): Promise<void> => {
    const taken = await identity.takeIn({ system, entries }, call);
    linked += taken.linked;
    unmatched += taken.unmatched;
    if (linked + unmatched - told < PROGRESS_EVERY) return;
    told = linked + unmatched;
    log.info({ system, entries: told }, 'taking in customers');
  };
  try {
    let waiting: DirectoryEntry[] = [];
    for (let after: string | null = null, more = true; more; ) {
      const page: Page<DirectoryEntry> = await readPage(directory, after, options);
      waiting.push(...page.entries);
      more = page.hasMore && page.endCursor !== after;
      after = page.endCursor;
      if (waiting.length >= AT_ONCE || !more) {
        await write(waiting);
        waiting = [];
      }
    }
    log.info({ system, linked, unmatched, ms: Math.round(performance.now() - startedAt) }, 'customers taken in');
    return { system, linked, unmatched, complete: true };
  } catch (error) {
    log.warn({ system, linked, unmatched, err: error }, 'a directory could not be read to its end');
    return { system, linked, unmatched, complete: false };
  }
}

async function readPage(
  directory: Directory,
  after: string | null,
  options: TakeInOptions,
): Promise<Page<DirectoryEntry>> {
  const { call, wait = pause, retryAfterMs = [500, 2_000, 5_000] } = options;
  for (const pauseMs of retryAfterMs) {
    call.signal.throwIfAborted();
    try {
      return await directory({ first: AT_ONCE, after }, call);
    } catch (error) {
      if (!(error instanceof HubError && error.retryable)) throw error;
      const askedMs = errorCode(error) === 'THROTTLED' ? (error.retryAfterMs ?? 0) : 0;
      await wait(Math.max(pauseMs, Math.min(askedMs, 60_000)), call.signal);
    }
  }
  return directory({ first: AT_ONCE, after }, call);
}
