import { createHash } from 'node:crypto';
import { HubError } from '../../../../platform/errors.ts';
import type { Subscription } from '../../model.ts';
import { SYSTEM } from './failures.ts';

/**
 * What an amendment leaves in the subscription's metadata, in the same request that changes it, so that the hub can tell
 * later what Stripe forgot after 24 hours: that a key took effect, from which terms it went, and which prorations were
 * there before it.
 */
const KEY = 'last_amendment_key';
const FROM = 'last_amendment_from';
const KEEPS = 'last_amendment_keeps';
const DIGESTS = 'amendment_digests';

/** Longest value that Stripe keeps: https://docs.stripe.com/api/metadata */
const MAX_VALUE = 500;
const DIGEST_LENGTH = 12;
const MOST_DIGESTS = Math.floor((MAX_VALUE + 1) / (DIGEST_LENGTH + 1));
/** The last characters of an id tell the items of one customer apart. */
const SHORT_ID_LENGTH = 12;

type Metadata = Readonly<Record<string, string>>;

const digestOf = (key: string): string => createHash('sha256').update(key).digest('base64url').slice(0, DIGEST_LENGTH);
const shortOf = (id: string): string => id.slice(-SHORT_ID_LENGTH);
const listed = (value: string | undefined): string[] => (value ? value.split(',') : []);

/** Whether an amendment took effect under this key; of older ones than the last 38 nothing is known. */
export const wasAmendedBy = (key: string, metadata: Metadata): boolean =>
  metadata[KEY] === key || listed(metadata[DIGESTS]).includes(digestOf(key));

/** Whether the last amendment, not yet reverted, went from just these terms: then it is the one to revert. */
export const wentFrom = (before: Subscription, metadata: Metadata): boolean =>
  metadata[FROM] === digestOf(termsOf(before));

/** What an amendment can change, as text to compare. */
export const termsOf = ({ items, legalEntityId, paymentTerms }: Subscription): string =>
  JSON.stringify([items.map(({ sku, quantity }) => `${sku}:${quantity}`).sort(), legalEntityId, paymentTerms]);

/** @throws REFUSED when more prorations wait than can be told apart later */
export function markAmendment(
  key: string,
  before: Subscription,
  pending: readonly string[],
  metadata: Metadata,
): Record<string, string> {
  const keeps = pending.map(shortOf).join(',');
  if (keeps.length > MAX_VALUE) {
    throw new HubError('REFUSED', `${SYSTEM} holds too many prorations that are not invoiced; invoice them first`, {
      system: SYSTEM,
      reason: 'too_many_pending_prorations',
    });
  }
  const digests = [...listed(metadata[DIGESTS]), digestOf(key)].slice(-MOST_DIGESTS);
  return { [KEY]: key, [FROM]: digestOf(termsOf(before)), [KEEPS]: keeps, [DIGESTS]: digests.join(',') };
}

/** The prorations among these that the last amendment made. */
export function madeByLast(pending: readonly string[], metadata: Metadata): string[] {
  const keeps = new Set(listed(metadata[KEEPS]));
  return pending.filter((id) => !keeps.has(shortOf(id)));
}

/** Unsets the marks; that the key took effect once is still known, so that it never does again. */
export const unmarkAmendment = (): Record<string, string> => ({ [KEY]: '', [FROM]: '', [KEEPS]: '' });
