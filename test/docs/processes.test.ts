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

const PAGE = new URL('../../docs/processes.md', import.meta.url);
const page = readFileSync(PAGE, 'utf8');
const examples = examplesIn(page);
const run = promisify(execFile);

describe('the page of processes', () => {
  const folder = temporaryFolder();
  let hub: HubProcess | undefined;
  let env: Record<string, string> = {};
  before(async () => {
    const port = String(await freePort());
    const url = `http://127.0.0.1:${port}`;
    const database = await testDatabase();
    hub = startProcess('hub.ts', {
      PORT: port,
      HUB_DATA_DIR: folder.path,
      HUB_SANDBOX_LATENCY_MS: '0',
      DATABASE_URL: database.url,
    });
    await ready(`${url}/readyz`, hub);
    env = { PATH: process.env.PATH ?? '', HUB: url, KEYS: join(folder.path, 'demo-keys.json') };
  });
  after(async () => {
    await hub?.end();
    folder.remove();
  });

  test('every act that has a section has an example in it', () => {
    for (const section of page.split(/^## /m).filter((text) => /^[a-z]+[A-Z]/.test(text))) {
      const acts = (section.split('\n')[0] ?? '').split(', ');
      for (const act of acts)
        assert.ok(
          examplesIn(section).some(({ command }) => command.includes(act)),
          act,
        );
    }
  });

  for (const [index, { command, answer }] of examples.entries()) {
    const act = /"query": "\w* ?\{\s*(\w+)/.exec(command)?.[1] ?? '';
    test(`example ${index + 1}, ${act}, pasted into a shell with the demo key, answers as printed`, async () => {
      const { stdout } = await run('bash', ['-c', command], { env });
      assertAsPrinted(JSON.parse(stdout), answer);
    });
  }

  test('the files that it points to exist', () => {
    for (const [, target = ''] of page.matchAll(/\]\(([^)#]+)[^)]*\)/g)) {
      assert.ok(existsSync(new URL(target, PAGE)), target);
    }
  });
});
