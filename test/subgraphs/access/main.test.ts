import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { testDatabase } from '../../support/database.ts';

const MAIN = fileURLToPath(new URL('../../../subgraphs/access/main.ts', import.meta.url));

const run = (env: Record<string, string>) =>
  spawn(process.execPath, ['--disable-warning=ExperimentalWarning', MAIN], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });

test('the subgraph runs alone, is ready, answers nobody without a signature, and ends when told', async () => {
  const { url } = await testDatabase();
  const child = run({ PORT: '0', DATABASE_URL: url, HUB_SUBGRAPH_SECRET: 'a secret for tests' });
  try {
    let served = '';
    for await (const line of createInterface({ input: child.stderr })) {
      const entry: { url?: string } = JSON.parse(line);
      if (entry.url === undefined) continue;
      served = entry.url;
      break;
    }
    assert.equal((await fetch(new URL('/readyz', served))).status, 200);
    const unsigned = await fetch(new URL('/graphql', served), { method: 'POST', body: '{"query":"{ __typename }"}' });
    assert.equal(unsigned.status, 401);
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    assert.deepEqual(await ended, [0, null]);
  }
});

test('all that is wrong with its configuration is told at once, and nothing starts', async () => {
  const child = run({ PORT: 'many' });
  const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
  assert.equal(code, 1);
  for (const name of ['PORT', 'HUB_SUBGRAPH_SECRET', 'DATABASE_URL']) assert.match(said, new RegExp(`- ${name}: `));
});
