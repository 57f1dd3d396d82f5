/**
 * Questions in RT's TicketSQL (https://docs.bestpractical.com/rt/5.0.3/query_builder.html). There is no `IN`: alternatives
 * are joined by OR, which costs nothing for ids and for one custom field. Requestors are never joined: the time of such a
 * search doubles with each term, and the worker that runs it is lost until it ends.
 */

/** What may stand between quotes as a customer number; anything else is no number that RT holds. */
export const isCustomerNumber = (text: string): boolean => /^[\p{L}\p{N}][\p{L}\p{N} ._/-]{0,63}$/u.test(text);

export const isTicketId = (text: string): boolean => /^[1-9]\d{0,9}$/.test(text);

export const byIds = (ids: readonly string[]): string => anyOf(ids.map((id) => `id = ${id}`));

/**
 * RT reads a date of a query in the time zone of the user who asks, whatever zone is written beside it. A bound is therefore
 * put so late that it holds in each zone; what it lets through too much is left out by the caller.
 */
const WIDEST_ZONE_MS = 14 * 3_600_000;

export function byCustomers(about: {
  readonly customers: readonly string[];
  /** In RT's word; null: any. */
  readonly status: string | null;
  /** RFC 3339; tickets up to 26 hours younger may be found too. */
  readonly openedUntil: string | null;
}): string {
  const { customers, status, openedUntil } = about;
  const until = openedUntil === null ? null : new Date(Date.parse(openedUntil) + WIDEST_ZONE_MS).toISOString();
  return [
    anyOf(customers.map((number) => `CF.{CustomerNumber} = '${number}'`)),
    ...(status === null ? [] : [`Status = '${status}'`]),
    ...(until === null ? [] : [`Created <= '${until.slice(0, 10)} ${until.slice(11, 19)}'`]),
  ].join(' AND ');
}

const anyOf = (terms: readonly string[]): string => `(${terms.join(' OR ')})`;
