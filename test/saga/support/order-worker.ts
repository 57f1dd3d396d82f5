/** A worker over the sandbox's systems that kills itself where it is told; arguments as `worker.ts`, systems by environment. */
import { systemClock } from '../../../platform/clock.ts';
import { createDb } from '../../../platform/db/db.ts';
import { silentLog } from '../../../platform/log.ts';
import { startProcesses } from '../../../subgraphs/process/start.ts';
import { connectAll, ownershipOfAll } from '../../subgraphs/process/support/ports.ts';
import { deathsIn, dyingAt } from './dying.ts';
import { QUICK } from './engine.ts';

const [databaseUrl = '', executorId = '', deaths] = process.argv.slice(2);
const db = createDb(databaseUrl);
const environment = Object.fromEntries(
  Object.entries(process.env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
);
const processes = await startProcesses({
  databaseUrl,
  db,
  executorId,
  role: 'worker',
  ports: await connectAll(environment, db),
  ownership: ownershipOfAll(),
  clock: systemClock,
  log: silentLog,
  retry: { ...QUICK, attemptTimeoutMs: 60_000 },
  probe: dyingAt(deathsIn(deaths)),
});
process.once('SIGTERM', () => processes.close().then(() => process.exit(0)));
process.stdout.write('ready\n');
