import { z } from 'zod';
import { type Environment, intBetween, readConfig } from '../../platform/config.ts';
import { SETTINGS } from '../../platform/settings.ts';
import type { EventStream } from './event-stream.ts';
import { natsStream } from './nats-stream.ts';
import { redisStream } from './redis-stream.ts';

const Shape = z.object({
  EVENTS_REDIS_URL: SETTINGS.redisUrl.optional(),
  EVENTS_REDIS_STREAM: z
    .string()
    .regex(/^[\w:.{}-]{1,100}$/, 'must be the key of a stream, like concord:events')
    .default('concord:events'),
  EVENTS_REDIS_MAX_LENGTH: intBetween(1_000, 100_000_000).default(1_000_000),
  EVENTS_NATS_URL: z
    .url({ protocol: /^(nats|tls)$/, error: 'must be a NATS URL, like nats://user:password@127.0.0.1:4222' })
    .optional(),
  EVENTS_NATS_STREAM: z
    .string()
    .regex(/^[\w-]{1,60}$/, 'must be the name of a stream, like CONCORD')
    .default('CONCORD'),
});

/** The streams that are told every event: those whose address is set; none is connected yet. @throws ConfigError with every problem */
export function eventStreams(env: Environment): readonly EventStream[] {
  const read = readConfig(Shape, env);
  return [
    ...(read.EVENTS_REDIS_URL === undefined
      ? []
      : [
          redisStream({
            url: read.EVENTS_REDIS_URL,
            key: read.EVENTS_REDIS_STREAM,
            maxLength: read.EVENTS_REDIS_MAX_LENGTH,
          }),
        ]),
    ...(read.EVENTS_NATS_URL === undefined
      ? []
      : [natsStream({ url: read.EVENTS_NATS_URL, stream: read.EVENTS_NATS_STREAM })]),
  ];
}
