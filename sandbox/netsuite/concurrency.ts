import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { Problem } from './problem.ts';

/**
 * NetSuite limits requests in flight per account, not per time (help: "Web Services and RESTlet Concurrency Governance").
 * Counted where the request enters the server, so that the time it takes counts too.
 */
export function limitConcurrency(app: FastifyInstance, limit: number): void {
  const before = new WeakMap<IncomingMessage, number>();
  let inFlight = 0;
  app.server.prependListener('request', (request, response) => {
    before.set(request, inFlight);
    inFlight += 1;
    response.once('close', () => {
      inFlight -= 1;
    });
  });
  app.addHook('onRequest', async (request) => {
    if ((before.get(request.raw) ?? 0) >= limit) {
      throw new Problem(429, 'CONCURRENCY_LIMIT_EXCEEDED', 'Concurrent request limit exceeded. Request blocked.');
    }
  });
}
