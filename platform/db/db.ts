import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { Logger } from '../log.ts';
import { namedStatements } from './named-statements.ts';

/** A pool of connections; each owner sees its own tables by `db.withTables<Tables>()`, named with their schema. */
export type Db = Kysely<NoTables>;

/** Tables come from their owner. */
export type NoTables = Record<never, never>;

export interface DbOptions {
  /** Most connections at once. Default 10. */
  readonly max?: number;
  /** Where lost connections are told; a pool replaces them by itself. */
  readonly log?: Logger;
}

/** A pool on the database. `destroy()` closes it. */
export function createDb(url: string, options: DbOptions = {}): Db {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.max ?? 10,
    connectionTimeoutMillis: 5_000,
    application_name: 'concord',
  });
  // A connection that breaks (server restarted) is an event; unheard it would end the process. Who has one that breaks
  // between two statements is told by the next one.
  pool.on('connect', (client) => client.on('error', () => {}));
  pool.on('connect', namedStatements());
  // One that breaks while the pool closes is none, and the error itself carries the whole client: only its words are logged.
  pool.on('error', (error) => {
    if (!pool.ending) options.log?.warn({ reason: error.message }, 'a database connection broke');
  });
  return new Kysely<NoTables>({ dialect: new PostgresDialect({ pool }) });
}
