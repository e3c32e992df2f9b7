import { newSession } from '#protocols/codec';
import { must, mustEqual } from '../../protocols/conformance/check.ts';
import type { FuzzInput, FuzzSeed } from '../../protocols/conformance/fuzz/input.ts';
import { MAX_PROXY_HEADER_BYTES, readProxyHeader, type ProxyHeader } from '../../src/listen/proxy-header.ts';
import type { FuzzTarget } from './target.ts';

const SIGNATURE = '0d0a0d0a000d0a515549540a';
const LINES = [
  'PROXY TCP4 203.0.113.9 192.0.2.1 40122 5027\r\n',
  'PROXY TCP6 2001:db8::9 2001:db8::1 40122 5027\r\n',
  'PROXY TCP6 ::ffff:203.0.113.9 ::1 65535 0\r\n',
  'PROXY UNKNOWN\r\n',
  'PROXY UNKNOWN ffff:f...f:ffff ffff:f...f:ffff 65535 65535\r\n',
];
const BLOCKS = [
  // PROXY, TCP over IPv4.
  `${SIGNATURE}2111000ccb007109c00002019cba13a3`,
  // PROXY, TCP over IPv6.
  `${SIGNATURE}2121002420010db800000000000000000000000920010db80000000000000000000000019cba13a3`,
  // The same over IPv4, with the TLVs NOOP and ALPN.
  `${SIGNATURE}21110015cb007109c00002019cba13a304000301000368327a`,
  // LOCAL: a health check.
  `${SIGNATURE}20000000`,
  // A Unix socket.
  `${SIGNATURE}213100d8${'00'.repeat(216)}`,
];
/** What comes behind a header. */
const BEHIND = Buffer.from('000f333536333037303432343431303133', 'hex');

/** The header a load balancer sends ahead of a connection. */
export function proxyHeaderTarget(): FuzzTarget {
  const headers = [...LINES.map((line) => Buffer.from(line, 'latin1')), ...BLOCKS.map((hex) => Buffer.from(hex, 'hex'))];
  const context = newSession('udp');
  const seeds: FuzzSeed[] = headers.flatMap((header) => [
    { context, bytes: header },
    { context, bytes: Buffer.concat([header, BEHIND]) },
  ]);
  return { name: 'proxy-header', weight: 8, seeds, examine };
}

/** It never waits for more than the longest header, and decides the same however the bytes are cut. */
function examine({ chunks }: FuzzInput): Set<string> {
  const bytes = new Uint8Array(Buffer.concat(chunks));
  const whole = readProxyHeader(bytes);
  must(whole.kind !== 'need-more' || bytes.length < MAX_PROXY_HEADER_BYTES, `${bytes.length} bytes do not decide`);
  if (whole.kind === 'header') {
    must(whole.end > 0 && whole.end <= bytes.length, `the header ends at ${whole.end} of ${bytes.length}`);
    must(whole.origin === null || isPlace(whole.origin), `comes from ${JSON.stringify(whole.origin)}`);
  }
  const step = Math.max(1, Math.floor(bytes.length / 8));
  for (let end = 0; end < bytes.length; end += step) {
    const part = readProxyHeader(bytes.subarray(0, end));
    if (part.kind === 'need-more') continue;
    must(part.kind === whole.kind, `${end} bytes are ${part.kind}, all of them ${whole.kind}`);
    if (part.kind === 'header') mustEqual(part, whole, `by ${end} bytes`);
  }
  return new Set([stated(whole)]);
}

function isPlace({ address, port }: { address: string; port: number }): boolean {
  return /^[0-9a-f.:]{2,39}$/.test(address) && Number.isInteger(port) && port >= 0 && port <= 0xffff;
}

function stated(header: ProxyHeader): string {
  if (header.kind === 'malformed') return header.detail.replaceAll(/\d+/g, 'N');
  return header.kind === 'need-more' ? header.kind : `header of ${header.origin === null ? 'nobody' : 'somebody'}`;
}
