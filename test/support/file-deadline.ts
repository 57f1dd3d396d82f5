/**
 * Loaded before every test file (`--import`, package.json). The runner's own time limit fails a test, but waits for the file's
 * process for as long as anything keeps it alive: one connection that nobody closes would hold up the whole run.
 */
const LONGEST_MS = 15 * 60_000;

// Set by the runner in each process of tests; the runner itself loads this too, and may take longer.
if (process.env.NODE_TEST_CONTEXT !== undefined) {
  setTimeout(() => {
    const open = process.getActiveResourcesInfo().join(', ');
    process.stderr.write(`these tests did not end within ${LONGEST_MS / 60_000} minutes; still open: ${open}\n`);
    process.exit(1);
  }, LONGEST_MS).unref();
}
