/**
 * Plants differences among many customers, straight in the sandbox's vendors, and has a hub find and repair them:
 * `npm run bench:reconcile -- --customers 100000 --differences 1000`. Ends with 1 where one is missed or invented, where the
 * second run finds any, or where a run takes more than 5 minutes or 400 MB.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createWorld } from '../../sandbox/data/generate.ts';
import { startSandbox } from '../../sandbox/start.ts';
import { freePort } from '../../test/support/free-port.ts';
import { askHub, eventually, startProcess, temporaryFolder } from '../../test/support/hub.ts';
import { type Planted, plant, told } from './plant.ts';

const { values } = parseArgs({
  options: {
    customers: { type: 'string', default: '100000' },
    differences: { type: 'string', default: '1000' },
    /** Of the hub's process, in MB; `npm start` sets 64. */
    'semi-space': { type: 'string', default: '64' },
    /** The most old space of the hub's process, in MB: what a process of that size has done, it can do. Default: as Node sets it. */
    heap: { type: 'string', default: '' },
  },
});
const CUSTOMERS = Number(values.customers);
const DIFFERENCES = Number(values.differences);
const MOST_SECONDS = 300;
const MOST_MB = 400;
/** The load comes from one key, which is not what its budget is for. */
const ROOM = {
  HUB_KEY_COST_PER_MINUTE: '1000000000',
  HUB_KEY_REQUESTS_PER_MINUTE: '10000000',
  HUB_KEY_CONCURRENCY: '1000',
  NODE_OPTIONS: [
    `--max-semi-space-size=${values['semi-space']}`,
    ...(values.heap === '' ? [] : [`--max-old-space-size=${values.heap}`]),
  ].join(' '),
};
const HOUR_MS = 3_600_000;

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const seconds = (from: number): number => Math.round((performance.now() - from) / 100) / 10;

interface Run {
  readonly id: string;
  readonly state: string;
  readonly compared: number;
  readonly reading: readonly { name: string; entries: number }[];
  readonly found: readonly { kind: string; count: number }[] | null;
  readonly postponed: number | null;
  readonly error: string | null;
}
interface Listed extends Planted {
  readonly id: string;
}

await using opened = new AsyncDisposableStack();
const folder = temporaryFolder();
opened.defer(() => folder.remove());
const started = performance.now();
const sandbox = await startSandbox({ customers: CUSTOMERS, agreeing: true, latency: { minMs: 0, maxMs: 0 } });
opened.defer(() => sandbox.close());
const today = new Date().toISOString().slice(0, 10);
const world = createWorld({ seed: 1, size: CUSTOMERS, today, agreeing: true });
const planted = plant(sandbox, world, DIFFERENCES, 'BEFORE');
print(`${CUSTOMERS} customers in the sandbox after ${seconds(started)} s`);

const port = await freePort();
const url = `http://127.0.0.1:${port}`;
const env = { PORT: String(port), HUB_DATA_DIR: folder.path, LOG_LEVEL: 'warn', ...ROOM, ...sandbox.environment };
const filling = performance.now();
const hub = startProcess('hub.ts', env);
opened.defer(async () => void (await hub.end('SIGTERM')));
await eventually(
  'the hub is ready',
  async () => {
    if (hub.child.exitCode !== null) throw new Error(hub.output());
    return (await fetch(`${url}/readyz`).catch(() => null))?.ok;
  },
  HOUR_MS,
);
print(`the hub knows them after ${seconds(filling)} s`);
planted.push(...plant(sandbox, world, DIFFERENCES, 'AFTER'));
const keys = JSON.parse(readFileSync(join(folder.path, 'demo-keys.json'), 'utf8')) as { operator: string }; // the hub wrote it
sandbox.clearCalls();

const pid = hub.child.pid ?? 0;
/** The most memory that the hub's process had since `forget`. Linux only. */
const memory = {
  forget: () => writeFileSync(`/proc/${pid}/clear_refs`, '5'),
  nowMb: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
  mostMb: () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024,
};

/** CPU that the hub's process and this one, which is the sandbox, have used, in seconds. */
const cpu = () => {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const { user, system } = process.cpuUsage();
  return { hub: (Number(fields[11]) + Number(fields[12])) / 100, sandbox: (user + system) / 1e6 }; // ticks of 10 ms
};

async function ask<Data>(query: string, variables: object = {}): Promise<Data> {
  const { data, errors } = await askHub<Data>(url, keys.operator, query, variables);
  if (errors.length > 0) throw new Error(`${JSON.stringify(errors[0])}\n${hub.output().slice(-4_000)}`);
  return data;
}

/** A run to its end, with what it took. */
async function run(): Promise<{ run: Run; seconds: number; mb: number }> {
  memory.forget();
  const used = cpu();
  const from = performance.now();
  const { reconcile } = await ask<{ reconcile: { reconciliation: { id: string } } }>(
    'mutation { reconcile(input: {}) { reconciliation { id } } }',
  );
  let said = from;
  const ended = await eventually(
    'the run has ended',
    async () => {
      await new Promise((resolve) => setTimeout(resolve, 500));
      const { reconciliation } = await ask<{ reconciliation: Run }>(
        `query ($id: ID!) { reconciliation(id: $id) {
          id state compared reading { name entries } found { kind count } postponed error } }`,
        { id: reconcile.reconciliation.id },
      );
      if (performance.now() - said > 15_000) {
        said = performance.now();
        const read = reconciliation.reading.map(({ name, entries }) => `${name} ${entries}`).join(', ');
        print(`  ${seconds(from)} s ${reconciliation.state}, compared ${reconciliation.compared}: ${read}`);
      }
      return ['COMPLETED', 'FAILED'].includes(reconciliation.state) ? reconciliation : undefined;
    },
    HOUR_MS,
  );
  if (ended.error !== null) throw new Error(ended.error);
  const now = cpu();
  print(`  CPU: hub ${(now.hub - used.hub).toFixed(1)} s, sandbox ${(now.sandbox - used.sandbox).toFixed(1)} s`);
  return { run: ended, seconds: seconds(from), mb: Math.round(memory.mostMb()) };
}

async function open(): Promise<Listed[]> {
  const all: Listed[] = [];
  for (let after: string | null = null, more = true; more; ) {
    const {
      findings,
    }: {
      findings: {
        nodes: (Omit<Listed, 'customerId'> & { customer: { id: string } })[];
        pageInfo: { hasNextPage: boolean; endCursor: string | null };
      };
    } = await ask(
      `query ($after: String) { findings(filter: { states: [OPEN, REPAIRING] }, first: 100, after: $after) {
          nodes { id kind system customer { id } } pageInfo { hasNextPage endCursor } } }`,
      { after },
    );
    all.push(...findings.nodes.map(({ customer, ...rest }) => ({ ...rest, customerId: customer.id })));
    more = findings.pageInfo.hasNextPage;
    after = findings.pageInfo.endCursor;
  }
  return all;
}

/** What is in one list and not in the other, each as often as it is there. */
function without(these: readonly string[], those: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const one of those) left.set(one, (left.get(one) ?? 0) + 1);
  return these.filter((one) => {
    const count = left.get(one) ?? 0;
    left.set(one, count - 1);
    return count <= 0;
  });
}

print(`at rest the hub takes ${Math.round(memory.nowMb())} MB`);
const first = await run();
const found = await open();
const missed = without(planted.map(told), found.map(told));
const invented = without(found.map(told), planted.map(told));
print(`\nfirst run: ${first.seconds} s, ${first.mb} MB, ${sandbox.calls().at(-1)?.sequence ?? 0} calls to vendors`);
for (const kind of [...new Set(planted.map((one) => one.kind))]) {
  const of = (list: readonly Planted[]) => list.filter((one) => one.kind === kind).length;
  const strange = invented.filter((one) => one.startsWith(`${kind} `)).length;
  print(`  ${kind.padEnd(22)} planted ${of(planted)}, found ${of(found) - strange}, invented ${strange}`);
}
for (const one of [...missed.map((text) => `missed: ${text}`), ...invented.map((text) => `invented: ${text}`)].slice(
  0,
  20,
))
  print(`  ${one}`);

const repairing = performance.now();
const processes: string[] = [];
for (let at = 0; at < found.length; at += 20) {
  const findingIds = found.slice(at, at + 20).map(({ id }) => id);
  const { repairFindings } = await ask<{
    repairFindings: { process?: { id: string }; reasons?: { message: string }[] }[];
  }>(
    `mutation ($ids: [ID!]!, $key: ID!) { repairFindings(input: { idempotencyKey: $key, findingIds: $ids }) {
      ... on RepairAccepted { process { id } } ... on RepairRejected { reasons { message } } } }`,
    { ids: findingIds, key: `bench-${at}` },
  );
  for (const answer of repairFindings) {
    if (answer.process) processes.push(answer.process.id);
    else print(`  not repaired: ${answer.reasons?.[0]?.message}`);
  }
}
const ends = new Map<string, number>();
for (const id of processes) {
  const state = await eventually(
    `process ${id} has ended`,
    async () => {
      const { process: one } = await ask<{ process: { state: string } }>(
        'query ($id: ID!) { process(id: $id) { state } }',
        { id },
      );
      return ['COMPLETED', 'COMPENSATED', 'EXCEPTION'].includes(one.state) ? one.state : undefined;
    },
    120_000,
  );
  ends.set(state, (ends.get(state) ?? 0) + 1);
}
print(`\nrepairs: ${[...ends].map(([state, count]) => `${count} ${state}`).join(', ')} in ${seconds(repairing)} s`);

const second = await run();
const left = await open();
print(
  `second run: ${second.seconds} s, ${second.mb} MB; open after it: ${left.length}, postponed ${second.run.postponed}`,
);
for (const one of left.slice(0, 20)) print(`  left: ${told(one)}`);

const slow = [first, second].some((one) => one.seconds > MOST_SECONDS || one.mb > MOST_MB);
if (missed.length > 0 || invented.length > 0 || left.length > 0 || slow) process.exitCode = 1;
print(process.exitCode === 1 ? '\nNOT as it must be' : '\nAll as it must be');
