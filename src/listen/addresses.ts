import { BlockList, isIPv4, isIPv6 } from 'node:net';

/** Takes the IPv6 coat off an IPv4 address, as sockets bound to `::` put it on: `::ffff:203.0.113.9` is `203.0.113.9`. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return 'unknown';
  const inner = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  return inner ?? address;
}

/** A set of address ranges, each a single address or `address/bits`. */
export class AddressRanges {
  readonly #ranges = new BlockList();

  /** Throws a `RangeError` for text that is no range. */
  constructor(ranges: readonly string[]) {
    for (const range of ranges) {
      const [address = '', bits, ...rest] = range.split('/');
      const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : null;
      const longest = family === 'ipv4' ? 32 : 128;
      const length = bits === undefined ? longest : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
      if (family === null || rest.length > 0 || !(length <= longest)) throw new RangeError(`${range} is no range of addresses`);
      this.#ranges.addSubnet(address, length, family);
    }
  }

  has(address: string): boolean {
    const plain = plainAddress(address);
    return isIPv4(plain) ? this.#ranges.check(plain, 'ipv4') : isIPv6(plain) && this.#ranges.check(plain, 'ipv6');
  }
}
