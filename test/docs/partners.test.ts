import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { testDatabase } from '../support/database.ts';
import { freePort } from '../support/free-port.ts';
import { type HubProcess, ready, startProcess, temporaryFolder } from '../support/hub.ts';
import { assertAsPrinted, examplesIn } from '../support/printed-examples.ts';

const GUIDE = new URL('../../docs/partners.md', import.meta.url);
const page = readFileSync(GUIDE, 'utf8');
const examples = examplesIn(page);
const run = promisify(execFile);

describe('the guide for partners', () => {
  const folder = temporaryFolder();
  let hub: HubProcess | undefined;
  let env: Record<string, string> = {};
  before(async () => {
    const port = String(await freePort());
    const url = `http://127.0.0.1:${port}`;
    const database = await testDatabase();
    // In production, where a partner's own rights decide what of the schema is shown.
    hub = startProcess('hub.ts', {
      PORT: port,
      HUB_DATA_DIR: folder.path,
      HUB_SANDBOX_LATENCY_MS: '0',
      HUB_MODE: 'production',
      DATABASE_URL: database.url,
    });
    await ready(`${url}/readyz`, hub);
    env = { PATH: process.env.PATH ?? '', HUB: url, KEYS: join(folder.path, 'demo-keys.json') };
  });
  after(async () => {
    await hub?.end();
    folder.remove();
  });

  test('its examples are found', () => assert.equal(examples.length, 4));

  for (const [index, { command, answer }] of examples.entries()) {
    test(`example ${index + 1}, pasted into a shell with the demo key, answers as printed`, async () => {
      const { stdout } = await run('bash', ['-c', command], { env });
      assertAsPrinted(JSON.parse(stdout), answer);
    });
  }

  test('the files that it points to exist', () => {
    for (const [, target = ''] of page.matchAll(/\]\(([^)#]+)\)/g)) {
      assert.ok(existsSync(new URL(target, GUIDE)), target);
    }
  });
});
