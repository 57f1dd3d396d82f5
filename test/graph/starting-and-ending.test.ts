import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { freePort } from '../support/free-port.ts';
import { startHub, startProcess, temporaryFolder } from '../support/hub.ts';
import { servicesOfCompose } from '../support/hub-apart.ts';

describe('a hub that is configured wrongly', () => {
  test('names every problem at once, ends with code 1, and starts nothing', async () => {
    const folder = temporaryFolder();
    const wrong = {
      HUB_DATA_DIR: join(folder.path, 'data'),
      PORT: '70000',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://nope',
      REDIS_URL: 'http://nope',
      HUB_LIMIT_DEPTH: 'deep',
      STRIPE_BASE_URL: 'not a url',
    };
    const hub = startProcess('hub.ts', wrong);
    assert.equal(await new Promise((resolve) => hub.child.once('exit', resolve)), 1);
    const told = hub.output();
    for (const name of [
      'PORT',
      'LOG_LEVEL',
      'DATABASE_URL',
      'REDIS_URL',
      'HUB_LIMIT_DEPTH',
      'STRIPE_BASE_URL',
      'STRIPE_API_KEY',
    ]) {
      assert.match(told, new RegExp(`- ${name}: .{10,}`), told);
    }
    assert.doesNotMatch(told, /\bat .*\.ts:\d+/, "no stack: it is the reader's mistake");
    assert.throws(() => statSync(wrong.HUB_DATA_DIR), { code: 'ENOENT' });
    folder.remove();
  });

  for (const [name, { file }] of Object.entries(servicesOfCompose())) {
    test(`${name} alone says what it misses, and that no secret has a default`, async () => {
      const service = startProcess(file, { PORT: 'x' });
      assert.equal(await new Promise((resolve) => service.child.once('exit', resolve)), 1);
      const told = service.output();
      assert.match(told, /- PORT: must be a whole number/);
      if (!['worker', 'events'].includes(name)) assert.match(told, /- HUB_SUBGRAPH_SECRET: .*secret/);
      if (['gateway', 'access', 'eventgraph', 'identity', 'process', 'worker', 'events'].includes(name))
        assert.match(told, /- DATABASE_URL: .*postgres/);
      if (name === 'worker') assert.match(told, /- HUB_EXECUTOR_ID: /);
      if (['process', 'worker'].includes(name))
        for (const vendor of ['NETSUITE', 'STRIPE', 'SALESFORCE', 'ZENDESK'])
          assert.match(told, new RegExp(`- ${vendor}_`));
      assert.doesNotMatch(told, /Invalid input|expected string/);
    });
  }
});

describe('a hub that starts and ends', () => {
  test('it keeps its keys to itself, ends in order on SIGTERM, and starts again after kill -9 on what it had', async () => {
    const hub = await startHub({ port: await freePort() });
    try {
      assert.equal(statSync(join(hub.dataDir, 'demo-keys.json')).mode & 0o777, 0o600);
      const ask = async () =>
        (await hub.ask<{ customer: { id: string } }>('{ customer(id: "C-10001") { id } }')).data.customer.id;
      assert.equal(await ask(), 'C-10001');
      const startedAt = performance.now();
      assert.equal(await hub.stop(), 0);
      assert.ok(performance.now() - startedAt < 10_000);
      await hub.start();
      assert.equal(await ask(), 'C-10001', 'the keys of the first start still hold');
      await hub.kill();
      await hub.start();
      assert.equal(await ask(), 'C-10001', 'and on the database that a killed hub left running');
      const health = await Promise.all(
        ['livez', 'readyz'].map(async (path) => (await fetch(`${hub.url}/${path}`)).status),
      );
      assert.deepEqual(health, [200, 200]);
    } finally {
      await hub.close();
    }
  });
});
