import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { systemClock } from '../../../platform/clock.ts';
import { id } from '../../../platform/ids.ts';
import { addCutover, type Movers, openMovers } from '../../../scripts/hub/cutover.ts';
import type { Process } from '../../../subgraphs/process/model.ts';
import { testDatabase } from '../../support/database.ts';

const SCRIPT = fileURLToPath(new URL('../../../scripts/hub.ts', import.meta.url));
const INSTANCES = { ERP_INSTANCES: 'us:netsuite,emea:netsuite' };

let env: Record<string, string>;
let movers: Movers;
before(async () => {
  const { url, db } = await testDatabase();
  env = { DATABASE_URL: url, ...INSTANCES };
  movers = await openMovers(INSTANCES, db, systemClock);
  const entry = (externalId: string, hubId: string) => ({
    externalId,
    hubId,
    name: hubId,
    email: null,
    parentExternalId: null,
    mergedIntoExternalId: null,
  });
  const call = { correlationId: 'test', signal: AbortSignal.timeout(10_000) };
  const entries = [entry('us~1001', 'C-10001'), entry('emea~7', 'C-10001'), entry('us~1002', 'C-10002')];
  await movers.identity.takeIn({ system: 'ERP', entries }, call);
});

/** What `hub cutover …` prints. */
async function hub(args: readonly string[], { on = movers }: { on?: Movers } = {}): Promise<string> {
  const printed: string[] = [];
  const program = new Command('hub').exitOverride().configureOutput({ writeErr: () => {} });
  addCutover(
    program,
    (work) => work(on),
    (text) => printed.push(text),
  );
  await program.parseAsync(['cutover', ...args], { from: 'user' });
  return printed.join('\n');
}

/** The same in a process of its own, as a user runs it. */
async function asUser(args: readonly string[], more: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SCRIPT, 'cutover', ...args], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '', ...env, ...more },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { out, err, code };
}

test('a customer is prepared, read from both, moved and taken back, step by step', async () => {
  const steps: readonly [args: string[], says: RegExp][] = [
    [['prepare', 'C-10001', '--to', 'emea'], /C-10001 {2}us~1001 -> emea~7 {2}PREPARED .*us~1001 owns/],
    [['start', 'C-10001'], /READING_BOTH .*us~1001 owns, both are asked/],
    [['finish', 'C-10001'], /MOVED .*emea~7 owns, only the new one is asked/],
    [['list'], /C-10001 .*MOVED/],
    [['back', 'C-10001'], /READING_BOTH/],
    [['back', 'C-10001'], /PREPARED/],
    [['back', 'C-10001'], /called off/],
    [['list'], /Nobody is being moved/],
  ];
  for (const [args, says] of steps) assert.match(await hub(args), says, args.join(' '));
});

test('what cannot be is told with what to do, and changes nothing', async () => {
  const wrong: readonly [args: string[], says: RegExp][] = [
    [['prepare', 'C-10001', '--to', 'apac'], /--to must be one of us, emea/],
    [['prepare', 'C-99999', '--to', 'emea'], /no customer C-99999/],
    [['prepare', 'C-10002', '--to', 'emea'], /does not know C-10002 in emea.*--id/],
    [['prepare', 'C-10002', '--to', 'us'], /in no other ERP than us/],
    [['start', 'C-10002'], /No move of C-10002 is prepared/],
  ];
  for (const [args, says] of wrong) await assert.rejects(hub(args), says, args.join(' '));
  assert.deepEqual(await movers.desk.list(), []);
});

test('at the prompt what is done is printed with code 0, and what cannot be is told with code 1', async () => {
  const done = await asUser(['list']);
  assert.deepEqual([done.err, done.code], ['', 0]);
  assert.match(done.out, /Nobody is being moved/);
  const wrong = await asUser(['list'], { ERP_INSTANCES: '' });
  assert.match(wrong.err, /ERP_INSTANCES must name two/);
  assert.deepEqual([wrong.out, wrong.code], ['', 1]);
});

test('an id that the register does not know yet may be named', async () => {
  assert.match(await hub(['prepare', 'C-10002', '--to', 'emea', '--id', '8']), /us~1002 -> emea~8/);
  await movers.desk.back('C-10002');
});

test('the owner does not change while an act of the customer is under way', async () => {
  await movers.desk.prepare({ customer: 'C-10001', from: id('us~1001'), to: id('emea~7') });
  await movers.desk.advance('C-10001', 'READING_BOTH');
  const pending = { id: 'act-1' } as Process; // the command reads nothing else of it
  const busy: Movers = { ...movers, processes: { pendingOf: async () => [pending] } };
  for (const command of ['finish', 'back']) {
    await assert.rejects(hub([command, 'C-10001'], { on: busy }), /Act act-1 .* under way/);
  }
  assert.equal((await movers.desk.list())[0]?.state, 'READING_BOTH');
});
