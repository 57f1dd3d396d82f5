import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { PEERS } from './gateways.ts';

/** Installs the other gateways where that has not been done since their versions were last changed. @throws Error with what npm says */
export function installPeers(told: (text: string) => void): void {
  const done = join(PEERS, 'node_modules/.package-lock.json');
  const lock = join(PEERS, 'package-lock.json');
  if (existsSync(done) && statSync(done).mtimeMs >= statSync(lock).mtimeMs) return;
  told('Installing the other gateways (npm ci, once, about 600 MB) ...');
  try {
    execFileSync('npm', ['ci', '--prefix', PEERS, '--ignore-scripts', '--no-audit', '--no-fund'], { stdio: 'pipe' });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Error(`npm ci failed: ${said.split('\n').slice(0, 3).join(' | ')}`);
  }
}

/** The version of a package as it is installed, `none` where it is not. */
export function versionOf(name: string, folder: string): string {
  try {
    const read = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8')) as {
      version: string;
    }; // npm's
    return read.version;
  } catch {
    return 'none';
  }
}
