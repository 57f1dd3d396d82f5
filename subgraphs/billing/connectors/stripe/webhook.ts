import Stripe from 'stripe';
import { z } from 'zod';
import type { Clock } from '../../../../platform/clock.ts';
import { HubError } from '../../../../platform/errors.ts';
import { SYSTEM } from './failures.ts';

/** How old, or how far ahead of the hub's clock, a signature may be: https://docs.stripe.com/webhooks#replay-attacks */
const TOLERANCE_SECONDS = 300;

/** What the hub reads of an event; the object is read again from Stripe, because events come in any order, and twice. */
const WireEvent = z.object({
  id: z.string(),
  type: z.string(),
  created: z.number().int(),
  data: z.object({
    object: z.looseObject({ id: z.string(), object: z.string(), customer: z.string().nullish() }),
  }),
  request: z.object({ idempotency_key: z.string().nullish() }).nullish(),
});

/** A webhook that Stripe has signed, or an event that it lists. */
export interface StripeEvent {
  /** Unique; the same event may come more than once. */
  readonly id: string;
  /** As Stripe names it. Example: `customer.subscription.updated`. */
  readonly type: string;
  readonly createdAt: string;
  /** Kind and id of what changed. Example: `subscription`, `sub_…`. */
  readonly object: { readonly kind: string; readonly externalId: string };
  /** The customer whom it is about. */
  readonly customerId: string | null;
  /** The key of the request that caused it; the hub's own writes are known by it. */
  readonly causedByKey: string | null;
}

/**
 * Reads a webhook once its signature is proved over the raw body, in constant time, with any of the secrets (two while
 * one is rolled), at most 300 s from the hub's clock either way.
 * @throws CREDENTIAL when it is not proved; the message says nothing of why. CONTRACT_BROKEN for an event without its fields
 */
export function verifyStripeWebhook(
  rawBody: Uint8Array,
  signatureHeader: string | undefined,
  secrets: readonly string[],
  clock: Clock,
): StripeEvent {
  if (!isSigned(rawBody, signatureHeader ?? '', secrets, clock.now())) {
    throw new HubError('CREDENTIAL', 'the webhook is not signed by Stripe for this endpoint', { system: SYSTEM });
  }
  return readStripeBody(rawBody);
}

/** The body of a webhook that is proved already. @throws CONTRACT_BROKEN for an event without its fields */
export const readStripeBody = (rawBody: Uint8Array): StripeEvent => readStripeEvent(jsonOrNull(rawBody));

/** An event as Stripe posts and lists it: the same in both. @throws CONTRACT_BROKEN for one without its fields */
export function readStripeEvent(wire: unknown): StripeEvent {
  const parsed = WireEvent.safeParse(wire);
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.map(String).join('.') || '(event)';
    throw new HubError('CONTRACT_BROKEN', `Stripe sent an event whose ${field} is not as promised`, {
      system: SYSTEM,
      field,
    });
  }
  const { id, type, created, data, request } = parsed.data;
  const isCustomer = data.object.object === 'customer';
  return {
    id,
    type,
    createdAt: new Date(created * 1000).toISOString(),
    object: { kind: data.object.object, externalId: data.object.id },
    customerId: isCustomer ? data.object.id : (data.object.customer ?? null),
    causedByKey: request?.idempotency_key ?? null,
  };
}

function isSigned(rawBody: Uint8Array, header: string, secrets: readonly string[], nowMs: number): boolean {
  const timestamp = Number(/(?:^|,)t=(\d{1,12})(?:,|$)/.exec(header)?.[1] ?? Number.NaN);
  // The SDK refuses what is too old, and takes what is from the future.
  if (!(timestamp * 1000 - nowMs <= TOLERANCE_SECONDS * 1000)) return false;
  return secrets.some((secret) => {
    try {
      return (
        Stripe.webhooks.signature?.verifyHeader(rawBody, header, secret, TOLERANCE_SECONDS, undefined, nowMs) === true
      );
    } catch {
      return false; // not with this secret; the answer says no more than that
    }
  });
}

function jsonOrNull(rawBody: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(rawBody));
  } catch {
    return null; // told as a broken contract by the schema above
  }
}
