import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../../support/free-port.ts';
import { statusOf, until } from './gateway-process.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PAGE = readFileSync(join(ROOT, 'docs/run-the-gateway-alone.md'), 'utf8');
const commands = [...PAGE.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, command = '']) => command);
const printed = JSON.parse(/```json\n([\s\S]*?)```/.exec(PAGE)?.[1] ?? 'null') as unknown;

test('the commands of docs/run-the-gateway-alone.md work as they are printed', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'alone-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [people, gateway] = [await freePort(), await freePort()];
  // The same commands, on ports and in a folder that nobody else uses.
  const [subgraphs = '', start = '', question = ''] = commands.map((command) =>
    command.replaceAll('/tmp/', `${folder}/`).replaceAll('4101', String(people)).replaceAll('4000', String(gateway)),
  );
  const env = { PATH: `${dirname(process.execPath)}:${process.env.PATH}` };
  const inBackground = (command: string): void => {
    const child = spawn('bash', ['-c', command], { cwd: ROOT, env, stdio: 'ignore', detached: true });
    t.after(async () => {
      const ended = once(child, 'exit');
      if (child.exitCode !== null || child.pid === undefined) return;
      process.kill(-child.pid, 'SIGTERM'); // the shell, npm and what it runs
      await ended;
    });
  };
  inBackground(subgraphs);
  await until(() => existsSync(join(folder, 'supergraph.graphql')), 'a supergraph');
  inBackground(start);
  const ready = `http://127.0.0.1:${gateway}/readyz`;
  await until(async () => (await statusOf(ready).catch(() => 0)) === 200, 'ready');
  const { stdout } = await promisify(execFile)('bash', ['-c', question], { cwd: ROOT, env });
  assert.deepEqual(JSON.parse(stdout), printed);
});
