/**
 * Orders per second, beside what the disk and the bare engine can do on the same machine in the same run:
 * `npm run bench:process -- --rounds 3 --seconds 5`. Figures are of this machine at this moment; compare within one run.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { startDatabase } from '../../platform/db/database.ts';
import { silentLog } from '../../platform/log.ts';
import { startSandbox } from '../../sandbox/start.ts';
import { figure } from '../gateway/figures.ts';
import { watchMachine } from '../gateway/machine.ts';
import { type Forked, forked } from '../gateway/run/forked.ts';
import type { Batch, BatchDone } from './contestants/contestant.ts';
import { fillHistory } from './history.ts';
import { keepResults, report } from './report.ts';

const CONTESTANTS = ['raw-inserts', 'bare-engine', 'saga-engine', 'submit-order'] as const;
const CONCURRENCIES = [1, 20, 50] as const;
const CUSTOMERS = 4_000;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    count: { type: 'string', default: '200' },
    // processes that ended already, in the tables of the hub's own engine: cost per process with 100 and with so many
    finished: { type: 'string', default: '0' },
  },
});
const rounds = Number(values.rounds);
const count = Number(values.count);

await using opened = new AsyncDisposableStack();
const dataDir = mkdtempSync(join(tmpdir(), 'concord-bench-'));
chmodSync(dataDir, 0o755); // run by root, the server's user must get in
opened.defer(() => rmSync(dataDir, { recursive: true, force: true }));
const database = await startDatabase({ dataDir, log: silentLog });
opened.defer(() => database.close());
const sandbox = await startSandbox({ customers: CUSTOMERS, latency: { minMs: 0, maxMs: 0 } });
opened.defer(() => sandbox.close());

const running = new Map<string, Forked<Batch, BatchDone>>();
for (const name of CONTESTANTS) {
  const child = await forked<Batch, BatchDone>(join(import.meta.dirname, `contestants/${name}.ts`), undefined, {
    BENCH_DATABASE_URL: await newDatabase(name),
    BENCH_SANDBOX: JSON.stringify(sandbox.environment),
    BENCH_CUSTOMERS: String(CUSTOMERS),
  });
  opened.defer(() => child.stop());
  running.set(name, child);
}

const machineWas = watchMachine();
const measured: { contestant: string; concurrency: number; done: BatchDone }[] = [];
for (const [, child] of running) await child.ask({ count: 20, concurrency: 4 }); // code is compiled, connections open
for (let round = 1; round <= rounds; round += 1) {
  for (const concurrency of CONCURRENCIES) {
    for (const [contestant, child] of running) {
      const done = await child.ask({ count: concurrency === 1 ? Math.ceil(count / 4) : count, concurrency });
      measured.push({ contestant, concurrency, done });
      process.stderr.write(
        `round ${round}: ${contestant} at ${concurrency}: ${(done.wholeMs.length / done.seconds).toFixed(0)}/s\n`,
      );
    }
  }
}
const finished = Number(values.finished);
const filled = finished > 0 ? await costOverHistory(finished) : '';
const text = report(measured, CONTESTANTS, CONCURRENCIES, machineWas());
process.stdout.write(text + filled);
keepResults(text + filled);

/** The engine alone, at concurrency 20, in turns on a database with 100 finished processes and on one with `most`. */
async function costOverHistory(most: number): Promise<string> {
  const sizes = [100, most];
  const engines = await Promise.all(
    sizes.map(async (size) => {
      const url = await newDatabase(`history-${size}`);
      const child = await forked<Batch, BatchDone>(join(import.meta.dirname, 'contestants/saga-engine.ts'), undefined, {
        BENCH_DATABASE_URL: url,
      });
      opened.defer(() => child.stop());
      await fillHistory(url, size);
      await child.ask({ count: 100, concurrency: 20 });
      return child;
    }),
  );
  const ms: number[][] = sizes.map(() => []);
  for (let round = 0; round < rounds * 2; round += 1) {
    for (const [nr, child] of engines.entries()) {
      const { seconds, wholeMs } = await child.ask({ count, concurrency: 20 });
      ms[nr]?.push((seconds * 1000) / wholeMs.length);
    }
  }
  const [few = 0, many = 0] = ms.map((each) => figure(each).median);
  return (
    `with 100 finished processes in the database one costs ${few.toFixed(1)} ms, with ${most} it costs ` +
    `${many.toFixed(1)} ms (${(many / few).toFixed(2)} times; at concurrency 20, in turns)\n`
  );
}

async function newDatabase(name: string): Promise<string> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const known = name.replaceAll('-', '_');
  await client.query(`create database bench_${known}`);
  await client.end();
  const url = new URL(database.url);
  url.pathname = `/bench_${known}`;
  return url.href;
}
