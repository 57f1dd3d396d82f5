import { createHash } from 'node:crypto';
import type { Call } from '../../../../platform/call.ts';
import { HubError } from '../../../../platform/errors.ts';
import type { BillingPort } from '../../port.ts';
import { mustRun } from './change.ts';
import type { StripeClient } from './client.ts';
import { SYSTEM } from './failures.ts';
import { subscriptionOf } from './previews.ts';
import { eachOnce, pricesOf } from './prices.ts';
import { dayOf, inForce, METADATA, periodOf, termOf, toSubscription } from './translate.ts';
import { read, WireSchedule, type WireSubscription } from './wire.ts';
import { daysUntilDue } from './writes.ts';

/**
 * A term is a phase of a subscription schedule (https://docs.stripe.com/billing/subscriptions/subscription-schedules). In the
 * subscription's metadata: the key that is making or has made the renewal, so that a schedule which was only begun is known
 * as the hub's, and digests of the keys that were taken back.
 */
const KEY = 'renewal_key';
/** The schedule that was there before the renewal; empty: it made its own. */
const ADDS_TO = 'renewal_adds_to';
const WITHDRAWN = 'renewals_withdrawn';
const DIGEST_LENGTH = 12;
/** As many as fit into 500 characters: https://docs.stripe.com/api/metadata */
const MOST_WITHDRAWN = 38;

type Renewals = Pick<BillingPort, 'scheduleRenewal' | 'withdrawRenewal'>;
type Phases = WireSchedule['phases'];

export function createRenewals(client: StripeClient): Renewals {
  const whole = (id: string, call: Call) => subscriptionOf(id, client, call);

  return {
    async scheduleRenewal(renewal, call) {
      const { subscriptionId } = renewal;
      eachOnce(renewal.items);
      const current = await whole(subscriptionId, call);
      if (isDoneUnder(call.key, current)) return toSubscription(current);
      if (digests(current).includes(digestOf(call.key))) throw conflict('this renewal was taken back before');
      const begun = current.metadata[KEY] === call.key;
      if (!begun) mustRenew(current);
      const startsAt = nextStart(renewal.startsOn, current, begun);
      const prices = await pricesOf(
        renewal.items.map(({ sku }) => sku),
        current.currency,
        client,
        call,
      );
      if (!begun) {
        const metadata = { [KEY]: call.key, [ADDS_TO]: scheduleOf(current)?.id ?? '' };
        await client.write(call, (sdk) =>
          sdk.subscriptions.update(subscriptionId, { metadata }, { idempotencyKey: `${call.key}:mark` }),
        );
      }
      const schedule =
        scheduleOf(current) ??
        read(
          WireSchedule,
          await client.write(call, (sdk) =>
            // Takes no other parameter beside: https://docs.stripe.com/api/subscription_schedules/create
            sdk.subscriptionSchedules.create(
              { from_subscription: subscriptionId },
              { idempotencyKey: `${call.key}:schedule` },
            ),
          ),
        );
      const next = {
        start_date: startsAt,
        end_date: instantOfDay(renewal.endsOn, startsAt),
        proration_behavior: 'none' as const,
        items: [
          ...renewal.items.map(({ sku, quantity }) => ({ price: prices.get(sku)?.id ?? '', quantity })),
          ...current.items.metered.map(({ price }) => ({ price: price.id })), // what is charged by use goes on
        ],
        ...(current.collection_method === 'send_invoice' && renewal.paymentTerms !== null
          ? {
              collection_method: 'send_invoice' as const,
              invoice_settings: { days_until_due: daysUntilDue(renewal.paymentTerms) },
            }
          : {}),
        // What the phase carries is put on the subscription when the phase begins.
        ...(renewal.paymentTerms === null ? {} : { metadata: { [METADATA.paymentTerms]: renewal.paymentTerms } }),
      };
      await client.write(call, (sdk) =>
        sdk.subscriptionSchedules.update(
          schedule.id,
          {
            phases: [...kept(runningPhases(schedule.phases, startsAt)), next],
            end_behavior: 'release',
            proration_behavior: 'none',
            metadata: { [KEY]: call.key },
          },
          { idempotencyKey: call.key },
        ),
      );
      return toSubscription(await whole(subscriptionId, call));
    },

    async withdrawRenewal({ subscriptionId }, call) {
      const current = await whole(subscriptionId, call);
      if (current.metadata[KEY] !== call.key) return;
      const schedule = scheduleOf(current);
      // A schedule that was there before keeps its phases; the one that was made for the renewal goes.
      if (schedule !== null && !current.metadata[ADDS_TO]) {
        await client.write(call, (sdk) =>
          sdk.subscriptionSchedules.release(schedule.id, {}, { idempotencyKey: `${call.key}:withdraw` }),
        );
      } else if (schedule?.metadata?.[KEY] === call.key) {
        await client.write(call, (sdk) =>
          sdk.subscriptionSchedules.update(
            schedule.id,
            {
              phases: kept(schedule.phases.slice(0, -1)),
              end_behavior: 'release',
              proration_behavior: 'none',
              metadata: { [KEY]: '' },
            },
            { idempotencyKey: `${call.key}:withdraw` },
          ),
        );
      }
      const withdrawn = [...digests(current), digestOf(call.key)].slice(-MOST_WITHDRAWN).join(',');
      const metadata = { [KEY]: '', [ADDS_TO]: '', [WITHDRAWN]: withdrawn };
      await client.write(call, (sdk) =>
        sdk.subscriptions.update(subscriptionId, { metadata }, { idempotencyKey: `${call.key}:unmark` }),
      );
    },
  };
}

/** @throws REFUSED when it has ended, ends with its term, or has another renewal to come */
export function mustRenew(current: WireSubscription): void {
  mustRun(current);
  const term = termOf(current);
  const refused = (message: string, reason: string) =>
    new HubError('REFUSED', `${SYSTEM} ${message}`, { system: SYSTEM, field: 'subscriptionId', reason });
  if (toSubscription(current).renewsOn === null || term?.runsOn === false) {
    throw refused('has this subscription end with its term; take the cancellation back first', 'ends_with_term');
  }
  if (term !== null && term.startsOn >= dayOf(periodOf(current).end)) {
    throw refused(`has a renewal from ${term.startsOn} for this subscription already`, 'renewal_pending');
  }
}

/**
 * The instant at which the next term starts: that of the running term's end where it is on that day, else the first second,
 * UTC. @throws REFUSED for a day within the running term
 */
export function nextStart(startsOn: string, current: WireSubscription, begun = false): number {
  const term = begun ? null : scheduleOf(current)?.phases.at(-1);
  const ends = Math.max(periodOf(current).end, term?.end_date ?? 0);
  if (startsOn >= dayOf(ends)) return instantOfDay(startsOn, ends);
  throw new HubError(
    'REFUSED',
    `${SYSTEM} can renew from ${dayOf(ends)}, where the running term ends; not from ${startsOn}`,
    {
      system: SYSTEM,
      field: 'startsOn',
      reason: 'starts_within_running_term',
    },
  );
}

/** That day at the time of day of another instant: terms end at the second at which they began. */
const instantOfDay = (day: string, like: number): number => Date.parse(`${day}T00:00:00Z`) / 1000 + (like % 86_400);

const isDoneUnder = (key: string, current: WireSubscription): boolean => scheduleOf(current)?.metadata?.[KEY] === key;

/** The phases before the new one, the last of which ends where that starts. */
const runningPhases = (phases: Phases, startsAt: number): Phases =>
  phases.map((phase, at) => (at === phases.length - 1 ? { ...phase, end_date: startsAt } : phase));

/** Phases as they are sent back: what is left out would be reset. */
const kept = (phases: Phases) =>
  phases.map(({ start_date, end_date, items, metadata }) => ({
    start_date,
    end_date,
    proration_behavior: 'none' as const,
    items: items.map(({ price, quantity }) => ({ price, ...(quantity === undefined ? {} : { quantity }) })),
    ...(metadata === null ? {} : { metadata }),
  }));

const scheduleOf = ({ schedule }: WireSubscription): WireSchedule | null =>
  schedule !== null && inForce(schedule) ? schedule : null;

const digestOf = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, DIGEST_LENGTH);
const digests = ({ metadata }: WireSubscription): string[] => metadata[WITHDRAWN]?.split(',') ?? [];
const conflict = (message: string): HubError =>
  new HubError('CONFLICT', `${SYSTEM}: ${message}`, { system: SYSTEM, reason: 'renewal_withdrawn' });
