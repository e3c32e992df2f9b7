/** What lies around an IP packet on the links that are read (tcpdump.org/linktypes.html). Big-endian, but for NULL. */
import type { Skip } from './reasons.ts';
import { viewOf } from './packet-file.ts';

/** LINKTYPE_ values. */
export const LINK = {
  null: 0,
  ethernet: 1,
  /** Raw IP as some systems' DLT values have come into files. */
  rawBsd: 12,
  rawOpenBsd: 14,
  raw: 101,
  loop: 108,
  linuxSll: 113,
  ipv4: 228,
  ipv6: 229,
  linuxSll2: 276,
} as const;

const IPV4 = 0x0800;
const IPV6 = 0x86dd;
const VLAN: ReadonlySet<number> = new Set([0x8100, 0x88a8, 0x9100]);
/** Tags in tags: more than two are hardly ever met. */
const MOST_TAGS = 4;

const ETHERNET_BYTES = 14;
const SLL_BYTES = 16;
const SLL2_BYTES = 20;
const LOOPBACK_BYTES = 4;

/** Where the IP packet begins, or why there is none. */
export type Inside = { ip: Uint8Array } | { skip: Skip; detail: string };

/** Takes the link's header off. The view belongs to `bytes`. */
export function insideLink(linkType: number, bytes: Uint8Array): Inside {
  switch (linkType) {
    case LINK.ethernet:
      return byType(bytes, 12, ETHERNET_BYTES);
    case LINK.linuxSll:
      return byType(bytes, 14, SLL_BYTES);
    case LINK.linuxSll2:
      return byType(bytes, 0, SLL2_BYTES);
    // Four bytes say the family, whose numbers differ from system to system; IP says its version itself.
    case LINK.null:
    case LINK.loop:
      return byVersion(bytes.subarray(LOOPBACK_BYTES));
    case LINK.raw:
    case LINK.rawBsd:
    case LINK.rawOpenBsd:
    case LINK.ipv4:
    case LINK.ipv6:
      return byVersion(bytes);
    default:
      return { skip: 'link-type', detail: `link type ${linkType}` };
  }
}

function byType(bytes: Uint8Array, typeAt: number, headBytes: number): Inside {
  let at = headBytes;
  if (bytes.length < at) return { skip: 'cut-header', detail: `${bytes.length} bytes` };
  const view = viewOf(bytes);
  let type = view.getUint16(typeAt);
  for (let tags = 0; VLAN.has(type) && tags < MOST_TAGS; tags++) {
    if (bytes.length < at + 4) return { skip: 'cut-header', detail: `${bytes.length} bytes` };
    type = view.getUint16(at + 2);
    at += 4;
  }
  if (type === IPV4 || type === IPV6) return byVersion(bytes.subarray(at));
  return { skip: 'not-ip', detail: `ethertype 0x${type.toString(16).padStart(4, '0')}` };
}

function byVersion(ip: Uint8Array): Inside {
  if (ip.length === 0) return { skip: 'cut-header', detail: 'no byte of IP' };
  const version = (ip[0] as number) >> 4;
  return version === 4 || version === 6 ? { ip } : { skip: 'not-ip', detail: `version ${version}` };
}
