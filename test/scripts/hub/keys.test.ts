import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../../platform/clock.ts';
import { startDatabase } from '../../../platform/db/database.ts';
import { createDb } from '../../../platform/db/db.ts';
import { createKeyStore, migrateKeys } from '../../../platform/keys/key-store.ts';
import { silentLog } from '../../../platform/log.ts';

const SCRIPT = fileURLToPath(new URL('../../../scripts/hub.ts', import.meta.url));

let dataDir: string;
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'concord-hub-keys-'));
  await chmod(dataDir, 0o755);
});
after(() => rm(dataDir, { recursive: true, force: true }));

/** Runs the command line as a user does. */
async function hub(args: readonly string[], env: Record<string, string> = { HUB_DATA_DIR: dataDir }) {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', SCRIPT, ...args], {
    env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { out, err, code };
}

test('keys are made, listed, shown and revoked while no hub runs', async () => {
  const made = await hub([
    'keys',
    'create',
    '--name',
    'Night job',
    '--scopes',
    'customer:read, order:read',
    '--acts-for',
    'erp',
    '--expires',
    '2999-01-01',
  ]);
  assert.equal(made.code, 0, made.err);
  const key = /^ {2}(cnc_live_\w+)$/m.exec(made.out)?.[1] ?? '';
  const id = key.slice(9, 21);
  const listed = await hub(['keys', 'list']);
  assert.match(listed.out, new RegExp(`${id} +Night job +valid +ERP +all +never +customer:read,order:read`));
  assert.ok(!listed.out.includes(key.slice(22)), 'the list shows no secret');
  const revoked = await hub(['keys', 'revoke', id]);
  assert.match(revoked.out, new RegExp(`^${id} \\(Night job\\) is revoked since `));
  assert.match((await hub(['keys', 'list'])).out, /revoked/);
  assert.ok(
    !(await readdir(join(dataDir, 'postgres', 'cluster'))).includes('postmaster.pid'),
    'the database was ended',
  );
});

test('a key made while a hub runs holds in that hub', async () => {
  const database = await startDatabase({ dataDir, log: silentLog, durable: false });
  const db = createDb(database.url);
  try {
    await migrateKeys(db);
    const store = createKeyStore(db, systemClock);
    const made = await hub(['keys', 'create', '--name', 'portal', '--scopes', 'customer:read', '--json']);
    const { key, id }: { key: string; id: string } = JSON.parse(made.out);
    assert.equal((await store.verify(key))?.name, 'portal');
    assert.equal((await hub(['keys', 'revoke', id])).code, 0);
    assert.notEqual((await store.show(id))?.revokedAt, null);
  } finally {
    await db.destroy();
    await database.close();
  }
});

/** What a command says of each wrong value is told in keys-commands.test.ts. */
const WRONG: readonly [string, string[], number, RegExp, Record<string, string>?][] = [
  ['an unknown id', ['keys', 'show', 'nope'], 1, /^There is no key with the id nope\. `hub keys list`/],
  ['an unknown command', ['keyz'], 2, /unknown command 'keyz'/],
  [
    'a database that does not answer',
    ['keys', 'list'],
    1,
    /DATABASE_URL: PostgreSQL at 127\.0\.0\.1:1\/x does not take/,
    { DATABASE_URL: 'postgres://a:s3cret-word@127.0.0.1:1/x' },
  ],
  [
    'a database URL that is none',
    ['keys', 'list'],
    1,
    /DATABASE_URL: must be like postgres:/,
    { DATABASE_URL: 'mysql://x' },
  ],
];
for (const [what, args, code, message, env] of WRONG) {
  test(`${what} ends with code ${code}, and the message says what is wrong`, async () => {
    const ended = await hub(args, env);
    assert.equal(ended.code, code);
    assert.match(ended.err, message);
    assert.equal(ended.out, '');
    assert.doesNotMatch(ended.err, /s3cret-word|\n {4}at /);
  });
}
