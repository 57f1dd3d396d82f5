import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, test } from 'node:test';
import { promisify } from 'node:util';
import { type Planted, plant, told } from '../../bench/reconcile/plant.ts';
import { createWorld } from '../../sandbox/data/generate.ts';
import { startSandbox } from '../../sandbox/start.ts';
import { closeBeforeDatabase, testDatabase } from '../support/database.ts';
import { freePort } from '../support/free-port.ts';
import { eventually, NODE_FLAGS, type StartedHub, startHubOver } from '../support/hub.ts';

const SIZE = 130;
const PLANTED = 16; // one of each kind, copies in three systems
const world = createWorld({
  ...{ seed: 1, size: SIZE, agreeing: true },
  today: new Date().toISOString().slice(0, 10),
});

interface Run {
  readonly id: string;
  readonly state: string;
  readonly starts: number;
  readonly found: readonly { kind: string; count: number }[] | null;
  readonly postponed: number | null;
  readonly reading: readonly { name: string; entries: number; done: boolean }[];
}
interface Found extends Omit<Planted, 'customerId'> {
  readonly id: string;
  readonly customer: { readonly id: string };
  readonly ownerValue: string | null;
  readonly heldValue: string | null;
}

let hub: StartedHub;
let planted: Planted[];

before(async () => {
  const sandbox = await startSandbox({ customers: SIZE, agreeing: true, latency: { minMs: 0, maxMs: 0 } });
  planted = plant(sandbox, world, PLANTED, 'BEFORE');
  const { url } = await testDatabase();
  hub = await startHubOver(sandbox, { port: await freePort(), env: { ...sandbox.environment, DATABASE_URL: url } });
  closeBeforeDatabase(hub.close);
  planted.push(...plant(sandbox, world, PLANTED, 'AFTER'));
});

const show = async (id: string): Promise<Run> => {
  const { data } = await hub.ask<{ reconciliation: Run }>(
    'query ($id: ID!) { reconciliation(id: $id) { id state starts found { kind count } postponed reading { name entries done } } }',
    { id },
  );
  return data.reconciliation;
};

async function begin(input: object = {}): Promise<{ joined: boolean; reconciliation: { id: string } }> {
  const { data, errors } = await hub.ask<{ reconcile: { joined: boolean; reconciliation: { id: string } } }>(
    'mutation ($input: ReconcileInput!) { reconcile(input: $input) { joined reconciliation { id } } }',
    { input },
  );
  assert.deepEqual(errors, []);
  return data.reconcile;
}

const ended = (id: string): Promise<Run> =>
  eventually(
    'the run has completed',
    async () => {
      const run = await show(id);
      assert.notEqual(run.state, 'FAILED');
      return run.state === 'COMPLETED' ? run : undefined;
    },
    90_000,
  );

async function open(): Promise<readonly Found[]> {
  const { data, errors } = await hub.ask<{ findings: { nodes: Found[] } }>(
    `{ findings(filter: { states: [OPEN] }, first: 100) {
      nodes { id kind system customer { id } ownerValue heldValue } } }`,
  );
  assert.deepEqual(errors, []);
  return data.findings.nodes;
}
const named = (found: readonly Found[]) =>
  found.map(({ kind, system, customer }) => told({ kind, system, customerId: customer.id })).toSorted();

test('a run that a killed hub left is gone on with, and asked for twice it is one', async () => {
  hub.sandbox.setLatency({ minMs: 150, maxMs: 150 });
  const first = await begin();
  const again = await begin();
  assert.deepEqual(again, { joined: true, reconciliation: first.reconciliation });
  const { id } = first.reconciliation;
  await eventually('something is read', async () => (await show(id)).reading.length > 1);
  await hub.kill();
  hub.sandbox.setLatency({ minMs: 0, maxMs: 0 });
  await hub.start();
  const run = await ended(id);
  assert.equal(run.starts, 2);
  assert.equal(
    run.found?.reduce((all, { count }) => all + count, 0),
    planted.length,
  );
});

test('every planted difference is a finding for operators, and for nobody else', async () => {
  assert.deepEqual(named(await open()), planted.map(told).toSorted());
  const { data, errors } = await hub.ask<{ findings: null }>('{ findings { nodes { id } } }', {}, 'support');
  assert.equal(data.findings, null);
  assert.equal(errors[0]?.extensions.code, 'FORBIDDEN_FIELD');
});

test('hub reconcile follows a run and writes pages that show what the key may read', async () => {
  const keys = JSON.parse(readFileSync(join(hub.dataDir, 'demo-keys.json'), 'utf8')) as { operator: string };
  const run = async (...flags: string[]) => {
    const args = [...NODE_FLAGS, 'scripts/hub.ts', 'reconcile', '--url', hub.url, '--dry-run', ...flags];
    const { PATH = '', HOME = '', NODE_COMPILE_CACHE = '' } = process.env;
    const env = { PATH, HOME, NODE_COMPILE_CACHE, HUB_KEY: keys.operator };
    return (await promisify(execFile)(process.execPath, args, { env, maxBuffer: 10_000_000 })).stdout;
  };
  const page = join(hub.dataDir, 'drift.html');
  const said = await run('--report', 'html', '--out', page);
  assert.match(said, new RegExp(`${PLANTED} differences`));
  const html = readFileSync(page, 'utf8');
  for (const { customerId } of planted) assert.ok(html.includes(customerId));
  assert.doesNotMatch(html, /<script|src=|href=/);
  const csv = (await run('--scope', 'BOOKS', '--report', 'csv')).trim().split('\r\n');
  assert.equal(csv.length, PLANTED + 1);
  assert.match(csv[0] ?? '', /^kind,state,customer,/);
});

test('each kind is repaired by a process, and the next run finds nothing', async () => {
  const found = await open();
  const { data, errors } = await hub.ask<{ repairFindings: { process?: { id: string }; reasons?: unknown }[] }>(
    `mutation ($ids: [ID!]!) { repairFindings(input: { idempotencyKey: "all", findingIds: $ids }) {
      ... on RepairAccepted { process { id } } ... on RepairRejected { reasons { message } } } }`,
    { ids: found.map(({ id }) => id) },
  );
  assert.deepEqual(errors, []);
  const processes = data.repairFindings.map((answer) => answer.process?.id ?? JSON.stringify(answer));
  assert.equal(processes.length, PLANTED);
  for (const id of processes) {
    await eventually(`${id} has completed`, async () => {
      const answer = await hub.ask<{ process: { state: string } | null }>(
        'query ($id: ID!) { process(id: $id) { state } }',
        { id },
      );
      assert.ok(answer.data.process, id);
      return answer.data.process.state === 'COMPLETED';
    });
  }
  // What the systems tell of the repairs comes in meanwhile: such customers are left for the run after it.
  await eventually(
    'nothing is open any more',
    async () => {
      const { reconciliation } = await begin();
      const run = await ended(reconciliation.id);
      const { data: left } = await hub.ask<{ findings: { nodes: unknown[] } }>('{ findings { nodes { id } } }');
      if (run.postponed === 0) assert.deepEqual([run.found, left.findings.nodes], [[], []]);
      return left.findings.nodes.length === 0;
    },
    60_000,
  );
});

test('a finding that is gone is not repaired again, and the answer says why', async () => {
  const { data } = await hub.ask<{ findings: { nodes: { id: string }[] } }>(
    '{ findings(filter: { states: [CLOSED] }, first: 1) { nodes { id } } }',
  );
  const answer = await hub.ask<{ repairFinding: { reasons: { code: string; field: string }[] } }>(
    `mutation ($id: ID!) { repairFinding(input: { idempotencyKey: "gone", findingId: $id }) {
      ... on RepairRejected { reasons { code field } } } }`,
    { id: data.findings.nodes[0]?.id },
  );
  assert.deepEqual(answer.data.repairFinding.reasons, [{ code: 'FINDING_NOT_OPEN', field: 'findingId' }]);
});
