import Stripe from 'stripe';
import type { Call, WriteCall } from '../../../../platform/call.ts';
import { createHttpClient } from '../../../../platform/http/client.ts';
import { bounded } from './bounded.ts';
import type { StripeConfig } from './config.ts';
import { asHubError, type Intent, isMissing, SYSTEM } from './failures.ts';
import { HubTransport, scope } from './transport.ts';

/** The official SDK, asked on behalf of a call, a bounded number of requests at a time. */
export interface StripeClient {
  /** @throws HubError */
  read<T>(call: Call, ask: (sdk: Stripe) => Promise<T>): Promise<T>;
  /** null where Stripe says that the object does not exist. @throws HubError */
  readOrNull<T>(call: Call, ask: (sdk: Stripe) => Promise<T>, param?: string): Promise<T | null>;
  /** Asks what a change would come to. @throws HubError, with REFUSED where Stripe says that it may not be made */
  verdict<T>(call: Call, ask: (sdk: Stripe) => Promise<T>): Promise<T>;
  /** @throws HubError, with REFUSED where Stripe says no and IN_DOUBT where it says nothing */
  write<T>(call: WriteCall, ask: (sdk: Stripe) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

export function createClient(config: StripeConfig): StripeClient {
  const { hostname, port, protocol, origin } = new URL(config.baseUrl);
  const http = createHttpClient({
    origin,
    system: SYSTEM,
    timeoutMs: config.timeoutMs,
    connections: config.concurrency,
  });
  const sdk = new Stripe(config.apiKey, {
    httpClient: new HubTransport(http),
    host: hostname,
    ...(port ? { port } : {}),
    protocol: protocol === 'http:' ? 'http' : 'https',
    maxNetworkRetries: 0, // the wrappers around the port and the process decide what is tried again
    telemetry: false,
  });
  const slots = bounded(config.concurrency);

  const ask = <T>(call: Call, intent: Intent, question: (sdk: Stripe) => Promise<T>): Promise<T> =>
    slots.run(() => scope.run({ call, write: intent === 'write' }, () => withoutStack(() => question(sdk))), call);
  const asking =
    (intent: Intent) =>
    async <T>(call: Call, question: (sdk: Stripe) => Promise<T>): Promise<T> => {
      try {
        return await ask(call, intent, question);
      } catch (error) {
        throw asHubError(error, intent);
      }
    };

  return {
    read: asking('read'),
    verdict: asking('verdict'),
    write: asking('write'),
    close: () => http.close(),
    async readOrNull(call, question, param) {
      try {
        return await ask(call, 'read', question);
      } catch (error) {
        if (isMissing(error, param)) return null;
        throw asHubError(error, 'read');
      }
    },
  };
}

/**
 * The SDK writes down its caller's stack for each request, in case it fails. The hub tells nothing of it, and it took about 1 % of
 * its CPU under steady reads.
 */
function withoutStack<T>(begin: () => T): T {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return begin();
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}
