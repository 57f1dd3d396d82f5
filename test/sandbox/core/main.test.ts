import assert from 'node:assert/strict';
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { after, test } from 'node:test';

const folder = await mkdtemp(join(tmpdir(), 'sandbox-main-'));
after(() => rm(folder, { recursive: true }));
const file = join(folder, 'sandbox.json');
const journal = join(folder, 'journal.ndjson');

type Running = ChildProcessByStdio<null, Readable, Readable>;

function start(...options: string[]): Running {
  const main = new URL('../../../sandbox/main.ts', import.meta.url).pathname;
  const everywhere = ['--customers', '60', '--latency', '0', '--file', file, '--journal', journal];
  return spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, ...everywhere, ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** What it printed up to the line that says that it is ready. */
async function ready(running: Running): Promise<string> {
  let text = '';
  for await (const chunk of running.stdout.iterator({ destroyOnReturn: false })) {
    text += chunk;
    if (text.includes('URLs and credentials')) return text;
  }
  throw new Error(`it ended before it was ready: ${text}`);
}

async function ended(running: Running, signal?: NodeJS.Signals): Promise<{ code: number | null; stderr: string }> {
  let stderr = '';
  running.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  if (signal) running.kill(signal);
  const [code] = await once(running, 'close');
  return { code, stderr };
}

/** Why what a process took is not known here; `false` on Linux. */
const noProcessTimes = existsSync('/proc/self/stat') ? false : 'the times of a process are read where Linux tells them';

/** What a process took so far, of the system too; Linux counts in hundredths of a second (proc(5)). */
function secondsOfCore(pid: number | undefined): number {
  const [, afterName = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const [user, system] = afterName.split(' ').slice(11, 13);
  return (Number(user) + Number(system)) / 100;
}

interface Kept {
  url: Record<string, string>;
  environment: Record<string, string>;
  credentials: Record<string, Record<string, string>>;
}
const kept = async (): Promise<Kept> => JSON.parse(await readFile(file, 'utf8')) as Kept; // compared between starts

test('it says where things are, keeps them for the next start, and ends cleanly on SIGTERM and SIGINT', async () => {
  const first = start();
  const printed = await ready(first);
  const before = await kept();
  assert.deepEqual(Object.keys(before.url).sort(), ['control', 'netsuite', 'salesforce', 'stripe', 'zendesk']);
  for (const url of Object.values(before.url)) assert.ok(printed.includes(url));
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal((await fetch(`${before.url.control}/scenarios`)).status, 200);
  assert.deepEqual(await ended(first, 'SIGTERM'), { code: 0, stderr: '' });

  const second = start();
  await ready(second);
  assert.deepEqual(await kept(), before, 'the same ports and credentials');
  assert.equal((await ended(second, 'SIGINT')).code, 0);
});

test('it ends although a client is kept waiting, and starts again after kill -9', async () => {
  const running = start();
  await ready(running);
  const { url } = await kept();
  const body = JSON.stringify({ vendor: 'stripe', kind: 'hang' });
  await fetch(`${url.control}/faults`, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
  const waiting = assert.rejects(fetch(`${url.stripe}/v1/customers`), TypeError);
  while (!JSON.stringify(await (await fetch(`${url.control}/calls`)).json()).includes('/v1/customers'));
  assert.equal((await ended(running, 'SIGTERM')).code, 0);
  await waiting;

  const killed = start();
  await ready(killed);
  await ended(killed, 'SIGKILL');
  const again = start();
  await ready(again);
  assert.deepEqual((await kept()).url, url);
  await ended(again, 'SIGTERM');
});

test('another port is taken where the last one is in use, a fixed one or none', async () => {
  const { url } = await kept();
  const squatter = createServer().listen(Number(new URL(url.stripe ?? '').port), '127.0.0.1');
  await once(squatter, 'listening');
  const running = start();
  await ready(running);
  const moved = (await kept()).url;
  assert.notEqual(moved.stripe, url.stripe);
  assert.equal(moved.netsuite, url.netsuite);
  await ended(running, 'SIGTERM');

  const { code, stderr } = await ended(start('--stripe-port', new URL(url.stripe ?? '').port));
  assert.equal(code, 1);
  assert.match(stderr, /did not start: .*EADDRINUSE/);
  squatter.close();
});

test('wrong options and a wrong file end it with a sentence that says what is right', async () => {
  const cases: [options: string[], says: RegExp][] = [
    [['--customers', '0'], /--customers.*whole number from 1 to 1000000/],
    [['--latency', '60-20'], /--latency.*like 20-60/],
    [['--colour', 'red'], /unknown option '--colour'/],
  ];
  for (const [options, says] of cases) {
    const { code, stderr } = await ended(start(...options));
    assert.equal(code, 1, options.join(' '));
    assert.match(stderr, says);
  }
  await writeFile(file, '{"url":{}}');
  const { code, stderr } = await ended(start());
  assert.equal(code, 1);
  assert.match(stderr, /is not a sandbox file \(wrong: url\.salesforce.*delete it/);
});

test('a hundred thousand customers are ready after twenty seconds of a core', { skip: noProcessTimes }, async () => {
  const running = start('--customers', '100000', '--no-journal', '--file', join(folder, 'large.json'));
  assert.match(await ready(running), /Sandbox of 100000 customers/);
  assert.ok(secondsOfCore(running.pid) < 20);
  await ended(running, 'SIGTERM');
});

test('a journal of another company is put aside, and it says where', async () => {
  const journalOf500 = join(folder, 'other.ndjson');
  const write = { vendor: 'stripe', method: 'POST', url: '/', headers: {}, body: '', at: '2026-01-01T00:00:00Z' };
  const ground = { seed: 1, customers: 500, today: '2026-01-01' };
  await writeFile(journalOf500, `${JSON.stringify(ground)}\n${JSON.stringify(write)}\n`);
  const running = start('--journal', journalOf500, '--file', join(folder, 'other.json'));
  assert.match(await ready(running), /other\.ndjson\.seed-1-customers-500/);
  await ended(running, 'SIGTERM');
});
