import { lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { Agent, request } from 'undici';
import type { Clock } from '../../platform/clock.ts';
import { retryAfterMs } from '../../platform/http/retry-after.ts';
import type { DeliverSettings } from './config.ts';
import { signedHeaders } from './sign.ts';
import { checkedTarget, isReachable } from './target.ts';

export interface Message {
  /** `webhook-id`; the same at every delivery of the event. */
  readonly id: string;
  /** JSON. */
  readonly body: string;
}

/** What came of one attempt. */
export interface Attempt {
  readonly delivered: boolean;
  /** HTTP status; null: there was no answer. */
  readonly status: number | null;
  /** Why it was not delivered; null: it was. For the subscriber: nothing of the network behind it is told. */
  readonly reason: string | null;
  /** How long the receiver asks to be left alone. */
  readonly retryAfterMs: number | null;
  readonly ms: number;
}

export interface Sender {
  /** Never rejects. */
  send(url: string, message: Message, secrets: readonly string[]): Promise<Attempt>;
  close(): Promise<void>;
}

/** Of an answer nothing is needed but its status: so much of it is read, so that the connection can be used again. */
const MOST_ANSWER_BYTES = 16 * 1024;
/** A receiver that asks for more is not believed. */
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/**
 * Posts signed messages. Follows no redirect, and connects to no address that is not public: names are judged by what they
 * resolve to when the connection is made, so that a name which changes afterwards leads nowhere else.
 */
export function createSender(
  { allowed, timeoutMs }: Pick<DeliverSettings, 'allowed' | 'timeoutMs'>,
  clock: Clock,
): Sender {
  const agent = new Agent({
    connect: { timeout: Math.min(timeoutMs, 5_000), lookup: publicLookup((address) => isReachable(address, allowed)) },
    headersTimeout: timeoutMs + 1_000, // the signal below ends the wait; this is only the net under it
    bodyTimeout: timeoutMs + 1_000,
    keepAliveTimeout: 10_000,
  });

  return {
    async send(url, message, secrets) {
      const startedAt = performance.now();
      const ended = (attempt: Omit<Attempt, 'ms' | 'delivered'>): Attempt => ({
        ...attempt,
        delivered: attempt.reason === null,
        ms: Math.round(performance.now() - startedAt),
      });
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), timeoutMs);
      try {
        const target = checkedTarget(url, allowed); // what is allowed may have been narrowed since
        const {
          statusCode: status,
          headers,
          body,
        } = await request(target, {
          dispatcher: agent,
          method: 'POST',
          headers: {
            'content-type': 'application/cloudevents+json; charset=utf-8',
            'user-agent': 'Concord',
            ...signedHeaders(message, secrets, clock.now()),
          },
          body: message.body,
          signal: deadline.signal,
        });
        await body.dump({ limit: MOST_ANSWER_BYTES, signal: deadline.signal });
        const reason = status >= 200 && status < 300 ? null : `status ${status}`;
        const asked = retryAfterMs(headers['retry-after'], clock.now()) ?? 0;
        return ended({ status, reason, retryAfterMs: asked > 0 ? Math.min(asked, LONGEST_RETRY_AFTER_MS) : null });
      } catch (error) {
        const reason = deadline.signal.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(error);
        return ended({ status: null, reason, retryAfterMs: null });
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => agent.destroy(),
  };
}

class NotPublic extends Error {
  readonly code = 'NOT_PUBLIC';
}

/** `dns.lookup` that finds nothing but addresses to which a connection may be made. */
const publicLookup =
  (isPublic: (address: string) => boolean): LookupFunction =>
  (hostname, options, found) =>
    lookup(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return found(error, []);
      const open = addresses.filter(({ address }) => isPublic(address));
      const [first] = open;
      if (first === undefined) return found(new NotPublic(`${hostname} leads to no public address`), []);
      if (options.all === true) return found(null, open);
      return found(null, first.address, first.family);
    });

const REASONS: Readonly<Record<string, string>> = {
  NOT_PUBLIC: 'its address is not on the public internet',
  INVALID: 'its address may not be sent to any more',
  ENOTFOUND: 'its name leads nowhere',
  ECONNREFUSED: 'the connection was refused',
  UND_ERR_CONNECT_TIMEOUT: 'no connection in time',
};

/** Nothing of an error's own text: it may tell what stands in the network of the hub. */
const reasonOf = (error: unknown): string => {
  const { code, cause } = error as { code?: string; cause?: { code?: string } };
  return REASONS[code ?? ''] ?? REASONS[cause?.code ?? ''] ?? 'the connection failed';
};
