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

/** Whether the first address or range lies wholly in the second. */
export function isWithin(inner: string, outer: string): boolean {
  const small = readNetwork(inner);
  const large = readNetwork(outer);
  if (small === null || large === null || small.family !== large.family || small.bits < large.bits) return false;
  return networksOf([outer])(small.address);
}

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
