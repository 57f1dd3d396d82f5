import { readFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The user that the server runs as. PostgreSQL refuses to run as root. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Users that exist on ordinary machines and own nothing of value, best first. */
const CANDIDATES = ['postgres', '_postgres', 'nobody'];

/**
 * Whom the server runs as when the hub runs as root: whoever owns the cluster already, else an existing unprivileged user.
 * `null` when the hub is an ordinary user: then the server is that user too.
 */
export async function serverAccount(cluster: string): Promise<Account | null> {
  if (process.getuid?.() !== 0) return null;
  const accounts = readAccounts();
  const owner = await stat(cluster).catch(() => null);
  if (owner !== null && owner.uid !== 0) {
    const name = accounts.find((account) => account.uid === owner.uid)?.name ?? String(owner.uid);
    return { name, uid: owner.uid, gid: owner.gid };
  }
  const found = CANDIDATES.map((name) => accounts.find((account) => account.name === name)).find(Boolean);
  if (found === undefined) {
    throw new Error(
      `The embedded database cannot run as root, and none of the users ${CANDIDATES.join(', ')} exists. Start the hub as an ordinary user, or set DATABASE_URL.`,
    );
  }
  return found;
}

function readAccounts(): Account[] {
  return readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [name = '', , uid, gid] = line.split(':');
      return { name, uid: Number(uid) >>> 0, gid: Number(gid) >>> 0 }; // macOS writes nobody as -2
    });
}

/**
 * The first directory on the way to `path` that the account may not enter; `null` when it gets there. Directories that do
 * not exist yet are taken to be enterable. Access lists beyond the mode bits are not looked at.
 */
export async function barredAt(path: string, account: Account | null): Promise<string | null> {
  if (account === null) return null;
  for (const directory of ancestors(path)) {
    const found = await stat(directory).catch(() => null);
    if (found === null) return null;
    const enter = found.uid === account.uid ? 0o100 : found.gid === account.gid ? 0o010 : 0o001;
    if ((found.mode & enter) === 0) return directory;
  }
  return null;
}

/** From the root down to the path itself. */
function ancestors(path: string): string[] {
  const parent = dirname(path);
  return parent === path ? [path] : [...ancestors(parent), path];
}
