import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { access, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Binaries } from './binaries.ts';
import type { Place } from './place.ts';

/** The role that owns everything in the embedded database. */
export const ROLE = 'concord';

/**
 * Makes the cluster when there is none, and answers its password. A half-made one of a killed start is never taken for
 * whole: it is made under another name and renamed at the end.
 */
export async function ensureCluster(place: Place, binaries: Binaries, durable: boolean): Promise<string> {
  if (
    await access(join(place.cluster, 'PG_VERSION')).then(
      () => true,
      () => false,
    )
  )
    return readPassword(place);

  const half = `${place.cluster}.half`;
  const passwordForInitdb = `${place.passwordFile}.initdb`;
  await rm(half, { recursive: true, force: true });
  await mkdir(half, { mode: 0o700 });
  const password = randomBytes(24).toString('base64url');
  await writeFile(place.passwordFile, password, { mode: 0o600 });
  await writeFile(passwordForInitdb, password, { mode: 0o600 });
  if (place.account !== null) {
    await chown(half, place.account.uid, place.account.gid);
    await chown(passwordForInitdb, place.account.uid, place.account.gid);
  }
  try {
    await promisify(execFile)(
      binaries.initdb,
      [
        `--pgdata=${half}`,
        `--username=${ROLE}`,
        `--pwfile=${passwordForInitdb}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        '--locale=C',
        '--data-checksums',
        '--no-instructions',
        ...(durable ? [] : ['--no-sync']),
      ],
      {
        cwd: place.directory,
        env: { LC_ALL: 'C' },
        ...(place.account && { uid: place.account.uid, gid: place.account.gid }),
      },
    );
  } catch (cause) {
    const said = String((cause as { stderr?: unknown }).stderr ?? '').trim(); // execFile puts what the program said there
    throw new Error(`The embedded database could not be made in ${place.directory}: ${said || String(cause)}`, {
      cause,
    });
  } finally {
    await rm(passwordForInitdb, { force: true });
  }
  await rename(half, place.cluster);
  return password;
}

/** The kept password. @throws an error that says why it cannot be had */
export async function readPassword(place: Place): Promise<string> {
  try {
    return (await readFile(place.passwordFile, 'utf8')).trim();
  } catch (cause) {
    throw new Error(
      `The password of the embedded database (${place.passwordFile}) cannot be read. Start the hub as the user who made it, or set HUB_DATA_DIR to a new directory.`,
      { cause },
    );
  }
}
