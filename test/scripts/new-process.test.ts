import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { addNewProcess } from '../../scripts/hub/new-process.ts';
import { temporaryFolder } from '../support/hub.ts';

const run = promisify(execFile);
const ROOT = new URL('../..', import.meta.url).pathname;
/** What is neither source nor what its checks read. */
const LEFT_OUT = new Set(['node_modules', '.git', '.hub']);

const folder = temporaryFolder();
after(() => folder.remove());

/** A copy of the repository as somebody has it who begins. */
function copyOfRepository(): string {
  const copy = join(folder.path, 'concord');
  for (const name of readdirSync(ROOT)) {
    if (!LEFT_OUT.has(name)) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

test('docs/add-a-process.md, followed to the letter, makes a process that composes, type-checks, runs and passes its test', async () => {
  const copy = copyOfRepository();
  const page = readFileSync(join(copy, 'docs/add-a-process.md'), 'utf8');
  const commands = [...page.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, command = '']) => command);
  assert.equal(commands.length, 2);
  const { PATH = '', HOME = '', ...given } = process.env;
  const { TEST_DATABASE_URL, DATABASE_URL, NODE_COMPILE_CACHE } = given;
  const env = {
    ...{ PATH: `${join(ROOT, 'node_modules/.bin')}:${PATH}`, HOME },
    ...{ TEST_DATABASE_URL, DATABASE_URL, NODE_COMPILE_CACHE },
  };
  for (const command of commands) {
    await run('bash', ['-e', '-o', 'pipefail', '-c', command], { cwd: copy, env, maxBuffer: 1e8 }).catch(
      ({ stdout, stderr }) => assert.fail(`${command}\n${stdout}\n${stderr}`),
    );
  }
  for (const [, path = ''] of page.matchAll(/`((?:schema|verdicts|writes|acts|sagas|steps)\/[^`…]+)`/g)) {
    assert.ok(existsSync(join(copy, 'subgraphs/process', path)), path);
  }

  const again = run('bash', ['-c', commands[0] ?? ''], { cwd: copy, env });
  await assert.rejects(again, ({ stderr }) => /park-account\.graphql.*there already; nothing was written/.test(stderr));
});

test('a name that is no act, and a system that is none, are told with what would be right', async () => {
  const said = async (...args: readonly string[]) => {
    const program = new Command('hub').exitOverride().configureOutput({ writeErr: () => {} });
    addNewProcess(program, () => assert.fail('nothing is written'));
    await program.parseAsync(['new-process', ...args], { from: 'user' });
  };
  for (const [args, right] of [
    [['ParkAccount', '--systems', 'crm'], /like park-account/],
    [['park', '--systems', 'crm'], /like park-account/],
    [['park-account', '--systems', 'crm,hub'], /erp, billing, crm, support/],
    [['park-account', '--systems', 'crm,crm'], /at most once/],
    [['park-account'], /--systems/],
  ] as const) {
    await assert.rejects(said(...args), right, args.join(' '));
  }
});
