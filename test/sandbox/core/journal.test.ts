import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fixedClock } from '../../../platform/clock.ts';
import type { SandboxOptions } from '../../../sandbox/start.ts';
import { type NotebookSandbox, startNotebooks } from './notebook.ts';

const folder = await mkdtemp(join(tmpdir(), 'sandbox-journal-'));
after(() => rm(folder, { recursive: true }));
let files = 0;
const freshFile = (): string => {
  files += 1;
  return join(folder, `${files}.ndjson`);
};

/** Starts, does something, and ends. */
async function during<T>(options: SandboxOptions, act: (sandbox: NotebookSandbox) => Promise<T>): Promise<T> {
  const sandbox = await startNotebooks(options);
  try {
    return await act(sandbox);
  } finally {
    await sandbox.close();
  }
}
const notes = async (sandbox: NotebookSandbox): Promise<unknown> => (await sandbox.send('GET', '/notes')).json();

test('a later start has every effective write again: state, ids, times and ledger', async () => {
  const journalFile = freshFile();
  const clock = fixedClock('2026-05-04T10:00:00Z');
  const before = await during({ journalFile, clock }, async (sandbox) => {
    for (const text of ['one', 'zwölf', 'three']) {
      await sandbox.send('POST', '/notes', { text }, { headers: { 'idempotency-key': `k:${text}` } });
      clock.advance(60_000);
    }
    assert.equal((await sandbox.send('POST', '/notes', {})).status, 422);
    assert.equal((await sandbox.send('POST', '/query', {})).status, 200);
    return { notes: await notes(sandbox), ledger: sandbox.ledger('stripe') };
  });
  assert.equal(before.ledger[1]?.at, '2026-05-04T10:01:00.000Z');

  clock.advance(86_400_000 * 3);
  await during({ journalFile, clock }, async (sandbox) => {
    assert.deepEqual(sandbox.replayed, { writes: 3, refused: 0, setAside: null });
    assert.deepEqual({ notes: await notes(sandbox), ledger: sandbox.ledger('stripe') }, before);
    assert.equal(sandbox.calls().length, 1, 'what was played back is no call');
    const { body } = await sandbox.control('GET', '/');
    assert.match(JSON.stringify(body), /"today":"2026-05-04"/, 'the world stands where the writes were made');
    await sandbox.send('POST', '/notes', { text: 'four' });
  });
  await during({ journalFile, clock }, async (sandbox) => assert.equal(sandbox.replayed.writes, 4));
});

test('the journal holds no credentials', async () => {
  const journalFile = freshFile();
  const secret = await during({ journalFile }, async (sandbox) => {
    const headers = { 'x-api-key': 'hush-1', 'x-auth-token': 'hush-2', cookie: 'hush-3', 'x-kept': 'yes' };
    await sandbox.send('POST', '/notes', { text: 'a' }, { headers });
    return sandbox.credentials.stripe.token ?? '';
  });
  const text = await readFile(journalFile, 'utf8');
  assert.ok(secret.length >= 32);
  for (const hidden of [secret, 'hush', 'authorization']) assert.ok(!text.includes(hidden), hidden);
  assert.match(text, /"x-kept":"yes"/);
  assert.equal((await stat(journalFile)).mode & 0o777, 0o600);
});

test('a write whose answer was lost is in the journal; one that never arrived is not', async () => {
  const journalFile = freshFile();
  await during({ journalFile }, async (sandbox) => {
    const signal = () => ({ signal: AbortSignal.timeout(100) });
    sandbox.addFault({ vendor: 'stripe', kind: 'apply-then-time-out', count: 1 });
    await assert.rejects(sandbox.send('POST', '/notes', { text: 'happened' }, signal()));
    sandbox.addFault({ vendor: 'stripe', kind: 'time-out-without-applying', count: 1 });
    await assert.rejects(sandbox.send('POST', '/notes', { text: 'never' }, signal()));
    sandbox.addFault({ vendor: 'stripe', kind: 'status', status: 200, count: 1 });
    await sandbox.send('POST', '/notes', { text: 'only said' });
  });
  await during({ journalFile }, async (sandbox) => {
    assert.deepEqual(
      sandbox.ledger('stripe').map(({ businessKey }) => businessKey),
      ['happened'],
    );
  });
});

test('a journal that was cut in its last line is read up to there, and goes on after it', async () => {
  const journalFile = freshFile();
  await during({ journalFile }, (sandbox) => sandbox.send('POST', '/notes', { text: 'ä' }));
  for (const torn of ['{"vendor":"stripe","method":"PO', '{', '{"vendor":"stripe"}\n', 'ä'.repeat(9)]) {
    await appendFile(journalFile, torn);
    const texts = await during({ journalFile }, async (sandbox) => {
      await sandbox.send('POST', '/notes', { text: torn });
      return sandbox.ledger('stripe').map(({ businessKey }) => businessKey);
    });
    assert.deepEqual(texts.slice(-1), [torn]);
  }
  await during({ journalFile }, async (sandbox) => assert.equal(sandbox.replayed.writes, 5));
});

test('reset empties the journal', async () => {
  const journalFile = freshFile();
  await during({ journalFile }, async (sandbox) => {
    await sandbox.send('POST', '/notes', { text: 'a' });
    await sandbox.reset();
    await sandbox.send('POST', '/notes', { text: 'b' });
  });
  await during({ journalFile }, async (sandbox) => {
    assert.deepEqual(
      sandbox.ledger('stripe').map(({ businessKey, id }) => [businessKey, id]),
      [['b', 'n-2']],
    );
  });
});

test('the journal of another world is put aside, not played back', async () => {
  const journalFile = freshFile();
  await during({ journalFile }, (sandbox) => sandbox.send('POST', '/notes', { text: 'a' }));
  await during({ journalFile, seed: 2 }, async (sandbox) => assert.equal(sandbox.replayed.writes, 0));
  assert.ok((await readdir(folder)).some((name) => name.endsWith('.seed-1-customers-60')));
});

test('a file that is no journal is left as it is', async () => {
  const journalFile = freshFile();
  for (const text of ['my diary\n', '{"a":1}\n', 'no newline']) {
    await writeFile(journalFile, text);
    await assert.rejects(startNotebooks({ journalFile }), /is not a journal of the sandbox/);
    assert.equal(await readFile(journalFile, 'utf8'), text);
  }
  await writeFile(journalFile, '{"seed":1,"cus');
  await during({ journalFile }, async (sandbox) =>
    assert.equal(sandbox.replayed.writes, 0, 'killed at its first line'),
  );
});

test('two thousand writes are played back in seconds of a core', async () => {
  const journalFile = freshFile();
  await during({ journalFile }, async (sandbox) => {
    await sandbox.send('POST', '/notes', { text: 'a' });
  });
  const [ground, line] = (await readFile(journalFile, 'utf8')).split('\n');
  await writeFile(journalFile, `${[ground, ...Array.from({ length: 2000 }, () => line)].join('\n')}\n`);
  const began = process.cpuUsage();
  await during({ journalFile }, async (sandbox) =>
    assert.deepEqual(sandbox.replayed, { writes: 2000, refused: 0, setAside: null }),
  );
  const { user, system } = process.cpuUsage(began);
  assert.ok((user + system) / 1e6 < 10);
});
