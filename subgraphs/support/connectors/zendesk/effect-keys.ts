/**
 * The keys of the effects that made a record what it is, newest first, one to a line, in the record's own field `hub_keys`.
 * Zendesk takes no idempotency key for records and organizations: a key found here has taken effect already, even when a
 * later one changed the record again.
 */
const KEPT = 20;

export const hasKey = (keys: string | null | undefined, key: string): boolean => linesOf(keys).includes(key);

export const withKey = (keys: string | null | undefined, key: string): string =>
  [key, ...linesOf(keys)].slice(0, KEPT).join('\n');

const linesOf = (keys: string | null | undefined): string[] => (keys ?? '').split('\n').filter(Boolean);
