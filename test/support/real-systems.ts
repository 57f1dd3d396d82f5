import { execFile, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from './free-port.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCRIPTS = join(ROOT, '../shared/real-systems');
/** Where each system is built once; a test file works on a copy, so files may run beside one another. */
const BUILT = join(ROOT, '.real-systems');
/** The seed's dates count from its day: after a week, what was open would begin to be overdue. */
const SEED_DAYS = 5;

/** `server` exists once the system's packages are installed. */
const SYSTEMS = {
  tryton: { script: 'tryton.sh', portVariable: 'TRYTON_PORT', server: '/usr/bin/trytond' },
  rt: { script: 'rt.sh', portVariable: 'RT_PORT', server: '/usr/share/request-tracker5/libexec/rt-server' },
} as const;

export interface RealSystem {
  /** Why tests with this system are skipped here; `false` where they run. */
  readonly skip: string | false;
  /** Starts it in its seeded state and answers the script's `NAME=value` lines. The first start ever installs and builds. */
  start(): Promise<Readonly<Record<string, string>>>;
  /** Back to the seeded state, under the same address; sessions end. */
  reset(): Promise<void>;
  /** Ends the server and removes what it kept. */
  stop(): Promise<void>;
}

/** A system that others wrote, from `../shared/real-systems`, on a free port of loopback and with data of its own. */
export function realSystem(name: keyof typeof SYSTEMS): RealSystem {
  const { script, portVariable, server } = SYSTEMS[name];
  const path = join(SCRIPTS, script);
  let running: { dir: string; env: NodeJS.ProcessEnv } | undefined;
  const run = async (command: string): Promise<Readonly<Record<string, string>>> => {
    if (!running) throw new Error(`${name} is not started`);
    return pairs((await promisify(execFile)(path, [command], { env: running.env, cwd: running.dir })).stdout);
  };
  const lastResort = () => running && spawnSync(path, ['stop'], { env: running.env, cwd: running.dir });

  return {
    skip: reasonToSkip(name, path, server),
    async start() {
      await build(name, path, portVariable);
      const dir = await mkdtemp(join(tmpdir(), `concord-${name}-`));
      const port = await freePort();
      running = { dir, env: { ...process.env, REAL_SYSTEMS_DIR: dir, [portVariable]: String(port) } };
      process.once('exit', lastResort); // a test file that breaks off leaves no server behind
      await copySeed(join(BUILT, name), join(dir, name));
      return run('reset');
    },
    async reset() {
      await run('reset');
    },
    async stop() {
      if (!running) return;
      await run('stop');
      process.off('exit', lastResort);
      const { dir } = running;
      running = undefined;
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Installs and seeds them all, one after the other, so that tests begin at once; nothing where they would be skipped. */
export async function buildRealSystems(): Promise<void> {
  for (const [name, { script, portVariable, server }] of Object.entries(SYSTEMS)) {
    const path = join(SCRIPTS, script);
    if (reasonToSkip(name, path, server) === false) await build(name, path, portVariable);
  }
}

function reasonToSkip(name: string, path: string, server: string): string | false {
  if (!existsSync(path)) return `${name}: the scripts of ../shared/real-systems are not here`;
  if (!existsSync(server) && process.getuid?.() !== 0) return `${name}: its packages are missing; root installs them`;
  return false;
}

/** Installs and seeds once for all test files; who comes second waits for the first. */
async function build(name: string, path: string, portVariable: string): Promise<void> {
  await mkdir(BUILT, { recursive: true });
  const port = await freePort();
  const once = `
    [ -z "$(find "$1/seed.sqlite" -mtime -${SEED_DAYS} 2>/dev/null)" ] || exit 0
    rm -rf "$1" && "$2" start && "$2" stop`;
  // -o: the server that the script starts must not inherit the lock.
  await promisify(execFile)(
    'flock',
    ['-o', join(BUILT, `${name}.lock`), 'bash', '-c', once, 'build', join(BUILT, name), path],
    { env: { ...process.env, REAL_SYSTEMS_DIR: BUILT, [portVariable]: String(port) }, cwd: BUILT },
  );
}

/** The seeded database and the credentials beside it; from these `reset` makes a state to start from. */
async function copySeed(from: string, to: string): Promise<void> {
  await mkdir(join(to, 'db'), { recursive: true }); // where tryton.sh looks for its database
  for (const file of await readdir(from, { withFileTypes: true })) {
    if (file.isFile() && ['seed.sqlite', 'password', 'token'].includes(file.name)) {
      await copyFile(join(from, file.name), join(to, file.name));
    }
  }
}

/** `NAME=value` lines. */
const pairs = (text: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    text.split('\n').flatMap((line) => {
      const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
