import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statfsSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { asking, stateOf } from '../saga/support/engine.ts';
import { accepted, createLedger, ownDatabase, ownEngine } from './ground.ts';

/** A disk of its own that is small: only root may make one, and only where the machine lets it. */
function smallDisk(): { folder: string; end(): void } | null {
  const folder = mkdtempSync(join(tmpdir(), 'concord-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=160m,mode=755', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true, force: true });
    return null;
  }
  return {
    folder,
    end() {
      execFileSync('umount', ['-l', folder]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const disk = process.platform === 'linux' ? smallDisk() : null;

test('C45 on a full disk mutations ask to be repeated and nothing is half written; with space it works again, and nothing is lost', {
  skip: disk === null && 'this machine lets nobody mount a small disk',
  timeout: 120_000,
}, async () => {
  assert.ok(disk);
  const ledger = createLedger();
  const database = await ownDatabase(disk.folder);
  const ground = await ownEngine(database.url, ledger);
  const ballast = join(disk.folder, 'ballast');
  try {
    await ground.engine.start(asking('before'));
    await ground.engine.wait('prc_before', 20_000);
    const { bavail, bsize } = statfsSync(disk.folder);
    writeFileSync(ballast, Buffer.alloc(Math.max(0, bavail * bsize - 256 * 1024)));

    const ids: string[] = [];
    let refused = 0;
    const filler = 'x'.repeat(200_000).replaceAll(/x/g, () => Math.random().toString(36).slice(2, 3));
    for (let nr = 0; refused < 3 && nr < 500; nr += 1) {
      const id = await accepted(ground.engine, { ...asking(`full-${nr}`), input: { n: 1, filler } });
      if (id === null) refused += 1;
      else ids.push(id);
    }
    assert.equal(refused, 3, 'the disk was full');
    truncateSync(ballast, 0);
    let again: string | null = null;
    while (again === null) again = await accepted(ground.engine, asking('after'));
    for (const id of [...ids, again]) {
      await ground.engine.wait(id, 30_000);
      assert.equal(await stateOf(ground.db, id), 'COMPLETED', id);
    }
  } finally {
    await ground.close();
    await database.close().catch(() => {});
    disk.end();
  }
});
