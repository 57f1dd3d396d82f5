import { Pool } from 'undici';
import type { Call } from '../call.ts';
import { endingWith } from '../ending-with.ts';
import { HubError } from '../errors.ts';

export interface HttpOptions {
  /** Origin of the system, without a path. */
  readonly origin: string;
  /** As in the graph's `System`; named in every error. */
  readonly system: string;
  /** Longest wait for a connection. Default 500 ms. */
  readonly connectTimeoutMs?: number;
  /** Longest wait for the whole answer. Default 2,000 ms. */
  readonly timeoutMs?: number;
  /** Largest answer taken. Default 8 MiB. */
  readonly maxResponseBytes?: number;
  /** Most requests in flight. Default 32. */
  readonly connections?: number;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query, beginning with `/`. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** A write whose answer never comes is IN_DOUBT; a read is TIMEOUT or UNAVAILABLE. */
  readonly write?: boolean;
}

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface HttpClient {
  /** Any status is an answer. @throws TIMEOUT, UNAVAILABLE, IN_DOUBT (writes that were sent), CONTRACT_BROKEN (answer too large or cut) */
  send(request: HttpRequest, call: Call): Promise<HttpResponse>;
  close(): Promise<void>;
}

/** Codes with which a connection fails before anything was sent: such a write is known not to have happened. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** One pool of connections to one system, with a deadline, a size limit and one vocabulary of errors. */
export function createHttpClient(options: HttpOptions): HttpClient {
  const { origin, system, timeoutMs = 2_000, maxResponseBytes = 8 * 1024 * 1024 } = options;
  const pool = new Pool(origin, {
    connections: options.connections ?? 32,
    connect: { timeout: options.connectTimeoutMs ?? 500 },
    headersTimeout: timeoutMs + 1_000, // the signal below ends the wait; this is only the net under it
    bodyTimeout: timeoutMs + 1_000,
    maxResponseSize: maxResponseBytes,
  });

  return {
    async send(request, call) {
      await call.admit?.();
      // Ended with the request, unlike AbortSignal.timeout, which fires for each request that was answered long ago.
      const over = endingWith(call.signal);
      const timer = setTimeout(over.end, timeoutMs).unref();
      try {
        const response = await pool.request({
          method: request.method,
          path: request.path,
          headers: { ...request.headers, 'x-correlation-id': call.correlationId },
          body: request.body ?? null,
          signal: over.signal,
        });
        const text = await response.body.text();
        return { status: response.statusCode, headers: response.headers, text };
      } catch (cause) {
        throw asHubError(cause, {
          system,
          write: request.write ?? false,
          timedOut: over.signal.aborted,
        });
      } finally {
        clearTimeout(timer);
        over.release();
      }
    },
    close: () => pool.destroy(),
  };
}

/** What a failed request means. Exported for clients that bring their own transport (vendors' SDKs). */
export function asHubError(cause: unknown, about: { system: string; write: boolean; timedOut: boolean }): HubError {
  const { system, write, timedOut } = about;
  const code = String((cause as { code?: unknown } | null)?.code ?? '');
  if (NOT_SENT.has(code)) return new HubError('UNAVAILABLE', `${system} cannot be reached`, { system, cause });
  if (code === 'UND_ERR_RES_EXCEEDED_MAX_SIZE') {
    return new HubError(write ? 'IN_DOUBT' : 'CONTRACT_BROKEN', `${system} sent more than it may`, { system, cause });
  }
  if (write)
    return new HubError('IN_DOUBT', `${system} did not confirm the write; it may have happened`, { system, cause });
  if (timedOut) return new HubError('TIMEOUT', `${system} did not answer in time`, { system, cause });
  return new HubError('UNAVAILABLE', `${system} broke off the connection`, { system, cause });
}
