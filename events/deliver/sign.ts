import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/**
 * The headers of one delivery, as Standard Webhooks 1.0.0 says (github.com/standard-webhooks/standard-webhooks, spec):
 * HMAC-SHA256 over `id.timestamp.body` by each secret, so that a receiver who knows one of them is served while it is rotated.
 * @param secrets `whsec_` and base64; at least one
 */
export function signedHeaders(
  { id, body }: { readonly id: string; readonly body: string },
  secrets: readonly string[],
  nowMs: number,
): Record<string, string> {
  const timestamp = Math.floor(nowMs / 1_000);
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
  });
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': signatures.join(' '),
  };
}

/** The event's id as a header may hold it: the dot parts what is signed, so it is written `%2E`. */
export const webhookId = (eventId: string): string =>
  eventId.replace(/[^\w:-]/gu, (letter) => (letter === '.' ? '%2E' : encodeURIComponent(letter)));
