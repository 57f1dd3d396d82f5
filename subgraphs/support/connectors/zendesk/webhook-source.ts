import type { Clock } from '../../../../platform/clock.ts';
import type { WebhookSource } from '../../../../platform/webhooks/webhook-source.ts';
import { isGenuine, readEvent } from './webhook.ts';

/** What the world is told, by the names of `events/catalogue.ts`, by the kind of record that Zendesk's event is about. */
const MEANINGS: Readonly<Record<string, string>> = {
  case: 'CaseChanged',
  entitlement: 'EntitlementChanged',
  org: 'CustomerChanged',
};

export const TELLS: readonly string[] = [...Object.values(MEANINGS), 'CaseEscalated'];

/** What the world is told of a subject. Example: `CaseChanged` of `case:4711`. */
export const meaningOf = (subject: string, escalates: boolean): string | null =>
  escalates ? 'CaseEscalated' : (MEANINGS[subject.split(':')[0] ?? ''] ?? null);

export const zendeskSource = (secrets: readonly string[], clock: Clock): WebhookSource => ({
  name: 'zendesk',
  system: 'SUPPORT',
  tells: TELLS,
  isGenuine: ({ rawBody, headers }) => isGenuine({ rawBody: rawBody.toString('utf8'), headers }, secrets, clock.now()),
  read(rawBody) {
    const { id, type, at, subjects, escalates } = readEvent(rawBody.toString('utf8'));
    const [entity = type] = subjects;
    const org = subjects.find((subject) => subject.startsWith('org:'));
    return {
      eventId: id,
      type,
      occurredAt: at,
      entity,
      subjects,
      customerId: org?.slice('org:'.length) ?? null,
      causedByKey: null, // Zendesk does not tell what caused an event
      tells: meaningOf(entity, escalates),
    };
  },
});
