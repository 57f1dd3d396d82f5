import { randomBytes } from 'node:crypto';
import { after } from 'node:test';
import pg from 'pg';
import { type Database, startDatabase } from '../../platform/db/database.ts';
import { createDb, type Db } from '../../platform/db/db.ts';
import { silentLog } from '../../platform/log.ts';
import { startTestServer } from './database-server.ts';

export interface TestDatabase {
  readonly url: string;
  /** A pool on it; closed with the rest. */
  readonly db: Db;
}

let server: Promise<Database> | undefined;
const pools: Db[] = [];
const names: string[] = [];
const users: (() => Promise<void>)[] = [];

/** A PostgreSQL that is there already: the one of the whole run (run.ts), or one that whoever runs the tests names. */
const external = process.env.TEST_DATABASE_URL || process.env.DATABASE_URL || null;

/**
 * A fresh, empty database, on the server of TEST_DATABASE_URL (or DATABASE_URL) when set, else on an embedded one of this
 * process that forgets everything. All is closed after the file's last test.
 */
export async function testDatabase(): Promise<TestDatabase> {
  server ??=
    external === null ? startTestServer() : startDatabase({ dataDir: '', databaseUrl: external, log: silentLog });
  const { url: adminUrl } = await server;
  const name = `test_${randomBytes(8).toString('hex')}`;
  await administer(adminUrl, `CREATE DATABASE ${name}`);
  names.push(name);
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  const db = createDb(url.href, { max: 10 });
  pools.push(db);
  return { url: url.href, db };
}

/** Has `close` run after the file's last test, while the database still answers. A test file's own `after` comes too late. */
export function closeBeforeDatabase(close: () => Promise<void>): void {
  users.push(close);
}

/** Ends what uses the databases made so far, and removes them. Where several files share a process, each file's suite ends with it. */
export async function closeTestDatabases(): Promise<void> {
  for (const close of users.splice(0).reverse()) await close();
  await Promise.all(pools.splice(0).map((db) => db.destroy()));
  const made = names.splice(0);
  if (server === undefined || external === null) return;
  const { url } = await server;
  for (const name of made) await administer(url, `DROP DATABASE ${name} WITH (FORCE)`);
}

// At the top of the module: registered from inside a test, it would run at that test's end. So it runs before all others.
after(async () => {
  await closeTestDatabases();
  await (await server)?.close();
});

async function administer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
