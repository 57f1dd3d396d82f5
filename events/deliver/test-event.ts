import { randomUUID } from 'node:crypto';
import { type Clock, instant } from '../../platform/clock.ts';
import { toCloudEvent } from '../../platform/outbox/cloud-event.ts';
import type { Attempt, Sender } from './send.ts';
import type { Subscription, Subscriptions } from './subscriptions.ts';

export type TestResult = Pick<Attempt, 'delivered' | 'status' | 'reason' | 'ms'>;

/** Sends an event about nothing, signed as all others, so that a subscriber sees whether it arrives. */
export async function sendTest(
  { id, url }: Subscription,
  about: { readonly sender: Pick<Sender, 'send'>; readonly subscriptions: Subscriptions; readonly clock: Clock },
): Promise<TestResult> {
  const eventId = `test:${randomUUID()}`;
  const event = toCloudEvent({
    ...{
      id: eventId,
      name: 'Test',
      version: 1,
      subject: `event-subscription/${id}`,
      orderKey: `event-subscription:${id}`,
    },
    ...{ occurredAt: instant(about.clock), correlationId: eventId, data: { subscriptionId: id } },
  });
  const secrets = await about.subscriptions.secretsOf(id);
  return about.sender.send(url, { id: eventId, body: JSON.stringify(event) }, secrets);
}
