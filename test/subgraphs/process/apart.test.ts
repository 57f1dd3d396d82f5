import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';

const ENTRY = { worker: 'worker.ts', process: 'main.ts' };

for (const [name, file] of Object.entries(ENTRY)) {
  test(`${name} started without its settings names every problem at once and exits with 1`, async () => {
    const path = new URL(`../../../subgraphs/process/${file}`, import.meta.url).pathname;
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', path], {
      env: { PATH: process.env.PATH },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let told = '';
    child.stderr.on('data', (chunk: Buffer) => {
      told += chunk.toString();
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 1);
    const own = name === 'worker' ? 'HUB_EXECUTOR_ID' : 'HUB_SUBGRAPH_SECRET';
    for (const variable of ['DATABASE_URL', own, 'NETSUITE_', 'STRIPE_', 'SALESFORCE_', 'ZENDESK_']) {
      assert.ok(told.includes(variable), `${variable} in\n${told}`);
    }
  });
}
