import * as keys from '../data/keys.ts';
import type { WorldCustomer } from '../data/world.ts';
import * as ids from './ids.ts';
import { type EntitlementRecord, type Organization, seconds, type Ticket } from './model.ts';

const TICKET_STATUS = {
  NEW: 'new',
  OPEN: 'open',
  PENDING: 'pending',
  ON_HOLD: 'hold',
  SOLVED: 'solved',
  CLOSED: 'closed',
};

/** In the order in which they were opened, so that ids grow with time as Zendesk's do. */
export function seededTickets(customer: WorldCustomer): Ticket[] {
  return [...customer.cases]
    .sort((a, b) => Date.parse(a.openedAt) - Date.parse(b.openedAt))
    .map((seed, position) => ({
      id: ids.ticketId(customer.index, position),
      externalId: null,
      organizationId: ids.organizationId(customer.index),
      requesterId: requesterId(customer.index, seed.requester),
      subject: seed.subject,
      description: `${seed.subject}\n\nReported by ${customer.contacts[seed.requester]?.firstName ?? 'the customer'}.`,
      status: TICKET_STATUS[seed.status],
      priority: seed.severity.toLowerCase(),
      tags: seed.escalated ? ['escalated'] : [],
      createdAt: seconds(seed.openedAt),
      updatedAt: seconds(seed.updatedAt),
      slaMetrics: slaOf(customer.supportTier, seed),
    }));
}

export const requesterId = (index: number, contact: number): number => 380_000_000_000 + index * 20 + contact;

/** Standard support promises nothing; the other plans promise an answer to every case that waits for one. */
function slaOf(tier: WorldCustomer['supportTier'], seed: WorldCustomer['cases'][number]): Ticket['slaMetrics'] {
  if (seed.nextBreachAt !== null) {
    return [
      { breach_at: seconds(seed.openedAt), stage: 'achieved', metric: 'first_reply_time' },
      { breach_at: seconds(seed.nextBreachAt), stage: 'active', metric: 'next_reply_time' },
    ];
  }
  if (tier === 'STANDARD') return [];
  return [{ breach_at: null, stage: seed.status === 'PENDING' ? 'paused' : 'achieved', metric: 'first_reply_time' }];
}

export function seededOrganization(customer: WorldCustomer): Organization {
  const firstAt = customer.orders.map(({ orderedOn }) => orderedOn).sort()[0] ?? '2024-01-15';
  return {
    id: ids.organizationId(customer.index),
    externalId: customer.hubId,
    name: customer.crmName,
    domain: customer.domain,
    fields: { support_tier: customer.supportTier.toLowerCase(), region: customer.region.toLowerCase(), hub_keys: null },
    createdAt: `${firstAt}T08:00:00Z`,
    updatedAt: `${firstAt}T08:00:00Z`,
  };
}

export function seededRecords(customer: WorldCustomer): EntitlementRecord[] {
  return customer.entitlements.map((seed, position) => {
    const subscription = customer.subscriptions[seed.subscription];
    const subscriptionId = keys.stripe.subscription(customer.index, seed.subscription);
    const ended = subscription?.status === 'CANCELLED';
    const at = `${seed.startsOn}T09:00:${String(position % 60).padStart(2, '0')}Z`;
    return {
      id: ids.recordId(customer.index, position),
      externalId: `${subscriptionId}:${seed.sku}`,
      name: `${seed.sku} for ${subscriptionId}`,
      fields: {
        sku: seed.sku,
        seats: seed.seats,
        seats_used: seed.seatsUsed,
        starts_on: seed.startsOn,
        ends_on: subscription?.cancelledOn ?? null,
        subscription_id: subscriptionId,
        organization: String(ids.organizationId(customer.index)),
        status: ended ? 'revoked' : 'active',
        hub_keys: null,
      },
      createdAt: at,
      updatedAt: at,
    };
  });
}
