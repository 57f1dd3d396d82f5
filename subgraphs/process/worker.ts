/** Executes accepted acts; answers `/livez` and `/readyz`, and nothing else. Each worker has its own `HUB_EXECUTOR_ID`. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { workerConfig } from './config.ts';
import { runAlone } from './run-alone.ts';

await runAlone(
  { name: 'worker', role: 'worker', config: workerConfig, executorId: (config) => config.HUB_EXECUTOR_ID },
  async ({ ready }, config) => {
    const server = createServer(async (request, response) => {
      const live = request.url === '/livez';
      const good = live || (request.url === '/readyz' && (await ready()));
      response.writeHead(good ? 200 : request.url === '/readyz' ? 503 : 404, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ ready: good }));
    });
    server.listen(config.PORT, config.HOST);
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // listening on TCP
    return {
      url: `http://${config.HOST}:${port}`,
      close: async () => {
        server.close();
        server.closeAllConnections();
      },
    };
  },
);
