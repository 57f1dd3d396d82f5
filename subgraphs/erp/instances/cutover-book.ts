import { sql } from 'kysely';
import type { Clock } from '../../../platform/clock.ts';
import type { Db } from '../../../platform/db/db.ts';
import { type Migration, migrate } from '../../../platform/db/migrate.ts';
import { HubError } from '../../../platform/errors.ts';
import { id } from '../../../platform/ids.ts';
import type { Cutover, CutoverBook, CutoverState } from './cutover.ts';

const MIGRATIONS: readonly Migration[] = [
  {
    name: '0001-cutover',
    sql: `
      -- customers on their way from one ERP to another; ids name their instance
      CREATE TABLE cutover (
        customer_id text COLLATE "C" PRIMARY KEY,
        from_id     text COLLATE "C" NOT NULL UNIQUE,
        to_id       text COLLATE "C" NOT NULL UNIQUE CHECK (to_id <> from_id),
        state       text NOT NULL CHECK (state IN ('PREPARED', 'READING_BOTH', 'MOVED')),
        changed_at  timestamptz NOT NULL
      );
      -- what became of each, for whoever asks later; state is null where a move was called off
      CREATE TABLE cutover_change (
        customer_id text COLLATE "C" NOT NULL,
        from_id     text NOT NULL,
        to_id       text NOT NULL,
        state       text,
        changed_at  timestamptz NOT NULL
      );
      CREATE INDEX cutover_change_customer ON cutover_change (customer_id, changed_at);
      -- the ERP in which an order's key was used first
      CREATE TABLE order_key (
        key         text COLLATE "C" PRIMARY KEY,
        instance    text NOT NULL,
        customer_id text COLLATE "C" NOT NULL,
        placed_at   timestamptz NOT NULL
      );`,
  },
  {
    name: '0002-keys-of-other-acts',
    sql: `
      -- other acts than orders are undone in the ERP of their first try, too
      ALTER TABLE order_key ADD COLUMN opens_order boolean NOT NULL DEFAULT true;`,
  },
];

/** Brings the tables of the moves up to date. */
export const migrateCutovers = (db: Db): Promise<void> => migrate(db, 'erp', MIGRATIONS);

export interface CutoverRow {
  readonly customer_id: string;
  readonly from_id: string;
  readonly to_id: string;
  readonly state: CutoverState;
  readonly changed_at: Date;
}

export const cutoverOf = (row: CutoverRow): Cutover => ({
  customer: row.customer_id,
  from: id(row.from_id),
  to: id(row.to_id),
  state: row.state,
  changedAt: row.changed_at.toISOString(),
});

/** The moves as the router asks about them: one look-up by index for each batch. `migrateCutovers` first. */
export function createCutoverBook(db: Db, clock: Clock): CutoverBook {
  return {
    of: (ids) =>
      reached(async () => {
        const asked = [...new Set(ids)].filter((one) => !one.includes('\0')); // PostgreSQL's text cannot hold it
        if (asked.length === 0) return new Map();
        const { rows } = await sql<CutoverRow>`
          SELECT customer_id, from_id, to_id, state, changed_at FROM erp.cutover WHERE from_id = ANY(${asked}::text[])
          UNION SELECT customer_id, from_id, to_id, state, changed_at FROM erp.cutover WHERE to_id = ANY(${asked}::text[])`.execute(
          db,
        );
        return new Map(rows.map(cutoverOf).flatMap((move) => [[move.from, move] as const, [move.to, move] as const]));
      }),
    place: ({ key, instance, customerId, opensOrder }) =>
      reached(async () => {
        // The update changes nothing: it is there because only then the row that stands is returned.
        const { rows } = await sql<{ instance: string }>`
          INSERT INTO erp.order_key (key, instance, customer_id, placed_at, opens_order)
          VALUES (${key}, ${instance}, ${customerId}, ${new Date(clock.now())}, ${opensOrder})
          ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING instance`.execute(db);
        return rows[0]?.instance ?? instance;
      }),
    placeOf: (key) =>
      reached(async () => {
        const { rows } = await sql<{ instance: string }>`
          SELECT instance FROM erp.order_key WHERE key = ${key}`.execute(db);
        return rows[0]?.instance ?? null;
      }),
  };
}

async function reached<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (cause) {
    throw new HubError('UNAVAILABLE', 'The book of moves between ERPs cannot be read', { system: 'HUB', cause });
  }
}
