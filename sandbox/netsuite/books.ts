import { DatabaseSync, type SQLInputValue, type SQLOutputValue, type StatementSync } from 'node:sqlite';
import type { World } from '../data/world.ts';
import { type Archive, openArchive } from './archive.ts';
import { addFunctions, guardReads } from './dialect.ts';
import { seed } from './seed.ts';

type Row = Record<string, SQLOutputValue>;

/** What the account holds, in memory. */
export interface Books {
  readonly db: DatabaseSync;
  /** Around statements that come from outside. */
  readonly guard: ReturnType<typeof guardReads>;
  /** Where transactions are until they are asked for; ask it before reading any. */
  readonly archive: Archive;
  one(sql: string, ...values: SQLInputValue[]): Row | undefined;
  all(sql: string, ...values: SQLInputValue[]): Row[];
  run(sql: string, ...values: SQLInputValue[]): void;
  /** All or nothing; synchronous, so that no other request comes in between. */
  together<T>(work: () => T): T;
  /** Counts from 1, afresh after a reset. Call it only once nothing can refuse the request any more. */
  next(): number;
  close(): void;
}

export function openBooks(world: World): Books {
  const db = new DatabaseSync(':memory:');
  addFunctions(db);
  seed(db, world);
  const archive = openArchive(db, world);
  const guard = guardReads(db);
  const prepared = new Map<string, StatementSync>();
  const statement = (sql: string): StatementSync => {
    const known = prepared.get(sql) ?? db.prepare(sql);
    prepared.set(sql, known);
    return known;
  };
  let counter = 0;
  return {
    db,
    guard,
    archive,
    one: (sql, ...values) => statement(sql).get(...values),
    all: (sql, ...values) => statement(sql).all(...values),
    run: (sql, ...values) => void statement(sql).run(...values),
    together(work) {
      db.exec('BEGIN');
      try {
        const result = work();
        db.exec('COMMIT');
        return result;
      } catch (error) {
        db.exec('ROLLBACK');
        throw error;
      }
    },
    next: () => ++counter,
    close: () => db.close(),
  };
}
