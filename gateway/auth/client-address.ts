import { isNetwork, type Networks, networksOf } from '../../platform/keys/networks.ts';

/** Whose `x-forwarded-for` is believed: this many proxies in a row before the hub, or those in these networks. */
export type TrustedProxies = { readonly hops: number } | { readonly networks: Networks };

/** Reads `TRUSTED_PROXIES`: a number of hops, or addresses and ranges with commas between; null where it is neither. */
export function readTrustedProxies(text: string): TrustedProxies | null {
  if (/^\d{1,2}$/.test(text)) return { hops: Number(text) };
  const ranges = text.split(',').map((range) => range.trim());
  return ranges.every(isNetwork) ? { networks: networksOf(ranges) } : null;
}

/**
 * The address that a request came from: the socket's; behind trusted proxies the right-most of `x-forwarded-for` that is
 * not one of them. What stands further left was written by whoever is asking.
 */
export function clientAddress(
  socketAddress: string | undefined,
  forwardedFor: string | readonly string[] | undefined,
  trusted: TrustedProxies,
): string {
  const socket = socketAddress ?? '';
  if (forwardedFor === undefined) return socket;
  const written = typeof forwardedFor === 'string' ? forwardedFor : forwardedFor.join(',');
  const way = written
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  way.push(socket);
  let last = way.length - 1;
  for (let hop = 0; last > 0; hop++, last--) {
    const known = 'hops' in trusted ? hop < trusted.hops : trusted.networks(way[last] ?? '');
    if (!known) break;
  }
  return way[last] ?? socket;
}
