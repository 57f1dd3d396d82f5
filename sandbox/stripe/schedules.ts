import { type ActContext, merged } from './acts.ts';
import { sellable } from './billing.ts';
import { periodAt } from './calendar.ts';
import { refused } from './errors.ts';
import type { Account, PhaseRecord, ScheduleRecord, SubscriptionRecord } from './records.ts';

/** The schedule that manages a subscription; undefined: none does. */
export const managing = (account: Account, held: SubscriptionRecord): ScheduleRecord | undefined =>
  account.schedules.find((one) => one.subscriptionId === held.id && one.status === 'active');

/**
 * `POST /v1/subscription_schedules` with `from_subscription`: one phase, the running period as it is billed
 * (https://docs.stripe.com/api/subscription_schedules/create). The sandbox shows phases and ends; it does not carry them out.
 */
export function createSchedule(account: Account, held: SubscriptionRecord, context: ActContext): ScheduleRecord {
  const { store, now } = context;
  const other = managing(account, held);
  if (other) {
    throw refused(`You cannot migrate a subscription that is already attached to a schedule: \`${other.id}\`.`);
  }
  if (held.status === 'canceled') throw refused('You cannot migrate a subscription that is canceled.');
  const { start, end } = periodAt(held.anchor, now);
  const schedule: ScheduleRecord = {
    id: store.counter.next('sub_sched_'),
    customerId: account.customer.id,
    subscriptionId: held.id,
    created: now,
    status: 'active',
    endBehavior: held.cancelAtPeriodEnd ? 'cancel' : 'release',
    metadata: {},
    phases: [
      {
        start,
        end,
        items: held.items.map(({ priceId, quantity }) => ({
          priceId,
          quantity: context.catalog.byId(priceId)?.metered ? null : quantity,
        })),
        metadata: held.metadata,
        collectionMethod: null,
        daysUntilDue: null,
      },
    ],
    releasedAt: null,
    canceledAt: null,
  };
  store.keep(account);
  store.own(schedule.id, account.customer.id);
  account.schedules.push(schedule);
  return schedule;
}

export interface ScheduleUpdate {
  readonly phases: readonly PhaseRecord[] | undefined;
  readonly endBehavior: ScheduleRecord['endBehavior'] | undefined;
  readonly metadata: Record<string, string> | undefined;
}

/** The phases replace those that were there; the running one must stay, since the past is not changed. */
export function updateSchedule(
  account: Account,
  schedule: ScheduleRecord,
  { phases, endBehavior, metadata }: ScheduleUpdate,
  context: ActContext,
): void {
  if (schedule.status !== 'active') {
    throw refused(`You cannot update a subscription schedule that is currently in the \`${schedule.status}\` status.`);
  }
  for (const [at, phase] of (phases ?? []).entries()) {
    const before = phases?.[at - 1];
    const param = `phases[${at}]`;
    if (phase.end <= phase.start) throw refused('The phase must end after it starts.', undefined, `${param}[end_date]`);
    if (before && before.end !== phase.start) {
      throw refused(
        'The `end_date` of a phase must be the `start_date` of the next.',
        undefined,
        `${param}[start_date]`,
      );
    }
    phase.items.forEach(({ priceId }, nth) => {
      sellable(context.catalog, priceId, account.customer.currency, `${param}[items][${nth}][price]`);
    });
  }
  if (phases && phases[0]?.start !== schedule.phases[0]?.start) {
    throw refused('You can not modify the start date of the current phase.', undefined, 'phases[0][start_date]');
  }
  const before = schedule.phases.length;
  const ended = schedule.endBehavior;
  context.store.keep(account);
  if (phases) schedule.phases = [...phases];
  schedule.endBehavior = endBehavior ?? schedule.endBehavior;
  schedule.metadata = merged(schedule.metadata, metadata ?? {});
  if (schedule.phases.length > before) noteSchedule('term.scheduled', schedule, context);
  else if (schedule.phases.length < before) noteSchedule('term.withdrawn', schedule, context);
  if (schedule.endBehavior !== ended) noteSchedule('term.end-changed', schedule, context);
}

/** `POST …/release`: the subscription stays as it is. */
export function releaseSchedule(account: Account, schedule: ScheduleRecord, context: ActContext): void {
  if (schedule.status !== 'active') {
    throw refused(
      `You cannot release a subscription schedule that is currently in the \`${schedule.status}\` status. It must be in the \`not_started\` or \`active\` status.`,
    );
  }
  context.store.keep(account);
  schedule.status = 'released';
  schedule.releasedAt = context.now;
  if (schedule.phases.length > 1) noteSchedule('term.withdrawn', schedule, context);
}

/** A subscription that ends takes its schedule with it. */
export function endWith(account: Account, held: SubscriptionRecord, now: number): void {
  const schedule = managing(account, held);
  if (!schedule) return;
  schedule.status = 'canceled';
  schedule.canceledAt = now;
}

/** A term is known by the schedule and the key that agreed on it. */
function noteSchedule(effect: string, schedule: ScheduleRecord, context: ActContext): void {
  const last = schedule.phases.at(-1);
  context.record({
    effect,
    id: schedule.id,
    businessKey: null,
    idempotencyKey: context.idempotencyKey,
    details: {
      customer: schedule.customerId,
      subscription: schedule.subscriptionId,
      startsAt: last?.start ?? null,
      endsAt: last?.end ?? null,
      items: (last?.items ?? [])
        .map(({ priceId, quantity }) => `${context.catalog.byId(priceId)?.sku}:${quantity}`)
        .join(','),
      endBehavior: schedule.endBehavior,
    },
  });
}
