import type { Clock } from '../../../../platform/clock.ts';
import { errorCode } from '../../../../platform/errors.ts';
import type { Inbound, WebhookSource } from '../../../../platform/webhooks/webhook-source.ts';
import { readStripeBody, type StripeEvent, verifyStripeWebhook } from './webhook.ts';

/**
 * What Stripe's events mean, by the names of `events/catalogue.ts`; those that are not here only make records out of date.
 * An invoice is created as a draft that may still change: it is issued when it is finalized.
 * https://docs.stripe.com/api/events/types, https://docs.stripe.com/invoicing/integration/workflow-transitions
 */
const MEANINGS: Readonly<Record<string, string>> = {
  'customer.updated': 'CustomerChanged',
  'customer.subscription.created': 'SubscriptionActivated',
  'customer.subscription.updated': 'SubscriptionAmended',
  'customer.subscription.deleted': 'SubscriptionCancelled',
  'invoice.finalized': 'InvoiceIssued',
  'invoice.voided': 'InvoiceVoided',
  'invoice.paid': 'PaymentSettled',
  'invoice.payment_failed': 'PaymentFailed',
};

export const TELLS: readonly string[] = Object.values(MEANINGS);

export function stripeSource(secrets: readonly string[], clock: Clock): WebhookSource {
  const verified = (rawBody: Buffer, signature: string | string[] | undefined): StripeEvent =>
    verifyStripeWebhook(rawBody, typeof signature === 'string' ? signature : undefined, secrets, clock);
  // The signature is judged and the body read in one go by the connector; a body is read once.
  const read = new WeakMap<Buffer, StripeEvent | Error>();
  return {
    name: 'stripe',
    system: 'BILLING',
    tells: TELLS,
    isGenuine({ rawBody, headers }) {
      try {
        read.set(rawBody, verified(rawBody, headers['stripe-signature']));
        return true;
      } catch (error) {
        if (errorCode(error) === 'CREDENTIAL') return false;
        read.set(rawBody, error as Error); // signed, and not what Stripe promises
        return true;
      }
    },
    read(rawBody) {
      // One that is read again was proved when it came, and is another buffer by now.
      const event = read.get(rawBody) ?? readStripeBody(rawBody);
      if (event instanceof Error) throw event;
      return inbound(event);
    },
  };
}

/** An event in the hub's words, whichever way it came. */
export function inbound({ id, type, createdAt, object, customerId, causedByKey }: StripeEvent): Inbound {
  return {
    eventId: id,
    type,
    occurredAt: createdAt,
    entity: `${object.kind}:${object.externalId}`,
    subjects: [
      ...(object.kind === 'subscription' ? [`subscription:${object.externalId}`] : []),
      ...(customerId === null ? [] : [`customer:${customerId}`]),
    ],
    customerId,
    causedByKey,
    tells: MEANINGS[type] ?? null,
  };
}
