import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { openDatabase, startDatabase } from '../../../platform/db/database.ts';
import { createDb } from '../../../platform/db/db.ts';
import { stopServer } from '../../../platform/db/embedded/server.ts';
import { silentLog } from '../../../platform/log.ts';
import { gone, hubProcess, killLeftHubs, query, serverPid } from './hub-processes.ts';

let dataDir: string;
let cluster: string;
/** A data directory whose cluster was made once, and has not been used. */
let made: string;

before(async () => {
  made = await mkdtemp(join(tmpdir(), 'concord-embedded-'));
  await chmod(made, 0o755);
  const database = await startDatabase({ dataDir: made, log: silentLog, durable: false });
  await database.close();
});
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'concord-embedded-'));
  await chmod(dataDir, 0o755);
  cluster = join(dataDir, 'postgres', 'cluster');
});

afterEach(async () => {
  killLeftHubs();
  await stopServer(cluster, 2_000);
  await rm(dataDir, { recursive: true, force: true });
});
after(killLeftHubs);
after(() => rm(made, { recursive: true, force: true }));

/** For tests of what comes later: making a cluster takes a second. */
const withCluster = () => execFileSync('cp', ['-a', join(made, 'postgres'), dataDir]);

const start = () => startDatabase({ dataDir, log: silentLog, durable: false });

test('the server takes connections on loopback only, with a password only, and its files are its own', async () => {
  const database = await startDatabase({ dataDir, log: silentLog });
  try {
    const [settings] = (await query(
      database.url,
      `SELECT current_setting('listen_addresses') AS listen, current_setting('unix_socket_directories') AS sockets,
        current_setting('data_checksums') AS checksums, current_setting('server_encoding') AS encoding,
        current_setting('fsync') AS fsync, current_setting('password_encryption') AS password,
        (SELECT datcollate FROM pg_database WHERE datname = current_database()) AS collation`,
    )) as object[];
    assert.deepEqual(settings, {
      listen: '127.0.0.1',
      sockets: '',
      checksums: 'on',
      encoding: 'UTF8',
      fsync: 'on',
      password: 'scram-sha-256',
      collation: 'C',
    });
    const wrong = new URL(database.url);
    wrong.password = 'guess';
    await assert.rejects(query(wrong.href, 'SELECT 1'), { code: '28P01' });
    const mode = async (path: string) => (await stat(join(dataDir, 'postgres', path))).mode & 0o777;
    assert.equal(await mode('password'), 0o600);
    assert.equal(await mode('cluster'), 0o700);
    assert.equal(await mode('server.log'), 0o600);
    assert.ok(
      !(await readFile(join(dataDir, 'postgres', 'server.log'), 'utf8')).includes(new URL(database.url).password),
    );
  } finally {
    await database.close();
  }
});

test('what was committed is there at the next start, which makes nothing anew', async () => {
  withCluster();
  const first = await start();
  await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
  const pid = serverPid(cluster);
  await first.close();
  await gone(pid);
  const second = await start();
  assert.deepEqual(await query(second.url, 'SELECT n FROM kept'), [{ n: 7 }]);
  await second.close();
  await second.close();
});

test('a hub that is killed leaves its server, and the next one goes on with it', async () => {
  withCluster();
  const killed = await hubProcess(dataDir);
  await query(killed.url, 'CREATE TABLE kept AS SELECT 7 AS n');
  const pid = serverPid(cluster);
  await killed.killHard();
  const next = await hubProcess(dataDir);
  assert.equal(serverPid(cluster), pid);
  assert.deepEqual(await query(next.url, 'SELECT n FROM kept'), [{ n: 7 }]);
  await next.close();
  await gone(pid);
});

test('when hub and server are killed, the next start recovers what was committed', async () => {
  withCluster();
  const killed = await hubProcess(dataDir, 'start-durable');
  await query(killed.url, 'CREATE TABLE kept AS SELECT generate_series(1, 1000) AS n');
  const pid = serverPid(cluster);
  process.kill(pid, 'SIGKILL');
  await killed.killHard();
  const next = await hubProcess(dataDir, 'start-durable');
  assert.deepEqual(await query(next.url, 'SELECT count(*)::int AS n FROM kept'), [{ n: 1_000 }]);
  await next.close();
});

test('a hub that was killed while it made the cluster starts from nothing', async () => {
  const { child } = await hubProcess(dataDir).then((first) => first.close().then(() => first));
  assert.equal(child.exitCode, 0);
  await unlink(join(cluster, 'PG_VERSION')); // as a half-made one has none
  await rm(cluster, { recursive: true });
  await writeFile(join(dataDir, 'postgres', 'password'), 'of the half-made one');
  const database = await start();
  assert.deepEqual(await query(database.url, 'SELECT 1 AS n'), [{ n: 1 }]);
  await database.close();
});

test('a second hub on the data directory is refused, and told by whom it is used', async () => {
  withCluster();
  const first = await hubProcess(dataDir);
  const second = await hubProcess(dataDir);
  assert.equal(
    second.said,
    `failed Another hub (process ${first.child.pid}) uses the data directory ${dataDir}. Stop it, or set HUB_DATA_DIR to another directory.`,
  );
  assert.deepEqual(await query(first.url, 'SELECT 1 AS n'), [{ n: 1 }], 'the first one goes on');
  await first.close();
  const third = await hubProcess(dataDir);
  assert.match(third.said, /^ready /);
  await third.close();
});

test('of many hubs started at once one gets the data directory', async () => {
  const hubs = await Promise.all(Array.from({ length: 4 }, () => hubProcess(dataDir)));
  const ready = hubs.filter(({ said }) => said.startsWith('ready '));
  assert.equal(ready.length, 1, hubs.map(({ said }) => said).join('\n'));
  await ready[0]?.close();
});

test('a hub waits for the one before it to end', async () => {
  withCluster();
  const first = await start();
  const second = startDatabase({ dataDir, log: silentLog, lockWaitMs: 10_000, durable: false });
  await first.close();
  const database = await second;
  assert.deepEqual(await query(database.url, 'SELECT 1 AS n'), [{ n: 1 }]);
  await database.close();
});

test('a command uses the database of the running hub and leaves it running; alone it starts it for the moment', async () => {
  withCluster();
  const hub = await hubProcess(dataDir);
  const command = await openDatabase({ dataDir, log: silentLog });
  assert.equal(command.url, hub.url);
  await command.close();
  assert.deepEqual(await query(hub.url, 'SELECT 1 AS n'), [{ n: 1 }]);
  await hub.close();
  const alone = await openDatabase({ dataDir, log: silentLog });
  const pid = serverPid(cluster);
  assert.deepEqual(await query(alone.url, 'SELECT 1 AS n'), [{ n: 1 }]);
  await alone.close();
  await gone(pid);
});

test('a hub that ends without closing takes its server with it', async () => {
  withCluster();
  const hub = await hubProcess(dataDir);
  const pid = serverPid(cluster);
  await hub.exit();
  await gone(pid);
});

test('a server that dies is started again where it was, and pools find it', async () => {
  withCluster();
  const database = await start();
  const db = createDb(database.url, { max: 2 });
  const pid = serverPid(cluster);
  process.kill(pid, 'SIGKILL');
  await gone(pid);
  let found: unknown[] = [];
  for (let attempt = 0; attempt < 200 && found.length === 0; attempt += 1) {
    found = await query(database.url, 'SELECT 1 AS n').catch(() => []);
    if (found.length === 0) await delay(50);
  }
  assert.deepEqual(found, [{ n: 1 }]);
  assert.notEqual(serverPid(cluster), pid);
  await db.destroy();
  await database.close();
});

test('a lock file whose process number now belongs to another program is no obstacle', async () => {
  withCluster();
  const first = await start();
  await first.close();
  const now = Math.floor(Date.now() / 1_000);
  await writeFile(join(cluster, 'postmaster.pid'), `${process.pid}\n${cluster}\n${now}\n5432\n\n127.0.0.1\n\nready\n`);
  const second = await start();
  assert.deepEqual(await query(second.url, 'SELECT 1 AS n'), [{ n: 1 }]);
  await second.close();
});

test('a server whose password is lost is not adopted, and the error says so', async () => {
  withCluster();
  const killed = await hubProcess(dataDir);
  const pid = serverPid(cluster);
  await killed.killHard();
  await writeFile(join(dataDir, 'postgres', 'password'), 'another');
  await assert.rejects(start(), /password is not the one that is kept/);
  await gone(pid);
  await unlink(join(dataDir, 'postgres', 'password'));
  await assert.rejects(start(), /password.*cannot be read.*HUB_DATA_DIR/);
});
