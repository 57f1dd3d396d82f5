import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { ConfigError } from '../config.ts';
import type { Database } from './database.ts';

/** PostgreSQL 14 is the oldest that is still maintained. */
const OLDEST = 14;

/** Answers that pass by themselves: nobody listens yet, or the server is starting up. */
const PASSING = new Set(['ECONNREFUSED', 'EAI_AGAIN', '57P03']);

/**
 * Looks whether a PostgreSQL that fits answers at the URL, for at most `waitMs` while it is starting.
 * @throws ConfigError that names the host, never the password
 */
export async function checkExternal(url: string, waitMs = 5_000): Promise<Database> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    try {
      await check(url);
      return { url, close: async () => {} };
    } catch (error) {
      if (error instanceof ConfigError) throw error;
      const code = String((error as { code?: unknown }).code ?? ''); // Node's and PostgreSQL's errors carry one
      if (PASSING.has(code) && Date.now() < deadline) {
        await delay(200);
        continue;
      }
      throw new ConfigError([`DATABASE_URL: ${where(url)} does not take the connection (${code || reason(error)})`]);
    }
  }
}

async function check(url: string): Promise<void> {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url)) {
    throw new ConfigError(['DATABASE_URL: must be like postgres://user:password@host:5432/database']);
  }
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on('error', () => {}); // what matters comes as the rejection of connect or query
  try {
    await client.connect();
    const answer = await client.query<{ version: string; encoding: string }>(
      `SELECT current_setting('server_version_num') AS version, current_setting('server_encoding') AS encoding`,
    );
    const { version = '0', encoding = '' } = answer.rows[0] ?? {};
    const major = Math.floor(Number(version) / 10_000);
    const problems = [
      ...(major < OLDEST ? [`DATABASE_URL: is PostgreSQL ${major}; ${OLDEST} or later is needed`] : []),
      ...(encoding !== 'UTF8' ? [`DATABASE_URL: the database's encoding is ${encoding}; UTF8 is needed`] : []),
    ];
    if (problems.length > 0) throw new ConfigError(problems);
  } finally {
    await client.end().catch(() => {});
  }
}

function where(url: string): string {
  const { hostname, port, pathname } = new URL(url);
  return `PostgreSQL at ${hostname}:${port || '5432'}${pathname}`;
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
