/**
 * Where webhooks may be sent: the company chooses the address, and the gateway stands where the company must not reach. An
 * address that is not of the public internet is refused, unless the configuration allows its range.
 */
import { isIPv4 } from 'node:net';
import { AddressRanges } from '../listen/addresses.ts';

/** IPv4 that is not public, after the registry of special-purpose addresses. */
const SPECIAL_V4: readonly (readonly [range: string, what: string])[] = [
  ['0.0.0.0/8', 'of this very network'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'of a carrier'],
  ['127.0.0.0/8', 'of the machine itself'],
  ['169.254.0.0/16', 'link-local, where clouds keep their metadata'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'of a protocol'],
  ['192.0.2.0/24', 'for documentation'],
  ['192.88.99.0/24', 'of a relay'],
  ['192.168.0.0/16', 'private'],
  ['198.18.0.0/15', 'for measurements'],
  ['198.51.100.0/24', 'for documentation'],
  ['203.0.113.0/24', 'for documentation'],
  ['224.0.0.0/4', 'of a group'],
  ['240.0.0.0/4', 'reserved'],
];

/** Parts of 2000::/3, which else is public. Teredo and 6to4 carry an IPv4 address of anybody's choice. */
const SPECIAL_V6: readonly (readonly [range: string, what: string])[] = [
  ['2001::/23', 'of a protocol'],
  ['2001:db8::/32', 'for documentation'],
  ['2002::/16', 'of a relay'],
  ['3fff::/20', 'for documentation'],
];

const compiled = (table: typeof SPECIAL_V4) => table.map(([range, what]) => ({ ranges: new AddressRanges([range]), what }));
const V4 = compiled(SPECIAL_V4);
const V6 = compiled(SPECIAL_V6);
const PUBLIC_V6 = new AddressRanges(['2000::/3']);

/** Says whether an address may be connected to. */
export class AddressRule {
  readonly #allowed: AddressRanges;

  /** `allowed` are ranges that may be reached though they are not public. */
  constructor(allowed: readonly string[]) {
    this.#allowed = new AddressRanges(allowed);
  }

  /** Says in words why an IP address is refused; `null` where it is not. */
  objectionTo(address: string): string | null {
    const plain = isIPv4(address) ? address : (innerOf(groupsOf(address)) ?? address);
    if (this.#allowed.has(plain)) return null;
    const special = isIPv4(plain) ? V4 : V6;
    if (!isIPv4(plain) && !PUBLIC_V6.has(plain)) return `${address} is not of the public internet`;
    const what = special.find(({ ranges }) => ranges.has(plain))?.what;
    return what === undefined ? null : `${address} is ${what}`;
  }
}

/** The eight groups of an IPv6 address, however it is written. */
function groupsOf(address: string): readonly number[] {
  // The parser of URLs writes all of them as hexadecimal groups with one gap.
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [before, behind] = [head, tail].map((part) => (part === '' ? [] : part.split(':')));
  const gap = 8 - (before?.length ?? 0) - (behind?.length ?? 0);
  return [...(before ?? []), ...Array.from({ length: gap }, () => '0'), ...(behind ?? [])].map((group) =>
    Number.parseInt(group, 16),
  );
}

/** The IPv4 address that an IPv6 address stands for: mapped, or behind the translation that networks without IPv4 have. */
function innerOf(groups: readonly number[]): string | null {
  const prefix = groups
    .slice(0, 6)
    .map((group) => group.toString(16))
    .join(':');
  if (prefix !== '0:0:0:0:0:ffff' && prefix !== '64:ff9b:0:0:0:0') return null;
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 255])
    .join('.');
}
