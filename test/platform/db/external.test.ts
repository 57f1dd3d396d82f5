import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { before, test } from 'node:test';
import { sql } from 'kysely';
import { startDatabase } from '../../../platform/db/database.ts';
import { checkExternal } from '../../../platform/db/external.ts';
import { silentLog } from '../../../platform/log.ts';
import { type TestDatabase, testDatabase } from '../../support/database.ts';

let there: TestDatabase;
before(async () => {
  there = await testDatabase();
});

/** What is said about the URL, which must never hold the password. */
async function refusal(change: (url: URL) => void, waitMs = 0): Promise<string> {
  const url = new URL(there.url);
  change(url);
  const error = await checkExternal(url.href, waitMs).then(
    () => assert.fail('was accepted'),
    (failure: unknown) => failure,
  );
  assert.ok(error instanceof Error && error.name === 'ConfigError');
  assert.ok(!error.message.includes(new URL(there.url).password) && !error.message.includes('s3cret-word'));
  return error.message;
}

test('a database that is there is used as it is, and left running', async () => {
  const database = await startDatabase({ dataDir: '/nonexistent', databaseUrl: there.url, log: silentLog });
  assert.equal(database.url, there.url);
  await database.close();
  assert.ok(await checkExternal(there.url));
});

test('what is wrong with a database URL is told with host and reason', async () => {
  assert.match(
    await refusal((url) => (url.password = 's3cret-word')),
    /PostgreSQL at 127\.0\.0\.1:\d+\/test_\w+ does not take the connection \(28P01\)/,
  );
  assert.match(await refusal((url) => (url.pathname = '/nowhere')), /\/nowhere does not take the connection \(3D000\)/);
  assert.match(await refusal((url) => (url.port = '1')), /127\.0\.0\.1:1\/.*\(ECONNREFUSED\)/);
  await assert.rejects(checkExternal('mysql://user:s3cret-word@host/db', 0), /DATABASE_URL: must be like postgres:/);
  await assert.rejects(checkExternal('postgres://', 0), { name: 'ConfigError' });
});

test('a database that could not hold every name is refused', async () => {
  await sql`CREATE DATABASE ascii_only ENCODING 'SQL_ASCII' TEMPLATE template0`.execute(there.db);
  try {
    assert.match(await refusal((url) => (url.pathname = '/ascii_only')), /encoding is SQL_ASCII; UTF8 is needed/);
  } finally {
    await sql`DROP DATABASE ascii_only`.execute(there.db);
  }
});

test('a server that is still starting is waited for', async () => {
  const { port } = new URL(there.url);
  const relay = createServer((client) => {
    client.pipe(connect(Number(port), '127.0.0.1')).pipe(client);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  const address = relay.address();
  assert.ok(address !== null && typeof address === 'object');
  await new Promise((resolve) => relay.close(resolve));
  const url = new URL(there.url);
  url.port = String(address.port);
  const checked = checkExternal(url.href, 5_000);
  setTimeout(() => relay.listen(address.port, '127.0.0.1'), 250);
  assert.equal((await checked).url, url.href);
  await new Promise((resolve) => relay.close(resolve));
});
