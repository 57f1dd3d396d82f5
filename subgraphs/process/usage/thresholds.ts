import { type Kysely, sql } from 'kysely';
import type { Db } from '../../../platform/db/db.ts';
import { decimalOf } from '../../../platform/decimal.ts';
import { publish } from '../../../platform/outbox/outbox.ts';
import type { OutboxTables } from '../../../platform/outbox/tables.ts';
import type { SagaTables } from '../../../platform/saga/tables.ts';
import type { MeterUsage, SubscriptionUsage } from '../../billing/model.ts';
import { overageOf, thresholdsReached } from '../../billing/model.ts';
import type { UsageTables } from './tables.ts';

/** By whom and when usage was posted. */
export interface Posting {
  readonly processId: string;
  readonly customerId: string;
  readonly correlationId: string;
  readonly at: string;
}

export interface ReachedThreshold {
  readonly subscriptionId: string;
  readonly sku: string;
  readonly percent: number;
}

/** Notes thresholds that usage has reached, and tells each once in its period: the event is published in the transaction of the note. */
export type NoteThresholds = (
  usage: readonly SubscriptionUsage[],
  posting: Posting,
) => Promise<readonly ReachedThreshold[]>;

type Tables = SagaTables & UsageTables & OutboxTables;

export const thresholdsIn = (pool: Db): NoteThresholds => {
  const db = pool.withTables<Tables>();
  return (usage, posting) =>
    db.transaction().execute(async (trx) => {
      const reached: ReachedThreshold[] = [];
      for (const subscription of usage) {
        for (const meter of subscription.meters) {
          const used = await usedBy(trx, subscription, meter, posting);
          for (const percent of thresholdsReached({ ...meter, used })) {
            const isNew = await note(trx, { subscription, meter, percent, used }, posting);
            if (isNew) reached.push({ subscriptionId: subscription.subscriptionId, sku: meter.sku, percent });
          }
        }
      }
      return reached;
    });
};

/** Billing's figure may lag behind what was just posted, and the hub's own knows of nobody else's: the larger one is nearer. */
async function usedBy(
  trx: Kysely<Tables>,
  { subscriptionId, periodStartsOn, periodEndsOn }: SubscriptionUsage,
  { sku, used }: MeterUsage,
  { processId }: Posting,
): Promise<string> {
  const { rows } = await sql<{ units: string | null }>`
    select sum(quantity)::text as units
    from process.usage_event as event left join process.run as run on run.id = event.run_id
    where event.subscription_id = ${subscriptionId} and sku = ${sku}
      and counted_at >= ${`${periodStartsOn}T00:00:00Z`} and counted_at < ${`${periodEndsOn}T00:00:00Z`}
      and (run.id is null or run.state = 'COMPLETED' or run.id = ${processId})`.execute(trx);
  const own = rows[0]?.units ?? '0';
  return decimalOf(own) > decimalOf(used) ? own : used;
}

interface Reached {
  readonly subscription: SubscriptionUsage;
  readonly meter: MeterUsage;
  readonly percent: number;
  readonly used: string;
}

/** False: it was told before. */
async function note(
  trx: Kysely<Tables>,
  { subscription, meter, percent, used }: Reached,
  { processId, customerId, correlationId, at }: Posting,
): Promise<boolean> {
  const { subscriptionId, periodStartsOn, periodEndsOn } = subscription;
  const { sku, included } = meter;
  const { numInsertedOrUpdatedRows } = await trx
    .insertInto('process.usage_threshold')
    .values({
      subscription_id: subscriptionId,
      sku,
      period_starts_on: periodStartsOn,
      percent,
      run_id: processId,
      reached_at: at,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  if (numInsertedOrUpdatedRows === 0n) return false;
  await publish(trx, [
    {
      id: `${subscriptionId}:${sku}:${periodStartsOn}:${percent}:UsageThresholdReached`,
      name: 'UsageThresholdReached',
      version: 1,
      subject: `customer/${customerId}`,
      orderKey: `customer:${customerId}`,
      occurredAt: at,
      correlationId,
      data: {
        customerId,
        subscriptionId,
        sku,
        thresholdPercent: percent,
        used,
        included,
        overage: overageOf({ used, included }),
        periodStartsOn,
        periodEndsOn,
      },
    },
  ]);
  return true;
}
