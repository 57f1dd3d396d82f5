import { type Kysely, sql } from 'kysely';
import type { Db } from '../../../platform/db/db.ts';
import type { Alongside } from '../../../platform/saga/accept.ts';
import type { SagaTables } from '../../../platform/saga/tables.ts';
import type { ProcessId } from '../model.ts';
import type { UsageTables } from './tables.ts';

/** An event that passed its verdict. Instants are RFC 3339, the quantity decimal text. */
export interface AcceptedUsage {
  readonly id: string;
  readonly subscriptionId: string;
  readonly sku: string;
  readonly meter: string;
  readonly quantity: string;
  readonly occurredAt: string;
  readonly countedAt: string;
  /** What it says, in short, to tell a repetition by. */
  readonly content: string;
}

/** What was accepted under an id. */
export interface Claim {
  readonly content: string;
  readonly processId: ProcessId;
}

export interface UsageStore {
  /** By event id; an event whose process was undone or rejected is free again. */
  claims(customerId: string, eventIds: readonly string[]): Promise<ReadonlyMap<string, Claim>>;
  /** Units that were accepted for days, UTC, as decimal text by `<sku> <day>`; days without any are absent. */
  acceptedOn(
    customerId: string,
    days: { readonly skus: readonly string[]; readonly from: string; readonly until: string },
  ): Promise<ReadonlyMap<string, string>>;
}

type Tables = SagaTables & UsageTables;

/** Its process ended without an effect. A process that is no longer in the journal had one. */
const WITHOUT_EFFECT = sql<boolean>`exists (
  select 1 from process.run where run.id = usage_event.run_id and run.state in ('COMPENSATED', 'REJECTED'))`;

export function createUsageStore(pool: Db): UsageStore {
  const db = pool.withTables<Tables>();
  const held = () => db.selectFrom('process.usage_event as usage_event').where(sql<boolean>`not ${WITHOUT_EFFECT}`);
  return {
    async claims(customerId, eventIds) {
      if (eventIds.length === 0) return new Map();
      const rows = await held()
        .select(['event_id', 'content', 'run_id'])
        .where('customer_id', '=', customerId)
        .where('event_id', 'in', eventIds)
        .execute();
      return new Map(rows.map((row) => [row.event_id, { content: row.content, processId: row.run_id as ProcessId }])); // written by `claimed` alone
    },

    async acceptedOn(customerId, { skus, from, until }) {
      if (skus.length === 0) return new Map();
      const rows = await held()
        .select([
          'sku',
          sql<string>`to_char(occurred_at at time zone 'UTC', 'YYYY-MM-DD')`.as('day'),
          sql<string>`sum(quantity)::text`.as('units'),
        ])
        .where('customer_id', '=', customerId)
        .where('sku', 'in', skus)
        .where('occurred_at', '>=', new Date(`${from}T00:00:00Z`))
        .where('occurred_at', '<', new Date(`${until}T00:00:00Z`))
        .groupBy(['sku', 'day'])
        .execute();
      return new Map(rows.map(({ sku, day, units }) => [`${sku} ${day}`, units]));
    },
  };
}

/** Another batch was accepted in between with an event of this one: it has to be judged again. */
export class ClaimedMeanwhile extends Error {
  constructor() {
    super('an event of this batch was accepted by another one meanwhile');
    this.name = 'ClaimedMeanwhile';
  }
}

/** Rows of one statement: their parameters stay below PostgreSQL's 65535. */
const AT_ONCE = 1_000;

/** Claims the events for a process, all or none. @throws ClaimedMeanwhile */
export function claimed(processId: ProcessId, customerId: string, events: readonly AcceptedUsage[]): Alongside {
  return async (trx) => {
    // In one order in every batch, so that two of them never wait for each other.
    const sorted = events.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, AT_ONCE);
    const rows = await (trx as unknown as Kysely<Tables>) // the same transaction, which sees every table
      .insertInto('process.usage_event')
      .values(
        sorted.map((event) => ({
          customer_id: customerId,
          event_id: event.id,
          run_id: processId,
          content: event.content,
          subscription_id: event.subscriptionId,
          sku: event.sku,
          quantity: event.quantity,
          occurred_at: event.occurredAt,
          counted_at: event.countedAt,
        })),
      )
      .onConflict((conflict) =>
        conflict
          .columns(['customer_id', 'event_id'])
          .doUpdateSet((row) => ({
            run_id: row.ref('excluded.run_id'),
            content: row.ref('excluded.content'),
            subscription_id: row.ref('excluded.subscription_id'),
            sku: row.ref('excluded.sku'),
            quantity: row.ref('excluded.quantity'),
            occurred_at: row.ref('excluded.occurred_at'),
            counted_at: row.ref('excluded.counted_at'),
          }))
          .where(WITHOUT_EFFECT),
      )
      .returning('event_id')
      .execute();
    if (rows.length !== events.length) throw new ClaimedMeanwhile();
  };
}
