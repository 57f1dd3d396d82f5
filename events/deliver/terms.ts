import { createHash } from 'node:crypto';
import { HubError } from '../../platform/errors.ts';
import type { Networks } from '../../platform/keys/networks.ts';
import { canonical } from '../../platform/saga/journaled.ts';
import { isIdText } from '../../platform/text.ts';
import { EVENTS, isEventName } from '../catalogue.ts';
import { checkedTarget } from './target.ts';

/** What a subscriber says of a subscription. */
export interface Terms {
  readonly name: string;
  readonly url: string;
  /** null: all that the key may be told of. */
  readonly events: readonly string[] | null;
  /** Hub ids; null: all customers of the key. */
  readonly customers: readonly string[] | null;
}

const LONGEST_NAME = 100;
const MOST_CUSTOMERS = 1_000;
const LONGEST_ID = 255;

/** @throws INVALID naming the first field that is wrong, and what would be right */
export function checkedTerms({ name, url, events, customers }: Terms, allowed: Networks): Terms {
  const wrong = (field: string, why: string) => new HubError('INVALID', `${field}: ${why}`, { field });
  if (name.trim() === '' || !isIdText(name, LONGEST_NAME))
    throw wrong('name', `must have 1 to ${LONGEST_NAME} letters`);
  const unknown = events?.find((event) => !isEventName(event));
  if (unknown !== undefined) {
    throw wrong(
      'events',
      `${JSON.stringify(unknown.slice(0, 60))} is none; there are ${Object.keys(EVENTS).join(', ')}`,
    );
  }
  if (events?.length === 0) throw wrong('events', 'must name at least one, or be null for all');
  if (customers !== null && (customers.length === 0 || customers.length > MOST_CUSTOMERS)) {
    throw wrong('customers', `must name 1 to ${MOST_CUSTOMERS}, or be null for all`);
  }
  if (customers?.some((id) => !isIdText(id, LONGEST_ID)))
    throw wrong('customers', 'must be ids of the hub, like C-10001');
  return {
    name,
    url: checkedTarget(url, allowed).href,
    events: events === null ? null : [...new Set(events)],
    customers: customers === null ? null : [...new Set(customers)],
  };
}

/** What was said, so that the same said twice can be told from something else. */
export const hashOf = (said: unknown): string => createHash('sha256').update(canonical(said)).digest('base64url');
