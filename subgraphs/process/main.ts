/** Serves the graph of processes alone; acts that it accepts are executed by `worker.ts` on the same database. */
import { serveSubgraph } from '../../platform/subgraph/serve.ts';
import { graphConfig } from './config.ts';
import { runAlone } from './run-alone.ts';

await runAlone(
  { name: 'process', role: 'client', config: graphConfig, executorId: () => 'graph' },
  ({ subgraph, log, ready, figures }, config) =>
    serveSubgraph(subgraph, {
      host: config.HOST,
      port: config.PORT,
      secret: config.HUB_SUBGRAPH_SECRET,
      log,
      ready,
      figures,
    }),
);
