import { createHash } from 'node:crypto';
import { chmod, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Logger } from '../../log.ts';
import { type Account, barredAt, serverAccount } from './account.ts';
import { stopServer } from './server.ts';

/** Where one embedded database lies and whom it belongs to. */
export interface Place {
  readonly directory: string;
  /** PostgreSQL's own data directory. */
  readonly cluster: string;
  readonly passwordFile: string;
  readonly logFile: string;
  readonly account: Account | null;
}

/** Where a server run for root keeps its files when its user cannot enter the data directory, best first. */
const ELSEWHERE = ['/var/lib/concord', join(tmpdir(), 'concord')];

/**
 * The place of the database of a data directory: its folder `postgres`. When the hub runs as root and the server's user
 * cannot get there (a home of mode 700, say), a directory that it can reach, named after the data directory and noted in it.
 */
export async function findPlace(dataDir: string, log: Logger): Promise<Place> {
  const own = join(resolve(dataDir), 'postgres');
  await mkdir(own, { recursive: true });
  const noted = await readFile(join(own, 'location'), 'utf8').catch(() => null);
  if (noted !== null && (await exists(noted))) return placeAt(noted);

  const place = await placeAt(own);
  const barrier = await barredAt(own, place.account);
  if (barrier === null) return prepared(place);
  if (await exists(place.cluster)) {
    throw new Error(
      `The database in ${own} runs as user ${place.account?.name}, who may not enter ${barrier}. Allow it (chmod o+x), or move the data directory.`,
    );
  }
  const elsewhere = await placeElsewhere(own, log);
  await writeFile(join(own, 'location'), elsewhere.directory, { mode: 0o600 });
  log.warn(
    { directory: elsewhere.directory, barrier },
    `the database's user ${elsewhere.account?.name} cannot enter the data directory: the database lies elsewhere`,
  );
  return elsewhere;
}

async function placeElsewhere(own: string, log: Logger): Promise<Place> {
  const name = createHash('sha256').update(own).digest('hex').slice(0, 16);
  for (const parent of ELSEWHERE) {
    const directory = join(parent, name);
    const made = await mkdir(parent, { recursive: true, mode: 0o711 }).then(
      () => stat(parent),
      () => null,
    );
    // Somebody else's directory of that name under the shared tmp must not be trusted with a database.
    if (made === null || made.uid !== 0 || (made.mode & 0o022) !== 0) continue;
    const place = await placeAt(directory);
    if ((await barredAt(parent, place.account)) !== null) continue;
    if (await exists(directory)) await setAside(place, log);
    await prepared(place);
    await writeFile(join(directory, 'of'), `${own}\n`, { mode: 0o600 }); // for people: whose database this is
    return place;
  }
  throw new Error(
    `The embedded database cannot be placed: its user can enter neither ${[own, ...ELSEWHERE].join(' nor ')}. Start the hub as an ordinary user, or set DATABASE_URL.`,
  );
}

/** A database is there although the data directory knows of none: the directory was deleted, so this one is of the past. */
async function setAside(place: Place, log: Logger): Promise<void> {
  await stopServer(place.cluster);
  const aside = `${place.directory}.old-${Date.now()}`;
  await rename(place.directory, aside);
  log.warn(
    { aside },
    'found a database whose data directory was deleted; put it aside, delete it when you do not need it',
  );
}

async function placeAt(directory: string): Promise<Place> {
  const cluster = join(directory, 'cluster');
  return {
    directory,
    cluster,
    passwordFile: join(directory, 'password'),
    logFile: join(directory, 'server.log'),
    account: await serverAccount(cluster),
  };
}

async function prepared(place: Place): Promise<Place> {
  await mkdir(place.directory, { recursive: true });
  // The server's user walks through to its own `cluster`, and sees nothing else.
  await chmod(place.directory, place.account === null ? 0o700 : 0o711);
  return place;
}

const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
