import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../support/database.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { startWorkerProcess } from './support/child.ts';

/** How a database can be gone for good; neither of them may hold up a machine that shuts down. */
const GONE = ['freeze', 'refuse'] as const;

for (const gone of GONE) {
  test(`a worker whose database is gone (${gone}) ends on SIGTERM all the same`, { timeout: 60_000 }, async () => {
    const url = new URL((await testDatabase()).url);
    const way = await faultProxy({ host: url.hostname, port: Number(url.port) });
    url.port = String(way.port);
    const worker = startWorkerProcess(url.href, `bereft-${gone}`);
    try {
      await worker.ready;
      way[gone]();
      await new Promise((resolve) => setTimeout(resolve, 500)); // it looks for dead workers meanwhile
      const asked = Date.now();
      worker.process.kill('SIGTERM');
      assert.equal(await worker.ended, null);
      assert.equal(worker.process.exitCode, 0);
      assert.ok(Date.now() - asked < 10_000, 'within ten seconds');
    } finally {
      worker.process.kill('SIGKILL');
      await way.close();
    }
  });
}
