import { sql } from 'kysely';
import { z } from 'zod';
import { type Clock, day, instant } from '../../platform/clock.ts';
import { type Environment, intBetween, readConfig } from '../../platform/config.ts';
import type { Db } from '../../platform/db/db.ts';
import { every } from '../../platform/every.ts';
import type { Logger } from '../../platform/log.ts';
import type { EventToPublish } from '../../platform/outbox/cloud-event.ts';
import { publish } from '../../platform/outbox/outbox.ts';
import type { OutboxTables } from '../../platform/outbox/tables.ts';
import type { TermInForce } from '../../subgraphs/billing/model.ts';
import type { BillingPort } from '../../subgraphs/billing/port.ts';
import type { IdentityPort } from '../../subgraphs/identity/port.ts';
import { EVENTS } from '../catalogue.ts';
import { migrateEffects } from './tables.ts';

const Shape = z.object({ HUB_RENEWAL_SWEEP_HOURS: intBetween(1, 168).default(24) });

/** How often is looked for renewals that are due, as `HUB_RENEWAL_SWEEP_HOURS` says. @throws ConfigError */
export const renewalSweepHours = (env: Environment): number => readConfig(Shape, env).HUB_RENEWAL_SWEEP_HOURS;

export interface RenewalsOptions {
  /** Closed by the caller, after this. */
  readonly db: Db;
  readonly billing: Pick<BillingPort, 'agreedTerms'>;
  readonly identity: Pick<IdentityPort, 'byExternalId'>;
  /** How long before the end of its term a renewal is due: the window in which acts renew it, too. */
  readonly windowDays: number;
  readonly sweepHours: number;
  readonly clock: Clock;
  readonly log: Logger;
}

const LOOK_EVERY_MS = 1_000;
const AFTER_FAILURE_MS = 60_000;
const TERMS_AT_ONCE = 100;
const WITHIN_MS = 30_000;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/**
 * Tells of terms that end within the window, each once. Pages of what billing holds are read one after the other; where it
 * stands is written with what it tells, so that another process goes on there. Several processes may do so on one database.
 */
export async function keepRenewalsDue({
  db: pool,
  log,
  ...options
}: RenewalsOptions): Promise<{ close(): Promise<void> }> {
  await migrateEffects(pool);
  const db = pool.withTables<OutboxTables>();
  const { clock, sweepHours } = options;
  const closing = new AbortController();

  /** Answers whether there is more to read now. */
  const readPage = (): Promise<boolean> =>
    db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ after: string | null }>`
        select after from effect.renewal_sweep where due_at <= ${instant(clock)}::timestamptz
        for update skip locked`.execute(trx);
      const [sweep] = rows;
      if (sweep === undefined) return false; // not yet, or another process is at it
      const put = (after: string | null, dueAt: number) =>
        sql`update effect.renewal_sweep set after = ${after}, due_at = ${new Date(dueAt).toISOString()}::timestamptz`.execute(
          trx,
        );
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(WITHIN_MS)]);
      try {
        const page = await dueAfter(sweep.after, options, signal);
        await publish(trx, page.events);
        await put(page.next, page.next === null ? clock.now() + sweepHours * HOUR_MS : clock.now());
        return page.next !== null;
      } catch (error) {
        if (closing.signal.aborted) return false;
        log.warn({ err: error }, 'agreed terms cannot be read; renewals that are due are told of later');
        await put(sweep.after, clock.now() + AFTER_FAILURE_MS);
        return false;
      }
    });

  const looking = every(LOOK_EVERY_MS, async () => {
    try {
      while (!closing.signal.aborted && (await readPage()));
    } catch (error) {
      log.warn({ err: error }, 'it cannot be read when renewals were looked for last');
    }
  });
  return {
    close: async () => {
      closing.abort();
      await looking.stop();
    },
  };
}

async function dueAfter(
  after: string | null,
  { billing, identity, windowDays, clock }: Omit<RenewalsOptions, 'db' | 'log'>,
  signal: AbortSignal,
): Promise<{ events: readonly EventToPublish[]; next: string | null }> {
  const call = { correlationId: `renewals:${day(clock)}`, signal, work: 'BACKGROUND' } as const;
  const { entries, hasMore, endCursor } = await billing.agreedTerms({ first: TERMS_AT_ONCE, after }, call);
  const today = day(clock);
  const windowEnds = day({ now: () => clock.now() + windowDays * DAY_MS });
  // One that ends with its term is not renewed.
  const due = entries.filter(({ term }) => term.runsOn && term.endsOn >= today && term.endsOn <= windowEnds);
  const keys = due.map(({ customerId }) => ({ system: 'BILLING', externalId: customerId }) as const);
  const customers = due.length === 0 ? [] : await identity.byExternalId(keys, call);
  return {
    events: due.map((one, nr) => renewalDue(one, customers[nr]?.id ?? null, instant(clock), call.correlationId)),
    next: hasMore ? endCursor : null,
  };
}

function renewalDue(
  { subscriptionId, term: { endsOn } }: TermInForce,
  customerId: string | null,
  occurredAt: string,
  correlationId: string,
): EventToPublish {
  const entity = `subscription:${subscriptionId}`;
  return {
    id: `${subscriptionId}:${endsOn}:RenewalDue`,
    name: 'RenewalDue',
    version: EVENTS.RenewalDue.version,
    subject: customerId === null ? entity.replace(':', '/') : `customer/${customerId}`,
    orderKey: customerId === null ? `BILLING:${entity}` : `customer:${customerId}`,
    occurredAt,
    correlationId,
    data: { system: 'BILLING', customerId, entity, subscriptionId, endsOn },
  };
}
