import cluster, { type Worker } from 'node:cluster';
import type { Logger } from '../../platform/log.ts';
import type { ToPrimary, ToWorker } from './crew-messages.ts';

/** Processes that serve one port together, each the whole gateway. The primary reads the supergraph and hands it to each. */
export interface Crew {
  /** Hands a supergraph to every worker. @throws Error that says why they refuse it */
  take(supergraphSdl: string): Promise<void>;
  /** Lets the workers listen; done when each does. */
  open(): Promise<void>;
  /** Rejects when a worker ends before all listened: then the others would not come far either. */
  readonly failed: Promise<never>;
  /** Ends all. What does not end is killed before the primary's own time is over. */
  close(): Promise<void>;
}

export interface CrewOptions {
  readonly workers: number;
  readonly log: Logger;
}

/** Below platform/lifecycle.ts, which ends the primary after 9 s. */
const KILL_AFTER_MS = 8_000;
/** A worker that says nothing of a supergraph for so long holds up no further one. */
const ANSWER_WITHIN_MS = 60_000;
/** Waits between replacements of workers that end soon after their start. */
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 10_000;
const LIVED_LONG_MS = 30_000;

/** A supergraph that was handed out and not yet answered by all. */
interface Offer {
  readonly number: number;
  readonly supergraphSdl: string;
  readonly unanswered: Set<Worker>;
  accepted: boolean;
  refused: string | null;
  readonly settle: () => void;
}

export function startCrew({ workers, log }: CrewOptions): Crew {
  const listening = new Set<Worker>();
  const timers = new Set<NodeJS.Timeout>();
  const allListen = Promise.withResolvers<void>();
  const failed = Promise.withResolvers<never>();
  failed.promise.catch(() => {}); // also where nobody waits for it any more
  let served: string | null = null;
  let offer: Offer | null = null;
  let numbers = 0;
  let opened = false;
  let started = false;
  let closing = false;
  let shortLives = 0;

  const send = (worker: Worker, message: ToWorker): void => {
    if (worker.isConnected()) worker.send(message);
  };
  const settled = (): void => {
    if (offer === null || offer.unanswered.size > 0) return;
    if (offer.accepted) served = offer.supergraphSdl;
    const { settle } = offer;
    offer = null;
    settle();
  };
  const onMessage = (worker: Worker, message: ToPrimary): void => {
    if (message.kind === 'hello') {
      if (served !== null) send(worker, { kind: 'take', number: 0, supergraphSdl: served });
      if (offer !== null) send(worker, { kind: 'take', number: offer.number, supergraphSdl: offer.supergraphSdl });
      if (opened) send(worker, { kind: 'open' });
    } else if (offer?.number === message.number) {
      if (message.refused === null) offer.accepted = true;
      else offer.refused = message.refused;
      offer.unanswered.delete(worker);
      settled();
    }
  };

  const start = (): void => {
    const worker = cluster.fork();
    const since = performance.now();
    worker.on('message', (message: ToPrimary) => onMessage(worker, message)); // only crew-member.ts sends here
    worker.on('listening', () => {
      listening.add(worker);
      if (listening.size < workers) return;
      started = true;
      allListen.resolve();
    });
    worker.on('exit', (code, signal) => {
      listening.delete(worker);
      offer?.unanswered.delete(worker);
      settled();
      if (closing) return;
      if (!started) return failed.reject(new Error('A worker could not start; its reason stands above'));
      replace(worker, performance.now() - since, signal ?? code);
    });
  };
  const replace = (worker: Worker, livedMs: number, end: string | number): void => {
    shortLives = livedMs < LIVED_LONG_MS ? shortLives + 1 : 0;
    const inMs = shortLives <= 1 ? 0 : Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (shortLives - 2));
    log.error({ worker: worker.process.pid, end, inMs }, 'A worker ended; another takes its place');
    const timer = setTimeout(() => {
      timers.delete(timer);
      start();
    }, inMs);
    timers.add(timer);
  };

  for (let count = 0; count < workers; count += 1) start();
  return {
    failed: failed.promise,
    take(supergraphSdl) {
      numbers += 1;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const living = members();
      const mine: Offer = {
        number: numbers,
        supergraphSdl,
        unanswered: new Set(living),
        accepted: false,
        refused: null,
        settle: () => {
          clearTimeout(timer);
          if (mine.accepted) resolve();
          else reject(new Error(mine.refused ?? 'no worker lived to answer'));
        },
      };
      const timer = setTimeout(() => {
        log.error({ workers: mine.unanswered.size }, 'Workers do not answer to a new supergraph');
        mine.unanswered.clear();
        settled();
      }, ANSWER_WITHIN_MS);
      offer = mine;
      for (const worker of living) send(worker, { kind: 'take', number: mine.number, supergraphSdl });
      settled();
      return promise;
    },
    open() {
      opened = true;
      for (const worker of members()) send(worker, { kind: 'open' });
      return allListen.promise;
    },
    async close() {
      closing = true;
      for (const timer of timers) clearTimeout(timer);
      const ends = members().map((worker) => ended(worker));
      await Promise.all(ends);
    },
  };
}

const members = (): Worker[] => Object.values(cluster.workers ?? {}).filter((worker) => worker !== undefined);

/** Asks a worker to end, and sees to it. */
function ended(worker: Worker): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => worker.process.kill('SIGKILL'), KILL_AFTER_MS);
  worker.once('exit', () => {
    clearTimeout(timer);
    resolve();
  });
  worker.process.kill('SIGTERM');
  return promise;
}
