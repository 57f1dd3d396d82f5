import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { HubError } from '../../../../platform/errors.ts';
import { SYSTEM } from './failures.ts';
import { ESCALATED } from './translate.ts';

/** How far a timestamp may lie from now; what is older may be a replay. */
const WINDOW_MS = 300_000;

/**
 * The schema of Zendesk's event webhooks. https://developer.zendesk.com/api-reference/webhooks/event-types/webhook-event-types/
 * Webhooks that a trigger calls (tickets, entitlement records) are set up with the same body: see README.
 */
const Event = z.object({
  id: z.string().min(1),
  type: z.string().min(1),
  time: z.iso.datetime({ offset: true }),
  /** Example: `zen:organization:360000001000`. */
  subject: z.string().regex(/^zen:[a-z_]+:[\w-]+$/),
  detail: z.record(z.string(), z.unknown()).optional(),
  /** Of `ticket.tags_changed`: …/webhooks/event-types/ticket-events/ */
  event: z.looseObject({ tags_added: z.array(z.string()).optional() }).optional(),
});

/** What happened in support, as far as the webhook tells; the record itself is read again from the API. */
export interface SupportEvent {
  readonly id: string;
  readonly type: string;
  readonly at: string;
  /** The tag that stands for it was put on a ticket. */
  readonly escalates: boolean;
  /** What is out of date now, as the port's methods name their subjects. Example: `['case:4711', 'org:360000001000']`. */
  readonly subjects: readonly string[];
}

const TAGS_CHANGED = 'zen:event-type:ticket.tags_changed';

/** Zendesk's name for a thing, and the port's. */
const SUBJECT: Readonly<Record<string, string>> = {
  organization: 'org',
  ticket: 'case',
  custom_object_record: 'entitlement',
};

export interface SignedWebhook {
  /** As received: one changed byte breaks the signature. */
  readonly rawBody: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

/**
 * Whether the webhook was signed with one of the secrets within the last five minutes.
 * Signature: base64(HMAC-SHA256(secret, timestamp + body)). https://developer.zendesk.com/documentation/webhooks/verifying/
 */
export function isGenuine({ rawBody, headers }: SignedWebhook, secrets: readonly string[], now: number): boolean {
  const signature = one(headers['x-zendesk-webhook-signature']);
  const timestamp = one(headers['x-zendesk-webhook-signature-timestamp']);
  const sentAt = Date.parse(timestamp);
  if (Number.isNaN(sentAt) || Math.abs(now - sentAt) > WINDOW_MS) return false;
  const given = Buffer.from(signature, 'base64');
  // Every secret is tried, so that the time taken does not tell which one fits.
  return secrets
    .map((secret) => {
      const expected = createHmac('sha256', secret).update(timestamp).update(rawBody).digest();
      return given.length === expected.length && timingSafeEqual(given, expected);
    })
    .some(Boolean);
}

/** Reads a genuine webhook. @throws CONTRACT_BROKEN */
export function readEvent(rawBody: string): SupportEvent {
  const parsed = Event.safeParse(jsonOrNull(rawBody));
  if (!parsed.success) {
    const field = parsed.error.issues[0]?.path.join('.') || '(body)';
    throw new HubError('CONTRACT_BROKEN', 'Support sent an event in a form it never promised', {
      system: SYSTEM,
      field,
    });
  }
  const { id, type, time, subject, detail, event } = parsed.data;
  const [, kind = '', subjectId = ''] = subject.split(':');
  const organization = detail?.organization_id;
  return {
    id,
    type,
    at: new Date(time).toISOString(),
    escalates: type === TAGS_CHANGED && event?.tags_added?.includes(ESCALATED) === true,
    subjects: [
      ...(SUBJECT[kind] === undefined ? [] : [`${SUBJECT[kind]}:${subjectId}`]),
      ...(typeof organization === 'string' && organization !== '' ? [`org:${organization}`] : []),
    ],
  };
}

const one = (header: string | string[] | undefined): string => (Array.isArray(header) ? header[0] : header) ?? '';

function jsonOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // told as a broken contract by the schema above
  }
}
