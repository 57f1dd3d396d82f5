/** Executes accepted acts; answers `/livez`, `/readyz` and `/metrics`, and nothing else. Each worker has its own `HUB_EXECUTOR_ID`. */
import { serveHealth } from '../../platform/http/health.ts';
import { workerConfig } from './config.ts';
import { runAlone } from './run-alone.ts';

await runAlone(
  { name: 'worker', role: 'worker', config: workerConfig, executorId: (config) => config.HUB_EXECUTOR_ID },
  ({ ready, figures }, config) => serveHealth({ host: config.HOST, port: config.PORT, ready, figures }),
);
