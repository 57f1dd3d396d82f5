import { isIP } from 'node:net';
import { HubError } from '../../platform/errors.ts';
import { type Networks, networksOf } from '../../platform/keys/networks.ts';

/**
 * What is not the public internet (IANA's special-purpose registries): who may name an address to which the hub sends could
 * else reach what only the hub can reach. IPv6 that carries an IPv4 address counts as private as a whole.
 */
const PRIVATE_V4 = networksOf([
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24'],
  ...['203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
]);
/** A list of its own: an IPv4 address would lie in `::/3`, where its form in IPv6 is. */
const PRIVATE_V6 = networksOf([
  ...['::/3', '4000::/2', '8000::/1', '2001::/23', '2001:db8::/32', '2002::/16', '3fff::/20'],
]);
const LOOPBACK = networksOf(['127.0.0.0/8', '::1/128']);
const MOST_LETTERS = 2_000;

/** Whether a connection to the address may be made. */
export const isReachable = (address: string, allowed: Networks): boolean =>
  isIP(address) !== 0 && (allowed(address) || !(isIP(address) === 4 ? PRIVATE_V4 : PRIVATE_V6)(address));

/**
 * An address that a subscriber gave, before anything is sent there: names are judged again, as what they resolve to, at each
 * connection. @throws INVALID saying what would be right
 */
export function checkedTarget(text: string, allowed: Networks): URL {
  const wrong = (why: string) => new HubError('INVALID', `url: ${why}`, { field: 'url' });
  if (text.length > MOST_LETTERS) throw wrong(`must have at most ${MOST_LETTERS} letters`);
  if (!URL.canParse(text)) throw wrong('must be an absolute URL, like https://example.com/events');
  const url = new URL(text);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const local = LOOPBACK(host) && allowed(host);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && local)) throw wrong('must begin with https://');
  if (url.username !== '' || url.password !== '') throw wrong('must hold no user and no password');
  if (url.hash !== '') throw wrong('must have no part after #');
  const named =
    host === 'localhost' || host.endsWith('.localhost') || host.endsWith('.local') || host.endsWith('.internal');
  if ((isIP(host) !== 0 && !isReachable(host, allowed)) || named) {
    throw wrong('must be an address on the public internet');
  }
  return url;
}
