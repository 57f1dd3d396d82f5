import Stripe from 'stripe';
import type { Call, WriteCall } from '../../../../platform/call.ts';
import { type Clock, instant } from '../../../../platform/clock.ts';
import { HubError } from '../../../../platform/errors.ts';
import { id } from '../../../../platform/ids.ts';
import type { MeterUsage, SubscriptionUsage, UsageBatch, UsageEvent, UsagePeriod } from '../../model.ts';
import type { BillingPort } from '../../port.ts';
import type { StripeClient } from './client.ts';
import { isMissing, SYSTEM } from './failures.ts';
import { includedIn, overageIn, warningsOf } from './tiers.ts';
import { dayOf, skuOf } from './translate.ts';
import { listOf, read, WITH_TIERS, WireMeter, WireSummary, WireUsage } from './wire.ts';

type Usage = Pick<BillingPort, 'usage' | 'recordUsage' | 'cancelUsage'>;

/**
 * Stripe knows the identifier of a meter event, and cancels it, for at least 24 hours after it came
 * (https://docs.stripe.com/api/billing/meter-event/create, …/meter-event-adjustment/create). An hour of it is left for clocks
 * and long requests.
 */
const KNOWN_MS = 23 * 3_600_000;

/** One event is sent after the other: Stripe takes one call at a time for a customer and meter (…/recording-usage-api#rate-limits). */
export function createUsage(client: StripeClient, clock: Clock): Usage {
  const isKnown = ({ firstTriedAt }: UsageBatch): boolean => clock.now() - Date.parse(firstTriedAt) < KNOWN_MS;

  return {
    usage: (periods, call) => Promise.all(periods.map((period) => usageOf(period, client, clock, call))),

    async recordUsage(batch, call) {
      if (!isKnown(batch)) {
        throw new HubError(
          'IN_DOUBT',
          `${SYSTEM} knows for a day only what it counted, and this was first sent earlier; compare by hand before giving it up`,
          { system: SYSTEM, reason: 'usage_window_over' },
        );
      }
      const names = await eventNames(batch, client, call);
      for (const [at, event] of batch.events.entries()) {
        await send({ event, name: names(event), sign: '', identifier: identifierOf(call, at) }, batch, client, call);
      }
    },

    async cancelUsage(batch, call) {
      const names = await eventNames(batch, client, call);
      if (!isKnown(batch) && !batch.recorded) {
        throw new HubError('REFUSED', `${SYSTEM} cannot tell any more whether it counted this; compare by hand`, {
          system: SYSTEM,
          reason: 'usage_window_over',
        });
      }
      for (const [at, event] of batch.events.entries()) {
        const identifier = identifierOf(call, at);
        const cancelled = isKnown(batch) && (await cancel(names(event), identifier, client, call));
        if (cancelled || !batch.recorded) continue; // not recorded, and not known to Stripe: it was never counted
        const correction = { event, name: names(event), sign: '-', identifier: `${identifier}:correction` } as const;
        await send(correction, batch, client, call);
      }
    },
  };
}

/** At most 100 characters; the key is the run's and the step's. */
const identifierOf = ({ key }: WriteCall, at: number): string => `${key}:${at}`;

async function usageOf(
  { subscriptionId, days }: UsagePeriod,
  client: StripeClient,
  clock: Clock,
  call: Call,
): Promise<SubscriptionUsage | null> {
  if (!/^\w{1,255}$/.test(subscriptionId)) return null;
  const answer = await client.readOrNull(call, (sdk) => sdk.subscriptions.retrieve(subscriptionId, WITH_TIERS));
  if (answer === null) return null;
  const { customer, currency, items } = read(WireUsage, answer);
  const [first] = items.data;
  const start = days === null ? (first?.current_period_start ?? 0) : secondsOf(days.from);
  const end = days === null ? (first?.current_period_end ?? 0) : secondsOf(days.until);
  const meters = items.data.map(async ({ id: itemId, price, metadata }): Promise<readonly MeterUsage[]> => {
    const { meter } = price.recurring;
    if (meter === null) return [];
    const summaries = await client.read(call, (sdk) =>
      sdk.billing.meters.listEventSummaries(meter, {
        customer,
        start_time: wholeMinute(start),
        end_time: wholeMinute(end),
      }),
    );
    const counted = read(listOf(WireSummary), summaries).data.reduce((sum, one) => sum + one.aggregated_value, 0);
    return [
      {
        itemId,
        sku: skuOf(price),
        meter,
        used: String(Math.max(0, counted)), // less than nothing is billed as nothing
        included: includedIn(price),
        overagePrice: overageIn(price),
        warnAt: warningsOf(metadata),
        asOf: instant(clock),
      },
    ];
  });
  return {
    subscriptionId,
    customerId: id(customer),
    currency: currency.toUpperCase(),
    periodStartsOn: dayOf(start),
    periodEndsOn: dayOf(end),
    meters: (await Promise.all(meters)).flat(),
  };
}

const secondsOf = (day: string): number => Date.parse(`${day}T00:00:00Z`) / 1000;
/** Summaries begin and end with a minute: https://docs.stripe.com/api/billing/meter-event-summary/list */
const wholeMinute = (seconds: number): number => seconds - (seconds % 60);

/** Under which name events of each meter are sent. @throws REFUSED for a meter that takes none any more */
async function eventNames(batch: UsageBatch, client: StripeClient, call: Call) {
  const meters = [...new Set(batch.events.map(({ meter }) => meter))];
  const names = new Map<string, string>();
  for (const meter of meters) {
    const { event_name: name, status } = read(
      WireMeter,
      await client.read(call, (sdk) => sdk.billing.meters.retrieve(meter)),
    );
    if (status !== 'active') {
      throw new HubError('REFUSED', `${SYSTEM} does not count ${name} any more`, {
        system: SYSTEM,
        reason: 'no_meter',
      });
    }
    names.set(meter, name);
  }
  return ({ meter }: UsageEvent): string => names.get(meter) ?? '';
}

/** https://docs.stripe.com/api/billing/meter-event/create. What Stripe has counted already is as good as sent. */
async function send(
  { event, name, sign, identifier }: { event: UsageEvent; name: string; sign: '' | '-'; identifier: string },
  { customerId }: UsageBatch,
  client: StripeClient,
  call: WriteCall,
): Promise<void> {
  try {
    await client.write(call, (sdk) =>
      sdk.billing.meterEvents.create(
        {
          event_name: name,
          identifier,
          payload: { stripe_customer_id: customerId, value: `${sign}${event.quantity}` },
          timestamp: Math.floor(Date.parse(event.occurredAt) / 1000),
        },
        { idempotencyKey: identifier },
      ),
    );
  } catch (error) {
    if (!said(error, /already exists with identifier/)) throw error;
  }
}

/** https://docs.stripe.com/api/billing/meter-event-adjustment/create. False: Stripe does not know the event, or not any more. */
async function cancel(name: string, identifier: string, client: StripeClient, call: WriteCall): Promise<boolean> {
  try {
    await client.write(call, (sdk) =>
      sdk.billing.meterEventAdjustments.create(
        { event_name: name, type: 'cancel', cancel: { identifier } },
        { idempotencyKey: `${identifier}:cancel` },
      ),
    );
    return true;
  } catch (error) {
    if (isMissing(error instanceof HubError ? error.cause : error)) return false;
    if (said(error, /already (been )?cancell?ed/)) return true;
    throw error;
  }
}

/** Stripe sends no code with these refusals; its sentence is all there is to tell them by. */
const said = (error: unknown, sentence: RegExp): boolean =>
  error instanceof HubError &&
  error.cause instanceof Stripe.errors.StripeInvalidRequestError &&
  sentence.test(error.cause.message);
