import { BlockList, isIP } from 'node:net';

/** Whether an address lies in what was listed. */
export type Networks = (address: string) => boolean;

const FORM = /^([0-9a-fA-F:.]{2,45})(?:\/(\d{1,3}))?$/;

interface Network {
  readonly address: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly bits: number;
}

function readNetwork(text: string): Network | null {
  const [, address = '', bits] = FORM.exec(text) ?? [];
  const version = isIP(address);
  const most = version === 4 ? 32 : 128;
  const length = bits === undefined ? most : Number(bits);
  if (version === 0 || length > most) return null;
  return { address, family: version === 4 ? 'ipv4' : 'ipv6', bits: length };
}

/** Whether the text is an address, or a range of them in CIDR form. */
export const isNetwork = (text: string): boolean => readNetwork(text) !== null;

/**
 * Addresses and CIDR ranges, IPv4 and IPv6. An IPv4 address inside IPv6 (`::ffff:10.0.0.1`) is the IPv4 address. What is no
 * address lies nowhere.
 */
export function networksOf(texts: readonly string[]): Networks {
  const list = new BlockList();
  for (const text of texts) {
    const network = readNetwork(text);
    if (network !== null) list.addSubnet(network.address, network.bits, network.family);
  }
  return (address) => {
    const version = isIP(address);
    return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
  };
}

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
  const written = typeof forwardedFor === 'string' ? forwardedFor : (forwardedFor ?? []).join(',');
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
