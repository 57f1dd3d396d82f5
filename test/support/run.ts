/**
 * `npm test`: all test files but those with real systems, several to a process (together.ts), over one database server.
 * `npm test -- test/gateway test/rows/acts.test.ts` runs those whose path begins so. Ends with the runner's summary, and with
 * code 0 if nothing failed.
 */
import { globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { startTestServer } from './database-server.ts';
import { grouped, type Together } from './together.ts';

/** More than the cores of a small machine: files wait for servers that they start. Three left two cores idle for a quarter of the time. */
const PROCESSES = 4;
/** Of one test. */
const LONGEST_MS = 300_000;

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const wanted = process.argv.slice(2);
const files = globSync('test/**/*.test.ts', { cwd: ROOT })
  .map((path) => path.split(sep).join('/'))
  .filter((path) => !path.startsWith('test/real/'))
  .filter((path) => wanted.length === 0 || wanted.some((start) => path.startsWith(start)));
if (files.length === 0) {
  console.error(`No test file begins with ${wanted.join(' or ')}: name a path from the root, like test/gateway`);
  process.exit(1);
}

process.exitCode = 1; // until all is known to be well
const folder = mkdtempSync(join(tmpdir(), 'concord-test-run-'));
const external = process.env.TEST_DATABASE_URL || process.env.DATABASE_URL;
const server = external ? null : await startTestServer();

/**
 * What its process begins with. Each file is a suite: what it registers at its top runs before and after its own tests, and what
 * uses a database ends with it. All files are read first.
 */
function entry({ name, files }: Together): string {
  const urlOf = (file: string) => JSON.stringify(new URL(`../../${file}`, import.meta.url).href);
  const path = join(folder, `${name}.mjs`);
  const suites = files.map(
    (file) => `describe(${JSON.stringify(file)}, async () => {
  after(closeTestDatabases);
  await import(${urlOf(file)});
});`,
  );
  writeFileSync(
    path,
    [
      `import { after, describe } from 'node:test';`,
      `import { closeTestDatabases } from ${urlOf('test/support/database.ts')};`,
      ...suites,
    ].join('\n'),
  );
  return path;
}

const told = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => told.abort());

run({
  files: grouped(files).map(entry),
  concurrency: PROCESSES,
  timeout: LONGEST_MS,
  signal: told.signal,
  cwd: ROOT,
  env: { ...process.env, ...(server ? { TEST_DATABASE_URL: server.url } : {}) },
})
  .on('test:summary', ({ file, success }) => {
    if (file === undefined && success) process.exitCode = 0;
  })
  .once('end', async () => {
    await server?.close();
    rmSync(folder, { recursive: true });
  })
  .compose(new spec())
  .pipe(process.stdout);
