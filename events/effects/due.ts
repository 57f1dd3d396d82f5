import { type Kysely, sql } from 'kysely';
import type { CauseClass } from '../../platform/failure.ts';
import type { CloudEvent } from '../../platform/outbox/cloud-event.ts';
import { readOutbox } from '../../platform/outbox/outbox.ts';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import { isEventName } from '../catalogue.ts';
import { EFFECTS, notNeeded } from './declared.ts';
import type { EffectState, EffectTables } from './tables.ts';

type Tables = EffectTables & OutboxTables;

/** One effect that is to be done. */
export interface DueEffect {
  readonly id: string;
  readonly eventName: string;
  readonly name: string;
  readonly event: CloudEvent;
  readonly attempts: number;
}

/**
 * Takes the effects of the next events from the outbox, and moves on, in one transaction: each is there once, whoever else
 * reads at the same time, and whenever this process dies. Those of which the event itself says that they are not needed are
 * settled with it. Answers how many events were read.
 */
export async function collectEffects(db: Kysely<Tables>, at: string, first: number): Promise<number> {
  const { position } = await db.selectFrom('effect.read_up_to').select('position').executeTakeFirstOrThrow();
  const events = await readOutbox(db, { after: position, first });
  const last = events.at(-1);
  if (last === undefined) return 0;
  const effects = events.flatMap(({ name, orderKey, event }) =>
    (isEventName(name) ? (EFFECTS[name] ?? []) : []).map((effect) => ({
      event_id: event.id,
      event_name: name,
      name: effect.name,
      event,
      order_key: `${effect.name} ${orderKey}`,
      ...settledAs(notNeeded(effect, event)),
    })),
  );
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql`
      update effect.read_up_to set position = ${last.position}::bigint where position = ${position}::bigint returning 1`.execute(
      trx,
    );
    if (rows.length === 0) return events.length; // another process was faster, and has them
    await sql`
      insert into effect.effect (event_id, event_name, name, event, order_key, state, reason, settled_at)
      select event_id, event_name, name, event, order_key, state, reason, case state when 'DUE' then null else ${at}::timestamptz end
      from jsonb_to_recordset(${JSON.stringify(effects)}::jsonb)
        as effect (event_id text, event_name text, name text, event jsonb, order_key text, state text, reason text)
      on conflict (event_id, name) do nothing`.execute(trx);
    return events.length;
  });
}

const settledAs = (reason: string | null): { readonly state: EffectState; readonly reason: string | null } => ({
  state: reason === null ? 'DUE' : 'NOT_NEEDED',
  reason,
});

/** The next effects that are due: the first of each order key, so that those behind it wait for it. */
export async function dueEffects(db: Kysely<Tables>, at: string, first: number): Promise<readonly DueEffect[]> {
  const { rows } = await sql<DueEffect>`
    select id::text, event_name as "eventName", name, event, attempts from effect.effect as mine
    where state = 'DUE' and (next_attempt_at is null or next_attempt_at <= ${at}::timestamptz)
      and not exists (select 1 from effect.effect as before
        where before.state = 'DUE' and before.order_key = mine.order_key and before.id < mine.id)
    order by id limit ${first}`.execute(db);
  return rows;
}

/** Locks an effect for the transaction that settles it; false: another process has it, or has settled it. */
export async function lockEffect(trx: Kysely<Tables>, { id }: Pick<DueEffect, 'id'>): Promise<boolean> {
  const { rows } = await sql`
    select 1 from effect.effect where id = ${id} and state = 'DUE' for update skip locked`.execute(trx);
  return rows.length > 0;
}

/** What became of an attempt. */
export interface Settled {
  readonly state: EffectState;
  readonly at: string;
  readonly processId?: string;
  readonly reason?: string;
  readonly attempts?: number;
  readonly nextAttemptAt?: string;
  /** Of one that is parked: as `Parking`. */
  readonly causeClass?: CauseClass;
  readonly system?: string | null;
}

export const settleEffect = (
  trx: Kysely<Tables>,
  { id }: Pick<DueEffect, 'id'>,
  { state, at, processId, reason, attempts, nextAttemptAt, causeClass, system }: Settled,
) =>
  trx
    .updateTable('effect.effect')
    .set({
      state,
      reason: reason ?? null,
      process_id: processId ?? null,
      next_attempt_at: nextAttemptAt ?? null,
      cause_class: causeClass ?? null,
      system: system ?? null,
      settled_at: state === 'DUE' ? null : at,
      ...(attempts === undefined ? {} : { attempts }),
    })
    .where('id', '=', id)
    .execute();

/** Forgets what was settled before; what is parked stays. */
export const forgetSettled = (db: Kysely<Tables>, before: string) =>
  db
    .deleteFrom('effect.effect')
    .where('state', 'in', ['DONE', 'NOT_NEEDED', 'DISMISSED'])
    .where('settled_at', '<', new Date(before))
    .execute();
