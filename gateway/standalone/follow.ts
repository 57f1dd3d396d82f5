import { ConfigError } from '../../platform/config.ts';
import type { Logger } from '../../platform/log.ts';
import type { SupergraphSource } from './source.ts';

export interface FollowOptions {
  readonly source: SupergraphSource;
  /** null: only when it is told to look. */
  readonly pollMs: number | null;
  /** Takes a supergraph up. @throws Error that says why it cannot */
  readonly take: (supergraphSdl: string) => Promise<void>;
  readonly log: Logger;
}

/** Keeps the graph as its source has it. */
export interface Following {
  /** Looks at once, and again until nothing has changed since it was asked. Never rejects: what fails is in the log. */
  look(): Promise<void>;
  close(): void;
}

/**
 * Looks for the first time, then again as often as it is told. What cannot be read, or cannot be taken up, is logged when it
 * begins to be so, and leaves in place what was there.
 * @throws ConfigError where the first cannot be had and nobody looks again
 */
export async function followSupergraph({ source, pollMs, take, log }: FollowOptions): Promise<Following> {
  const { place } = source;
  let failing = false;
  let running: Promise<void> | undefined;
  let again = false;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const takeNew = async (supergraphSdl: string): Promise<void> => {
    await take(supergraphSdl);
    log.info({ place }, 'The supergraph is served');
  };
  const read = async (): Promise<string | null> => {
    try {
      const text = await source.read();
      if (failing) log.info({ place }, 'The supergraph can be read again');
      failing = false;
      return text;
    } catch (error) {
      if (!failing) log.error({ place, why: reasonOf(error) }, 'The supergraph cannot be read; the present one stays');
      failing = true;
      return null;
    }
  };
  const lookOnce = async (): Promise<void> => {
    const text = await read();
    if (text === null || closed) return;
    try {
      await takeNew(text);
    } catch (error) {
      log.error({ place, why: reasonOf(error) }, 'The new supergraph is refused; the present one stays');
    }
  };
  const look = (): Promise<void> => {
    again = running !== undefined;
    running ??= (async () => {
      do {
        again = false;
        await lookOnce();
      } while (again && !closed);
    })().finally(() => {
      running = undefined;
    });
    return running;
  };
  const later = (): void => {
    if (pollMs === null || closed) return;
    timer = setTimeout(() => void look().then(later), pollMs);
  };

  if (pollMs === null) {
    const text = await source.read().catch((error) => {
      throw new ConfigError([`${place}: cannot be read: ${reasonOf(error)}`]);
    });
    await takeNew(text ?? '').catch((error) => {
      throw new ConfigError([`${place}: is refused: ${reasonOf(error)}`]);
    });
  } else {
    await look();
    later();
  }
  return {
    look,
    close() {
      closed = true; // a source that hangs may go on: nobody takes what it brings
      clearTimeout(timer);
    },
  };
}

function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: unknown; code?: unknown };
  return typeof message === 'string' && message !== '' ? message : String(code ?? error);
}
