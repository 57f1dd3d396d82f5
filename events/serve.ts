import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import fastify from 'fastify';
import { type Webhooks, webhookRoute } from '../platform/http/webhook-route.ts';
import { METRICS_TYPE } from '../platform/telemetry/prometheus.ts';

/** Bytes of a webhook's body; what the vendors send is far smaller. */
const MOST_BYTES = 256 * 1024;
const BODY_WITHIN_MS = 15_000;

/**
 * `POST /webhooks/<source>`, `/livez`, `/readyz` and `/metrics`, and nothing else, for the process that serves no graph. Only the
 * webhooks are for the world: a proxy in front leads nothing else here.
 */
export async function serveEvents(options: {
  host: string;
  /** 0: any free port. */
  port: number;
  ready: () => Promise<boolean>;
  webhooks: Webhooks;
  /** For `/metrics`. */
  figures: () => string;
}): Promise<{ url: string; close(): Promise<void> }> {
  const server = fastify({ bodyLimit: MOST_BYTES, requestTimeout: BODY_WITHIN_MS, forceCloseConnections: true });
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  server.get('/livez', async () => ({ ready: true }));
  server.get('/readyz', async (_request, reply) => {
    const ready = await options.ready().catch(() => false);
    return reply.code(ready ? 200 : 503).send({ ready });
  });
  server.get('/metrics', async (_request, reply) => reply.type(METRICS_TYPE).send(options.figures()));
  webhookRoute(server, options.webhooks);
  server.setNotFoundHandler(async (_request, reply) =>
    reply.code(404).send({ errors: [{ message: 'There are /webhooks/<source>, /livez, /readyz and /metrics here' }] }),
  );
  server.listen({ host: options.host, port: options.port });
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo; // listening on TCP
  return { url: `http://${options.host}:${port}`, close: () => server.close() };
}
