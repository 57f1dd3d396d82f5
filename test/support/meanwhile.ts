import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';

/**
 * Waits, while `running` goes on, until `attempt` has something. Fails at once when `running` ends before that, saying with
 * what, and after 10 s: a test whose request went wrong tells so instead of waiting for a call that never comes.
 */
export async function meanwhile<T>(
  running: Promise<unknown>,
  what: string,
  attempt: () => T | undefined | false,
): Promise<T> {
  let early: string | undefined;
  running.then(
    (answer) => {
      early = JSON.stringify(answer) ?? 'nothing';
    },
    (error) => {
      early = String(error);
    },
  );
  for (const end = Date.now() + 10_000; Date.now() < end; await setTimeout(2)) {
    const value = attempt();
    if (value) return value;
    if (early !== undefined) assert.fail(`ended before ${what}: ${early}`);
  }
  return assert.fail(`not within 10 s: ${what}`);
}
