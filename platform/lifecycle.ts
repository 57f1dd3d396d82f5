import { ConfigError, type Environment } from './config.ts';
import { withConfigFile } from './config-file.ts';

/** Longest that closing may take: what hangs must not keep the machine from shutting down. */
const CLOSE_WITHIN_MS = 9_000;

/**
 * Runs one process of the system until SIGTERM or SIGINT. `start` opens things and defers their closing, which happens from
 * the last to the first. A wrong environment is told on standard error, with exit code 1 and nothing left open.
 */
export async function runUntilStopped(
  start: (env: Environment, opened: AsyncDisposableStack) => Promise<void>,
): Promise<void> {
  const opened = new AsyncDisposableStack();
  const end = async (code: number): Promise<never> => {
    setTimeout(() => process.exit(1), CLOSE_WITHIN_MS).unref();
    try {
      await opened.disposeAsync();
    } catch (error) {
      process.stderr.write(`could not end in order: ${error}\n`);
      process.exit(1);
    }
    process.exit(code);
  };
  let ending = false;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      if (!ending) void end(0);
      ending = true;
    });
  }
  try {
    // The one place where the environment of a process is read, and the file that it may name.
    await withConfigFile(process.env, (env) => start(env, opened));
  } catch (error) {
    if (ending) return; // what was being opened broke because it is being closed
    ending = true;
    process.stderr.write(
      `${error instanceof ConfigError ? error.message : `could not start: ${(error as Error).stack ?? error}`}\n`,
    );
    await end(1);
  }
}
