import { HubError } from '../errors.ts';

/** SQLSTATE classes of a database that is away or restarting: 08 connection, 57P0x shutdown, 53 resources. */
const AWAY = /^(08...|57P0[1-3]|53...)$/;
const NETWORK: ReadonlySet<string> = new Set(['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'ENOTFOUND']);

/** Whether the database could not be reached, rather than refused the statement. */
export function databaseIsAway(error: unknown): boolean {
  if (error instanceof HubError || typeof error !== 'object' || error === null) return false;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string') return AWAY.test(code) || NETWORK.has(code);
  return /connection terminated|timeout exceeded when trying to connect|client has encountered/i.test(String(message));
}

/** What a caller is told of it. */
export const databaseAway = (cause: unknown): HubError =>
  new HubError('UNAVAILABLE', "the hub's own database cannot be reached; repeat the request with the same key", {
    system: 'HUB',
    cause,
  });
