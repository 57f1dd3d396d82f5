import { sql, type Transaction } from 'kysely';
import type { Clock } from '../../../platform/clock.ts';
import type { Db, NoTables } from '../../../platform/db/db.ts';
import { HubError } from '../../../platform/errors.ts';
import type { ErpCustomerId } from '../model.ts';
import { CUTOVER_STATES, type Cutover, type CutoverState } from './cutover.ts';
import { type CutoverRow, cutoverOf } from './cutover-book.ts';

/** Where an operator moves customers, one step at a time; whole steps, each in one transaction. */
export interface CutoverDesk {
  /** All moves, the last changed first. */
  list(): Promise<readonly Cutover[]>;
  /** Notes both ids; again with others while nothing was read from the new ERP. @throws CONFLICT later than that */
  prepare(move: { customer: string; from: ErpCustomerId; to: ErpCustomerId }): Promise<Cutover>;
  /** To the next state, from the one before it only. @throws CONFLICT, NOT_FOUND */
  advance(customer: string, to: Exclude<CutoverState, 'PREPARED'>): Promise<Cutover>;
  /** One state back; null: the move was only prepared, and is called off. @throws NOT_FOUND */
  back(customer: string): Promise<Cutover | null>;
  /** Orders that were first placed in the instance since then, under either id of the customer. */
  placedSince(move: Cutover, instance: string): Promise<number>;
}

export function createCutoverDesk(db: Db, clock: Clock): CutoverDesk {
  const now = () => new Date(clock.now());

  /** The move, held against everybody else until the transaction ends. */
  async function held(trx: Transaction<NoTables>, customer: string): Promise<Cutover | null> {
    const { rows } = await sql<CutoverRow>`
      SELECT customer_id, from_id, to_id, state, changed_at FROM erp.cutover
      WHERE customer_id = ${customer} FOR UPDATE`.execute(trx);
    return rows[0] ? cutoverOf(rows[0]) : null;
  }

  async function become(
    trx: Transaction<NoTables>,
    move: Cutover,
    state: CutoverState | null,
  ): Promise<Cutover | null> {
    const at = now();
    await sql`
      INSERT INTO erp.cutover_change (customer_id, from_id, to_id, state, changed_at)
      VALUES (${move.customer}, ${move.from}, ${move.to}, ${state}, ${at})`.execute(trx);
    if (state === null) {
      await sql`DELETE FROM erp.cutover WHERE customer_id = ${move.customer}`.execute(trx);
      return null;
    }
    await sql`
      INSERT INTO erp.cutover (customer_id, from_id, to_id, state, changed_at)
      VALUES (${move.customer}, ${move.from}, ${move.to}, ${state}, ${at})
      ON CONFLICT (customer_id) DO UPDATE
      SET from_id = excluded.from_id, to_id = excluded.to_id, state = excluded.state,
        changed_at = excluded.changed_at`.execute(trx);
    return { ...move, state, changedAt: at.toISOString() };
  }

  return {
    async list() {
      const { rows } = await sql<CutoverRow>`
        SELECT customer_id, from_id, to_id, state, changed_at FROM erp.cutover
        ORDER BY changed_at DESC, customer_id`.execute(db);
      return rows.map(cutoverOf);
    },
    prepare: (move) =>
      db.transaction().execute(async (trx) => {
        const before = await held(trx, move.customer);
        if (before && before.state !== 'PREPARED') throw conflict(before, 'take it back first');
        const wanted: Cutover = { ...move, state: 'PREPARED', changedAt: '' };
        return (await become(trx, wanted, 'PREPARED')) ?? wanted;
      }),
    advance: (customer, to) =>
      db.transaction().execute(async (trx) => {
        const before = (await held(trx, customer)) ?? unknown(customer);
        const expected = CUTOVER_STATES[CUTOVER_STATES.indexOf(to) - 1];
        if (before.state !== expected) throw conflict(before, `only from ${expected} it becomes ${to}`);
        return (await become(trx, before, to)) ?? before;
      }),
    back: (customer) =>
      db.transaction().execute(async (trx) => {
        const before = (await held(trx, customer)) ?? unknown(customer);
        return become(trx, before, CUTOVER_STATES[CUTOVER_STATES.indexOf(before.state) - 1] ?? null);
      }),
    async placedSince(move, instance) {
      const { rows } = await sql<{ count: number }>`
        SELECT count(*)::int AS count FROM erp.order_key
        WHERE customer_id IN (${move.from}, ${move.to}) AND instance = ${instance}
          AND opens_order AND placed_at >= ${new Date(move.changedAt)}`.execute(db);
      return rows[0]?.count ?? 0;
    },
  };
}

const conflict = (move: Cutover, next: string): HubError =>
  new HubError('CONFLICT', `The move of ${move.customer} is ${move.state}; ${next}`);

function unknown(customer: string): never {
  throw new HubError('NOT_FOUND', `No move of ${customer} is prepared; \`hub cutover prepare\` begins one`);
}
