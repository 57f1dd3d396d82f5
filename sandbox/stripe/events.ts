import { createHmac } from 'node:crypto';
import type { EventType } from './acts.ts';
import { API_VERSION } from './objects/wire.ts';

/** An event as Stripe posts it: https://docs.stripe.com/api/events/object */
export function eventBody(event: {
  readonly id: string;
  readonly type: EventType;
  /** Seconds. */
  readonly created: number;
  readonly object: object;
  readonly previous: Record<string, unknown> | undefined;
  readonly idempotencyKey: string | null;
}): string {
  return JSON.stringify({
    id: event.id,
    object: 'event',
    api_version: API_VERSION,
    created: event.created,
    data: { object: event.object, ...(event.previous ? { previous_attributes: event.previous } : {}) },
    livemode: false,
    pending_webhooks: 1,
    request: { id: null, idempotency_key: event.idempotencyKey },
    type: event.type,
  });
}

/** https://docs.stripe.com/webhooks#verify-manually: HMAC-SHA256 over time and raw body. */
export function signed(body: string, secret: string, atSeconds: number): Record<string, string> {
  const signature = createHmac('sha256', secret).update(`${atSeconds}.${body}`).digest('hex');
  return {
    'content-type': 'application/json; charset=utf-8',
    'stripe-signature': `t=${atSeconds},v1=${signature}`,
    'user-agent': 'Stripe/1.0 (+https://stripe.com/docs/webhooks)',
  };
}
