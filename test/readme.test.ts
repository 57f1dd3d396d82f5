import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { freePort } from './support/free-port.ts';
import { type HubProcess, ready, startProcess, temporaryFolder } from './support/hub.ts';
import { assertAsPrinted, examplesIn } from './support/printed-examples.ts';

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const run = promisify(execFile);

/** Commands of the README that ask the hub, each with the answer that is printed under it. */
const asked = examplesIn(README);

const CHROMIUM = '/usr/bin/chromium';
/** As root Chromium has no sandbox of its own; the rest keeps it from looking for its maker's hosts. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe('the README', () => {
  const folder = temporaryFolder();
  let hub: HubProcess | undefined;
  let env: Record<string, string> = {};
  before(async () => {
    const port = String(await freePort());
    const url = `http://127.0.0.1:${port}`;
    hub = startProcess('hub.ts', { PORT: port, HUB_DATA_DIR: folder.path, HUB_SANDBOX_LATENCY_MS: '0' });
    await ready(`${url}/readyz`, hub);
    env = { PATH: process.env.PATH ?? '', HUB: url, KEYS: join(folder.path, 'demo-keys.json') };
  });
  after(async () => {
    await hub?.end();
    folder.remove();
  });

  test('its commands are found', () => assert.equal(asked.length, 3));

  for (const [index, { command, answer }] of asked.entries()) {
    test(`command ${index + 1}, pasted into a shell, answers as printed`, async () => {
      const { stdout } = await run('bash', ['-c', command], { env });
      assertAsPrinted(JSON.parse(stdout), answer);
    });
  }

  test('the files that it points to exist', () => {
    for (const [, target = ''] of README.matchAll(/\]\(([^)#]+)\)/g)) {
      if (!target.startsWith('http')) assert.ok(existsSync(new URL(`../${target}`, import.meta.url)), target);
    }
  });

  test('the first thing that is printed can be pasted too', async () => {
    const pasted = /KEY=[\s\S]*?'\n/.exec(hub?.output() ?? '')?.[0];
    assert.ok(pasted, hub?.output());
    const { stdout } = await run('bash', ['-c', pasted], { env });
    assert.equal(
      (JSON.parse(stdout) as { data: { customer: { displayName: string } } }).data.customer.displayName,
      'Iris Robotics AG',
    );
  });

  const noBrowser = existsSync(CHROMIUM) ? false : 'Chromium is not installed (Debian: apt-get install chromium)';
  test('in a browser an example runs at a click, without anything from elsewhere', { skip: noBrowser }, async () => {
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS });
    try {
      const page = await browser.newPage();
      const elsewhere: string[] = [];
      const complaints: string[] = [];
      page.on('request', (request) => {
        if (!request.url().startsWith(env.HUB ?? '') && !/^(data|blob):/.test(request.url()))
          elsewhere.push(request.url());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`${env.HUB}/`);
      await page.getByRole('button', { name: /execute query/i }).click();
      await page.locator('.graphiql-response', { hasText: 'Iris Robotics AG' }).waitFor();
      assert.deepEqual({ elsewhere, complaints }, { elsewhere: [], complaints: [] });
    } finally {
      await browser.close();
    }
  });
});
