import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as delay } from 'node:timers/promises';

export interface Lock {
  release(): void;
}

/**
 * Takes a data directory for this process, waiting at most `waitMs`; `null` when another process has it. The lock is a
 * SQLite file lock because that is the one lock Node offers that the kernel takes back when its holder dies.
 */
export async function lockDirectory(directory: string, waitMs: number): Promise<Lock | null> {
  await mkdir(directory, { recursive: true }).catch((cause: unknown) => {
    throw new Error(`The data directory cannot be written: ${directory}. Set HUB_DATA_DIR to one that can.`, { cause });
  });
  const deadline = Date.now() + waitMs;
  for (;;) {
    const lock = tryLock(directory);
    if (lock !== null || Date.now() >= deadline) return lock;
    await delay(50);
  }
}

function tryLock(directory: string): Lock | null {
  const file = openLock(directory);
  try {
    file.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    file.close();
    if (error instanceof Error && /locked|busy/i.test(error.message)) return null;
    throw error;
  }
  chmodSync(join(directory, 'lock'), 0o600); // who may read a file may lock it
  writeFileSync(join(directory, 'holder'), String(process.pid), { mode: 0o600 });
  return { release: () => file.close() };
}

function openLock(directory: string): DatabaseSync {
  try {
    return new DatabaseSync(join(directory, 'lock'));
  } catch (cause) {
    throw new Error(
      `The database in ${directory} belongs to another user. Start the hub as that user, or set HUB_DATA_DIR to a directory of your own.`,
      { cause },
    );
  }
}

/** Process id of who has, or last had, the directory; for messages only. */
export function lockHolder(directory: string): string {
  try {
    return readFileSync(join(directory, 'holder'), 'utf8');
  } catch {
    return 'unknown'; // it may be between taking the lock and writing its id
  }
}
