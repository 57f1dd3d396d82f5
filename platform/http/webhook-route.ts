import type { IncomingHttpHeaders } from 'node:http';
import type { FastifyInstance } from 'fastify';

/**
 * Takes a signed webhook of a vendor. 202: it is kept, the vendor need not send it again. 401: it is not proved. 404: there
 * is no such source. 503: nothing was kept, it may come again.
 */
export type Webhooks = (
  source: string,
  webhook: { readonly rawBody: Buffer; readonly headers: IncomingHttpHeaders },
) => Promise<{ readonly status: 202 | 401 | 404 | 503 }>;

const REFUSED = {
  401: { code: 'UNAUTHENTICATED', message: 'The webhook is not signed as it has to be' },
  404: { code: 'NOT_FOUND', message: 'No webhooks are taken from there' },
  503: { code: 'UNAVAILABLE', message: 'The webhook was not kept; send it again' },
} as const;

/**
 * `POST /webhooks/<source>`: its signature is its credential. The server hands over bodies as buffers, as they came, and has
 * its limits on them.
 */
export function webhookRoute(server: FastifyInstance, take: Webhooks): void {
  server.post<{ Params: { source: string } }>('/webhooks/:source', async ({ params, body, headers }, reply) => {
    const rawBody = Buffer.isBuffer(body) ? body : Buffer.alloc(0);
    const { status } = await take(params.source, { rawBody, headers });
    if (status === 202) return reply.code(202).send({ received: true });
    const { code, message } = REFUSED[status];
    if (status === 503) reply.header('retry-after', '5');
    const correlationId = reply.getHeader('x-correlation-id');
    return reply
      .code(status)
      .send({ errors: [{ message, extensions: { code, retryable: status === 503, correlationId } }] });
  });
}
