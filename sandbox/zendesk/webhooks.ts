import { createHmac } from 'node:crypto';
import type { VendorContext } from '../core/vendor.ts';
import { seconds } from './model.ts';

/**
 * Signs as Zendesk does: base64(HMAC-SHA256(secret, timestamp + body)).
 * https://developer.zendesk.com/documentation/webhooks/verifying/
 */
export function webhookHeaders(body: string, timestamp: string, secret: string): Record<string, string> {
  return {
    'content-type': 'application/json; charset=utf-8',
    'x-zendesk-account-id': '21700000',
    'x-zendesk-webhook-id': '01GX8SGP4S0QG7Y3X9Q3W4RA2N',
    'x-zendesk-webhook-signature': createHmac('sha256', secret)
      .update(timestamp + body)
      .digest('base64'),
    'x-zendesk-webhook-signature-timestamp': timestamp,
  };
}

/**
 * Sends an event in the schema of Zendesk's event webhooks. Organizations have event types of their own; for tickets and
 * records an administrator connects a trigger to the webhook and writes its body, here in the same schema.
 * https://developer.zendesk.com/api-reference/webhooks/event-types/webhook-event-types/
 */
export function announcer(
  context: VendorContext,
): (type: string, subject: string, detail: object, event?: object) => void {
  let count = 0;
  return (type, subject, detail, event = {}) => {
    count += 1;
    const time = seconds(context.clock.now());
    const body = JSON.stringify({
      type: `zen:event-type:${type}`,
      account_id: 21_700_000,
      id: `a540ab78-88f2-49e1-93a7-${String(count).padStart(12, '0')}`,
      time,
      zendesk_event_version: '2022-06-20',
      subject: `zen:${subject}`,
      detail,
      event,
    });
    context.emit({ type, body, headers: webhookHeaders(body, time, context.credentials.webhookSecret ?? '') });
  };
}
