import { sql } from 'kysely';
import type { Db } from './db.ts';

/** One step from an older layout of the tables to a newer one. Never edit one that was released: add another. */
export interface Migration {
  /** Sorts after its predecessor and is stored. Example: `0002-order-reference`. */
  readonly name: string;
  /** Statements, run with the owner's schema first in the search path, in one transaction with the note that they ran. */
  readonly sql: string;
}

/**
 * Brings an owner's schema up to date. Safe when several processes start at once: one migrates, the others wait.
 * @throws when the schema was left by a newer hub
 */
export async function migrate(db: Db, schema: string, migrations: readonly Migration[]): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`concord.migrate.${schema}`}, 0))`.execute(trx);
    await sql`CREATE SCHEMA IF NOT EXISTS ${sql.id(schema)}`.execute(trx);
    const table = sql.table(`${schema}.migration`);
    await sql`CREATE TABLE IF NOT EXISTS ${table} (name text PRIMARY KEY, ran_at timestamptz NOT NULL DEFAULT now())`.execute(
      trx,
    );
    const { rows } = await sql<{ name: string }>`SELECT name FROM ${table} ORDER BY name`.execute(trx);
    const ran = new Set(rows.map(({ name }) => name));
    const unknown = [...ran].filter((name) => !migrations.some((migration) => migration.name === name));
    if (unknown.length > 0) {
      throw new Error(
        `The database was made by a newer hub (schema ${schema} has ${unknown.join(', ')}). Start that version.`,
      );
    }
    await sql`SELECT set_config('search_path', ${`${schema},public`}, true)`.execute(trx);
    for (const migration of migrations.filter(({ name }) => !ran.has(name))) {
      await sql.raw(migration.sql).execute(trx);
      await sql`INSERT INTO ${table} (name) VALUES (${migration.name})`.execute(trx);
    }
  });
}
