import { HubError } from '../../../../platform/errors.ts';
import type { BillingPort } from '../../port.ts';
import { mustRun } from './change.ts';
import type { StripeClient } from './client.ts';
import { SYSTEM } from './failures.ts';
import { subscriptionOf } from './previews.ts';
import { inForce, termOf, toSubscription } from './translate.ts';
import { read, WHOLE, WireSubscription } from './wire.ts';

/** In the metadata of the subscription, or of the schedule that manages it: the key under which it was cancelled. */
const KEY = 'cancel_key';

type Cancellations = Pick<BillingPort, 'cancelAtTermEnd' | 'keepRunning' | 'cancelNow'>;

/**
 * https://docs.stripe.com/billing/subscriptions/cancel. Under a schedule it is the schedule that ends the subscription: Stripe
 * refuses to change `cancel_at_period_end` of one that it manages.
 */
export function createCancellations(client: StripeClient): Cancellations {
  const scheduleOf = ({ schedule }: WireSubscription) => (schedule !== null && inForce(schedule) ? schedule : null);

  return {
    async cancelAtTermEnd({ subscriptionId, reason }, call) {
      const current = await subscriptionOf(subscriptionId, client, call);
      const schedule = scheduleOf(current);
      if ((schedule?.metadata ?? current.metadata)[KEY] === call.key) return toSubscription(current);
      mustRun(current);
      mustRunOn(current);
      if (schedule !== null) {
        await client.write(call, (sdk) =>
          sdk.subscriptionSchedules.update(
            schedule.id,
            { end_behavior: 'cancel', metadata: { [KEY]: call.key } },
            { idempotencyKey: call.key },
          ),
        );
        return toSubscription(await subscriptionOf(subscriptionId, client, call));
      }
      const answer = await client.write(call, (sdk) =>
        sdk.subscriptions.update(
          subscriptionId,
          {
            cancel_at_period_end: true,
            cancellation_details: { comment: reason },
            metadata: { [KEY]: call.key },
            ...WHOLE,
          },
          { idempotencyKey: call.key },
        ),
      );
      return toSubscription(read(WireSubscription, answer));
    },

    async keepRunning({ subscriptionId }, call) {
      const current = await subscriptionOf(subscriptionId, client, call);
      const schedule = scheduleOf(current);
      if ((schedule?.metadata ?? current.metadata)[KEY] !== call.key) return;
      mustRun(current);
      const metadata = { [KEY]: '' };
      const key = { idempotencyKey: `${call.key}:keep` };
      await client.write(call, async (sdk) =>
        schedule === null
          ? void (await sdk.subscriptions.update(subscriptionId, { cancel_at_period_end: false, metadata }, key))
          : void (await sdk.subscriptionSchedules.update(schedule.id, { end_behavior: 'release', metadata }, key)),
      );
    },

    async cancelNow({ subscriptionId, reason, creditUnused }, call) {
      const current = await subscriptionOf(subscriptionId, client, call);
      if (toSubscription(current).status === 'CANCELLED') return toSubscription(current);
      // A DELETE is idempotent by itself; Stripe takes no key for it. What waits for an invoice is invoiced, not dropped.
      const answer = await client.write(call, (sdk) =>
        sdk.subscriptions.cancel(subscriptionId, {
          prorate: creditUnused,
          invoice_now: true,
          cancellation_details: { comment: reason },
          ...WHOLE,
        }),
      );
      return toSubscription(read(WireSubscription, answer));
    },
  };
}

/** @throws REFUSED when it ends with its term already */
function mustRunOn(current: WireSubscription): void {
  if (toSubscription(current).renewsOn !== null && termOf(current)?.runsOn !== false) return;
  throw new HubError('REFUSED', `${SYSTEM} has this subscription end with its term already`, {
    system: SYSTEM,
    field: 'subscriptionId',
    reason: 'ends_with_term',
  });
}
