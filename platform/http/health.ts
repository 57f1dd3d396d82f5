import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { METRICS_TYPE } from '../telemetry/prometheus.ts';

/** `GET /livez`, `GET /readyz` and, where there are figures, `GET /metrics`, for a process that serves no graph. */
export async function serveHealth(options: {
  host: string;
  /** 0: any free port. */
  port: number;
  ready: () => Promise<boolean>;
  /** In the text format of Prometheus. */
  figures?: () => string;
}): Promise<{ url: string; close(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    if (request.url === '/metrics' && options.figures !== undefined) {
      response.writeHead(200, { 'content-type': METRICS_TYPE });
      response.end(options.figures());
      return;
    }
    const known = request.url === '/livez' || request.url === '/readyz';
    const good = known && (request.url === '/livez' || (await options.ready().catch(() => false)));
    response.writeHead(good ? 200 : known ? 503 : 404, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(known ? { ready: good } : { errors: [{ message: 'There are /livez and /readyz here' }] }),
    );
  });
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // listening on TCP
  return {
    url: `http://${options.host}:${port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
