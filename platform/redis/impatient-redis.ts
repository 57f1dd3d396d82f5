import { type ChainableCommander, Redis } from 'ioredis';
import type { Logger } from '../log.ts';

/** Longest wait for one command. */
const COMMAND_TIMEOUT_MS = 50;
/** How long Redis is not asked after it failed to answer: a slow one costs its deadline once, not in each request. */
const ALONE_MS = 1_000;

/** Redis for what goes on without it: nobody waits long, and nothing fails because of it. */
export interface ImpatientRedis {
  /** Redis's answer, or the fallback where there is none in time. */
  tried<T>(run: (redis: Redis) => Promise<T>, fallback: T): Promise<T>;
  /** Whether it would be asked now. */
  usable(): boolean;
  close(): void;
}

export interface ImpatientOptions {
  readonly url: string;
  /** What goes on alone while Redis does not answer, for the log. Example: `records are kept`. */
  readonly what: string;
  readonly log: Logger;
  /** Called each time that it can be asked again. */
  readonly onReady?: () => void;
}

/** Without a queue: what cannot be sent now is not sent later. */
const RECONNECT = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  retryStrategy: (times: number) => Math.min(times * 200, 2_000),
} as const;

export function createImpatientRedis({ url, what, log, onReady }: ImpatientOptions): ImpatientRedis {
  const redis = new Redis(url, { ...RECONNECT, commandTimeout: COMMAND_TIMEOUT_MS });
  let aloneUntil = 0;
  let complained = false;
  const complain = (error: unknown) => {
    if (!complained) log.warn({ err: error }, `${what} in each process alone while Redis does not answer`);
    complained = true;
  };
  redis.on('error', complain);
  redis.on('ready', () => {
    complained = false;
    aloneUntil = 0;
    onReady?.();
  });
  const usable = () => redis.status === 'ready' && performance.now() >= aloneUntil;
  return {
    usable,
    async tried(run, fallback) {
      if (!usable()) return fallback;
      try {
        return await run(redis);
      } catch (error) {
        complain(error);
        // A full Redis answers at once, and still tells what it has; one that is late is left alone.
        if (!isRefusal(error)) aloneUntil = performance.now() + ALONE_MS;
        return fallback;
      }
    },
    close: () => redis.disconnect(),
  };
}

/**
 * A connection that hears one channel, again by itself whenever Redis is back. ioredis would subscribe again too, and leaves its
 * promise to nobody: Redis going away meanwhile would be an unhandled rejection, and the end of the process.
 * @param joined called whenever it hears from now on; what was said before was not heard
 */
export function hearing(url: string, channel: string, heard: (message: string) => void, joined: () => void): Redis {
  const redis = new Redis(url, {
    ...RECONNECT,
    autoResubscribe: false,
    enableOfflineQueue: true,
    maxRetriesPerRequest: null,
  });
  redis.on('error', () => {}); // told by the connection that asks
  redis.on('ready', () => void redis.subscribe(channel).then(joined, () => {})); // it closed again, and comes again
  redis.on('message', (_channel, message) => heard(message));
  return redis;
}

/** Redis answered, and said no. */
const isRefusal = (error: unknown): boolean => (error as { name?: unknown } | null)?.name === 'ReplyError';

/** Runs a pipeline. @throws the first error that is no answer of Redis; of those that are, each command tells its own */
export async function executed(pipeline: ChainableCommander): Promise<[error: Error | null, answer: unknown][]> {
  const answers = (await pipeline.exec()) ?? [];
  const failure = answers.find(([error]) => error !== null && !isRefusal(error))?.[0];
  if (failure) throw failure;
  return answers;
}
