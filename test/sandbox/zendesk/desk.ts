import type { AddressInfo } from 'node:net';
import { fastify } from 'fastify';
import { type Clock, fixedClock } from '../../../platform/clock.ts';
import type { LedgerEntry, VendorContext } from '../../../sandbox/core/vendor.ts';
import { createWorld } from '../../../sandbox/data/generate.ts';
import type { World } from '../../../sandbox/data/world.ts';
import { createZendesk, vendor } from '../../../sandbox/zendesk/vendor.ts';

/** One request with its answer, as they went over the wire. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly requestBody: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly responseBody: string;
}

export interface Desk {
  readonly url: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly credentials: Readonly<Record<string, string>>;
  readonly world: World;
  readonly clock: Clock & { advance(ms: number): void };
  readonly exchanges: Exchange[];
  readonly ledger: LedgerEntry[];
  readonly webhooks: Parameters<VendorContext['emit']>[0][];
  /** Sends a request with the hub's sign-in, and reads the answer as JSON. */
  send(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }>;
  reset(): void;
  close(): Promise<void>;
}

/** The Zendesk sandbox alone on loopback, with a clock that stands still and everything that passes written down. */
export async function openDesk({ customers = 60, requestsPerMinute = 100_000 } = {}): Promise<Desk> {
  const world = createWorld({ seed: 1, size: customers, today: '2026-10-05' });
  const clock = fixedClock('2026-10-05T08:00:00Z');
  const credentials = vendor.credentials(() => 'k3yOfThirtyTwoUrlSafeCharacters_');
  const ledger: LedgerEntry[] = [];
  const webhooks: Desk['webhooks'] = [];
  const exchanges: Exchange[] = [];
  const zendesk = createZendesk(
    { world, clock, credentials, record: (entry) => ledger.push(entry), emit: (webhook) => webhooks.push(webhook) },
    { requestsPerMinute },
  );
  const app = fastify({ forceCloseConnections: true });
  app.addHook('onSend', async (request, reply, payload) => {
    const [path = '', query = ''] = request.url.split('?', 2);
    exchanges.push({
      method: request.method,
      path,
      query,
      requestBody: request.body === undefined ? '' : JSON.stringify(request.body),
      status: reply.statusCode,
      headers: reply.getHeaders(),
      responseBody: typeof payload === 'string' ? payload : '',
    });
    return payload;
  });
  zendesk.routes(app);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo; // listening on TCP
  const url = `http://127.0.0.1:${port}`;
  const authorization = `Basic ${Buffer.from(`${credentials.email}/token:${credentials.apiToken}`).toString('base64')}`;
  return {
    url,
    environment: vendor.environment(url, credentials),
    credentials,
    world,
    clock,
    exchanges,
    ledger,
    webhooks,
    async send(method, path, body, headers = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
    },
    reset: () => zendesk.reset(),
    close: () => app.close(),
  };
}
