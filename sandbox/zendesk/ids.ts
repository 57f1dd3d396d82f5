import * as keys from '../data/keys.ts';

/** Most tickets and entitlement records that one customer is seeded with; their ids are ranges by customer index. */
const TICKETS_EACH = 50;
const RECORDS_EACH = 50;
const FIRST_TICKET = 1_001;
const FIRST_SUBSCRIPTION = 5_000_011;

/** Ids that are given to what is created later begin here, far above every seeded one. */
export const FIRST_NEW = { ticket: 1_000_000_000, organization: 390_000_000_000, record: 2 ** 40 } as const;

export const organizationId = keys.zendesk.organization;
export const indexOfOrganization = (id: number): number => id - keys.zendesk.organization(0);

export const ticketId = (index: number, position: number): number => FIRST_TICKET + index * TICKETS_EACH + position;
export const indexOfTicket = (id: number): number => Math.floor((id - FIRST_TICKET) / TICKETS_EACH);

/** Crockford's base 32 in ULID form: 26 characters that sort as their numbers do, as Zendesk's record ids look. */
const CROCKFORD = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const RECORD_PREFIX = '01HZ';

export function recordIdOf(serial: number): string {
  let text = '';
  for (let rest = serial; text.length < 22; rest = Math.floor(rest / 32)) text = CROCKFORD.charAt(rest % 32) + text;
  return RECORD_PREFIX + text;
}

export const recordId = (index: number, position: number): string => recordIdOf(index * RECORDS_EACH + position);

/** The customer whose seeded record this would be; NaN where the text is no record id. */
export function indexOfRecord(id: string): number {
  if (!/^01HZ[0-9A-HJKMNP-TV-Z]{22}$/.test(id)) return Number.NaN;
  let serial = 0;
  for (const character of id.slice(RECORD_PREFIX.length)) serial = serial * 32 + CROCKFORD.indexOf(character);
  return Math.floor(serial / RECORDS_EACH);
}

const BASE62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The customer that a seeded Stripe subscription belongs to, found backwards so that no index of all of them is kept; NaN for others. */
export function indexOfSubscription(id: string): number {
  if (!/^sub_[0-9A-Za-z]{24}$/.test(id)) return Number.NaN;
  let value = 0;
  for (const character of id.slice(4)) value = value * 62 + BASE62.indexOf(character);
  const serial = (value - FIRST_SUBSCRIPTION) / 7;
  if (!Number.isInteger(serial) || serial < 0) return Number.NaN;
  const index = Math.floor(serial / 10);
  return keys.stripe.subscription(index, serial % 10) === id ? index : Number.NaN;
}
