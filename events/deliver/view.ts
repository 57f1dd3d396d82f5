import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../../platform/db/db.ts';
import type { Scope } from '../../platform/keys/scopes.ts';
import type { CloudEvent } from '../../platform/outbox/cloud-event.ts';
import type { Principal } from '../../platform/principal.ts';
import { hubIdIsWithin } from '../../platform/rows/condition.ts';
import { scopeOf } from './scope-of.ts';
import type { Terms } from './terms.ts';

/** An event of the outbox as far as it is judged. */
export interface Judged {
  /** Example: `SubscriptionAmended`. */
  readonly name: string;
  readonly event: CloudEvent;
}

/** The scope that each part of an event's data asks for; null: none of its own. What is not named here is never told. */
const CARRIED: Readonly<Record<string, Scope | null>> = {
  system: null,
  entity: null,
  subscriptionId: 'subscription:read',
  sku: 'subscription:read',
  thresholdPercent: 'subscription:read',
  used: 'subscription:read',
  included: 'subscription:read',
  overage: 'subscription:read',
  periodStartsOn: 'subscription:read',
  periodEndsOn: 'subscription:read',
  endsOn: 'subscription:read',
  invoiceId: 'invoice:read',
  creditNoteId: 'invoice:read',
  salesOrderId: 'order:read',
  orderId: 'order:read',
  serviceOrderId: 'order:read',
  returnId: 'order:read',
  caseId: 'support:read',
  customerId: 'customer:read',
  fromId: 'customer:read',
  intoId: 'customer:read',
  processId: 'process:read',
  keyId: 'operate',
};

/** Whether the subscription asks for such an event at all. */
export const isAskedFor = (
  { name, event }: Judged,
  { events, customers }: Pick<Terms, 'events' | 'customers'>,
): boolean =>
  (events === null || events.includes(name)) && (customers === null || customers.includes(customerOf(event) ?? ''));

/**
 * The events as the bearer of a key may see them now, in the order given; null: it is not told of this one, because it lacks
 * the scope, or the customer is not within its rows. What has no customer is within no rows.
 */
export async function seenBy(
  principal: Principal,
  events: readonly Judged[],
  db: Db,
): Promise<readonly (CloudEvent | null)[]> {
  const holds = (scope: Scope | null): boolean => scope === null || principal.scopes.includes(scope);
  const { rows } = principal;
  const customers = [...new Set(events.flatMap(({ event }) => customerOf(event) ?? []))];
  let within: ReadonlySet<string> | null = null;
  if (rows !== null) {
    const found = await sql<{ id: string }>`
      select asked.id from unnest(${customers}::text[]) as asked(id)
      where ${hubIdIsWithin(sql<string>`asked.id`, rows)}`.execute(db);
    within = new Set(found.rows.map(({ id }) => id));
  }
  return events.map(({ name, event }) => {
    const scope = scopeOf(name);
    if (scope === null || !holds(scope)) return null;
    if (within !== null && !within.has(customerOf(event) ?? '')) return null;
    return cut(event, holds);
  });
}

/** Without what the scopes do not open; ids of the customer stand in the subject and in the order key, too. */
function cut(event: CloudEvent, holds: (scope: Scope | null) => boolean): CloudEvent {
  const data = Object.fromEntries(
    Object.entries(event.data).filter(([name]) => Object.hasOwn(CARRIED, name) && holds(CARRIED[name] ?? null)),
  );
  if (holds('customer:read')) return { ...event, data };
  const { entity } = event.data;
  return {
    ...event,
    data,
    subject: typeof entity === 'string' ? entity.replace(':', '/') : event.type,
    orderkey: createHash('sha256').update(event.orderkey).digest('base64url'),
  };
}

export const customerOf = ({ data: { customerId } }: CloudEvent): string | null =>
  typeof customerId === 'string' ? customerId : null;
