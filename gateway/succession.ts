import type { Logger } from '../platform/log.ts';
import type { Generation } from './generation.ts';

export interface SuccessionOptions {
  /** Builds the generation of a supergraph. @throws SupergraphRefused */
  readonly build: (supergraphSdl: string) => Promise<Generation>;
  /** Longest that a request may still use the generation on which it began. */
  readonly drainMs: number;
  readonly log: Logger;
}

/** One generation serves at a time. The next is built beside it, takes its place at once, and the old one ends its requests. */
export interface Succession {
  /** Takes part in the generation that serves now; null where there is none yet. Whoever takes part has to leave, once. */
  enter(): { readonly generation: Generation; leave(): void } | null;
  /** Whether a generation serves. */
  serves(): boolean;
  /** Puts the supergraph in place of the present one, which stays where the new one is refused. @throws SupergraphRefused */
  update(supergraphSdl: string): Promise<void>;
  /** Closes every generation, used or not. */
  close(): Promise<void>;
}

/** A generation and how many requests are on it. */
interface Reign {
  readonly generation: Generation;
  requests: number;
  /** Set once another has taken over: called when the last request has left. */
  ended?: () => void;
}

export function createSuccession({ build, drainMs, log }: SuccessionOptions): Succession {
  let current: Reign | null = null;
  let closed = false;
  let updating: Promise<unknown> = Promise.resolve();
  const retiring = new Set<() => Promise<void>>();

  /** Closes a generation when its last request has left, or when none may still be on it. */
  const retire = (reign: Reign): void => {
    let timer: NodeJS.Timeout | undefined;
    let closing: Promise<void> | undefined;
    const end = (): Promise<void> => {
      clearTimeout(timer);
      closing ??= reign.generation.close().then(
        () => void retiring.delete(end),
        (error) => {
          retiring.delete(end);
          log.error({ err: error }, 'An old supergraph could not be closed in order');
        },
      );
      return closing;
    };
    retiring.add(end);
    reign.ended = () => void end();
    if (reign.requests === 0) void end();
    else timer = setTimeout(() => void end(), drainMs).unref();
  };

  const take = async (supergraphSdl: string): Promise<void> => {
    if (closed || supergraphSdl === current?.generation.supergraphSdl) return;
    const generation = await build(supergraphSdl);
    if (closed) return generation.close();
    const before = current;
    current = { generation, requests: 0 };
    if (before !== null) retire(before);
  };

  return {
    enter() {
      if (current === null) return null;
      const reign = current;
      reign.requests += 1;
      return {
        generation: reign.generation,
        leave() {
          reign.requests -= 1;
          if (reign.requests === 0) reign.ended?.();
        },
      };
    },
    serves: () => current !== null,
    update(supergraphSdl) {
      // One after the other, in the order in which they came: the last one that holds is the one that serves.
      const taken = updating.then(() => take(supergraphSdl));
      updating = taken.catch(() => {}); // told to who asked for it
      return taken;
    },
    async close() {
      closed = true;
      await updating;
      if (current !== null) retire(current);
      await Promise.all([...retiring].map((end) => end()));
    },
  };
}
