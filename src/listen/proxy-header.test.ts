import { BlockList } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AddressRanges, plainAddress } from './addresses.ts';
import { MAX_PROXY_HEADER_BYTES, readProxyHeader } from './proxy-header.ts';

const line = (text: string) => Buffer.from(text, 'latin1');

const SIGNATURE = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a];

/** A header of version 2 with the bytes behind its fixed part, whose length is stated truly. */
function version2(command: number, family: number, ...block: number[]): Buffer {
  return Buffer.from([...SIGNATURE, command, family, block.length >> 8, block.length & 0xff, ...block]);
}

const TCP4 = [203, 0, 113, 9, 192, 0, 2, 1, 0x9c, 0xba, 0x13, 0xa3];
const TCP6 = [
  ...Buffer.from('20010db8000000000000000000000099 20010db8000000000000000000000001 9cba13a3'.replaceAll(' ', ''), 'hex'),
];
const TLV = [0x05, 0x00, 0x02, 0xaa, 0xbb];

const WHOLE = {
  'TCP4 in text': line('PROXY TCP4 203.0.113.9 192.0.2.1 40122 5027\r\n'),
  'TCP6 in text': line('PROXY TCP6 2001:db8::99 2001:db8::1 40122 5027\r\n'),
  'UNKNOWN in text': line('PROXY UNKNOWN ffff:f...f:ffff 65535 65535\r\n'),
  'TCP4 in binary': version2(0x21, 0x11, ...TCP4),
  'TCP4 in binary with TLVs': version2(0x21, 0x11, ...TCP4, ...TLV, ...TLV),
  'TCP6 in binary': version2(0x21, 0x21, ...TCP6),
  'a health check': version2(0x20, 0x00),
  'a health check with addresses': version2(0x20, 0x11, ...TCP4),
} as const;

const TO_US = { address: '203.0.113.9', port: 40_122 };
const TO_US_6 = { address: '2001:db8::99', port: 40_122 };
const ORIGINS: Readonly<Record<keyof typeof WHOLE, object | null>> = {
  'TCP4 in text': TO_US,
  'TCP6 in text': TO_US_6,
  'UNKNOWN in text': null,
  'TCP4 in binary': TO_US,
  'TCP4 in binary with TLVs': TO_US,
  'TCP6 in binary': TO_US_6,
  'a health check': null,
  'a health check with addresses': null,
};
const names = Object.keys(WHOLE) as (keyof typeof WHOLE)[];

describe('the PROXY header', () => {
  it.each(names)('%s is read to its end, whatever follows', (name) => {
    const bytes = WHOLE[name];
    const expected = { kind: 'header', end: bytes.length, origin: ORIGINS[name] };
    expect(readProxyHeader(bytes)).toEqual(expected);
    expect(readProxyHeader(Buffer.concat([bytes, Buffer.from('000F3135', 'hex')]))).toEqual(expected);
    expect(readProxyHeader(Buffer.concat([bytes, bytes]))).toEqual(expected);
  });

  it.each(names)('%s needs more wherever it is cut', (name) => {
    const bytes = WHOLE[name];
    for (let end = 0; end < bytes.length; end++) expect(readProxyHeader(bytes.subarray(0, end))).toEqual({ kind: 'need-more' });
  });

  it.each([
    ['another beginning', line('\0\x0f356307042441013')],
    ['a TLS handshake', Buffer.from('160301020001', 'hex')],
    ['lower case', line('proxy TCP4 203.0.113.9 192.0.2.1 40122 5027\r\n')],
    ['a family it does not know', line('PROXY UDP4 203.0.113.9 192.0.2.1 40122 5027\r\n')],
    ['an address of the other family', line('PROXY TCP4 2001:db8::99 192.0.2.1 40122 5027\r\n')],
    ['an address with a leading zero', line('PROXY TCP4 203.0.113.09 192.0.2.1 40122 5027\r\n')],
    ['an address with a zone', line('PROXY TCP6 fe80::1%eth0 2001:db8::1 40122 5027\r\n')],
    ['a name for an address', line('PROXY TCP4 localhost 192.0.2.1 40122 5027\r\n')],
    ['a port too high', line('PROXY TCP4 203.0.113.9 192.0.2.1 65536 5027\r\n')],
    ['a port with a leading zero', line('PROXY TCP4 203.0.113.9 192.0.2.1 040122 5027\r\n')],
    ['a negative port', line('PROXY TCP4 203.0.113.9 192.0.2.1 -1 5027\r\n')],
    ['two spaces', line('PROXY TCP4  203.0.113.9 192.0.2.1 40122 5027\r\n')],
    ['a field too many', line('PROXY TCP4 203.0.113.9 192.0.2.1 40122 5027 1\r\n')],
    ['a field too few', line('PROXY TCP4 203.0.113.9 192.0.2.1 40122\r\n')],
    ['a line end without CR', line('PROXY TCP4 203.0.113.9 192.0.2.1 40122 5027\n')],
    ['a line of 108 bytes', line(`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`)],
    ['no line end in 107 bytes', line(`PROXY UNKNOWN ${'x'.repeat(93)}`)],
    ['version 3', version2(0x31, 0x11, ...TCP4)],
    ['a command it does not know', version2(0x22, 0x11, ...TCP4)],
    ['a family it does not know in binary', version2(0x21, 0x41, ...TCP4)],
    ['datagrams on a stream', version2(0x21, 0x12, ...TCP4)],
    ['addresses cut short', version2(0x21, 0x11, ...TCP4.slice(1))],
    ['IPv6 addresses cut short', version2(0x21, 0x21, ...TCP4)],
    ['a TLV that is longer than its header', version2(0x21, 0x11, ...TCP4, 0x05, 0x00, 0x03, 0xaa, 0xbb)],
    ['a TLV without its length', version2(0x21, 0x11, ...TCP4, 0x05, 0x00)],
  ])('is malformed with %s', (_name, bytes) => {
    expect(readProxyHeader(bytes)).toMatchObject({ kind: 'malformed' });
  });

  it('is malformed at its length field where that is beyond the bound: nothing is waited for', () => {
    const head = Buffer.from([...SIGNATURE, 0x21, 0x11, 0x10, 0x01]);
    expect(readProxyHeader(head)).toEqual({ kind: 'malformed', detail: 'addresses and TLVs of 4097 bytes' });
  });

  it('never throws, never reads on beyond its bound, and says the same of every longer input', () => {
    const beginning = fc.constantFrom(line(''), line('PROXY '), line('PROXY TCP4 '), Buffer.from([...SIGNATURE, 0x21]));
    fc.assert(
      fc.property(beginning, fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ maxLength: 8 }), (start, rest, more) => {
        const bytes = Buffer.concat([start, rest]);
        const first = readProxyHeader(bytes);
        if (first.kind === 'need-more') return bytes.length < MAX_PROXY_HEADER_BYTES;
        const longer = readProxyHeader(Buffer.concat([bytes, more]));
        return first.kind === 'header' ? isDeepStrictEqual(longer, first) : longer.kind === 'malformed';
      }),
      { numRuns: 2_000 },
    );
  });

  it('never claims bytes that are not there, whichever of its own is wrong', () => {
    for (const name of names) {
      for (let at = 0; at < WHOLE[name].length; at++) {
        for (const bit of [0x01, 0x10, 0x80]) {
          const bytes = Buffer.from(WHOLE[name]);
          bytes.writeUInt8(bytes.readUInt8(at) ^ bit, at);
          const read = readProxyHeader(bytes);
          const end = read.kind === 'header' ? read.end : 0;
          expect(end).toBeLessThanOrEqual(bytes.length);
        }
      }
    }
  });

  it('gives every IPv4 origin a text and binary header can carry', () => {
    fc.assert(
      fc.property(fc.ipV4(), fc.integer({ min: 0, max: 65_535 }), (address, port) => {
        const text = readProxyHeader(line(`PROXY TCP4 ${address} 192.0.2.1 ${port} 5027\r\n`));
        const block = [...address.split('.').map(Number), 192, 0, 2, 1, port >> 8, port & 0xff, 0x13, 0xa3];
        expect(text).toMatchObject({ origin: { address, port } });
        expect(readProxyHeader(version2(0x21, 0x11, ...block))).toMatchObject({ origin: { address, port } });
      }),
    );
  });

  it('writes an IPv6 origin so that it is one address with that of the text', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (source) => {
        const read = readProxyHeader(version2(0x21, 0x21, ...source, ...TCP6.slice(16)));
        const one = new BlockList();
        const words = Array.from({ length: 8 }, (_, word) => Buffer.from(source).toString('hex', 2 * word, 2 * word + 2));
        one.addAddress(words.join(':'), 'ipv6');
        if (read.kind !== 'header' || read.origin === null) throw new Error('no origin');
        expect(one.check(read.origin.address, 'ipv6')).toBe(true);
      }),
    );
  });
});

const textual = (address: string) => readProxyHeader(line(`PROXY TCP6 ${address} 2001:db8::1 1 2\r\n`));

describe('the origin', () => {
  it('is one address, however a load balancer writes it', () => {
    const mapped = [...Array<number>(10).fill(0), 0xff, 0xff, 203, 0, 113, 9];
    expect(textual('2001:0DB8:0:0::0099')).toMatchObject({ origin: { address: '2001:db8::99' } });
    expect(textual('::ffff:203.0.113.9')).toMatchObject({ origin: { address: '203.0.113.9' } });
    expect(readProxyHeader(version2(0x21, 0x21, ...mapped, ...TCP6.slice(16)))).toMatchObject({ origin: TO_US });
  });
});

describe('address ranges', () => {
  it('hold what lies in them, also in the IPv6 coat of a socket bound to every address', () => {
    const ranges = new AddressRanges(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32']);
    const inside = ['10.1.2.3', '::ffff:10.1.2.3', '192.0.2.7', '2001:db8:1::1'];
    const outside = ['11.0.0.1', '192.0.2.8', '2001:db9::1', '::ffff:11.0.0.1', 'unknown'];
    expect(inside.filter((address) => !ranges.has(address))).toEqual([]);
    expect(outside.filter((address) => ranges.has(address))).toEqual([]);
    expect([plainAddress('::ffff:10.1.2.3'), plainAddress('2001:db8::1'), plainAddress(undefined)]).toEqual([
      '10.1.2.3',
      '2001:db8::1',
      'unknown',
    ]);
  });

  it('are not made of anything else', () => {
    for (const text of ['10.0.0.0/33', '10.0.0/8', '::/129', 'lb.example', '10.0.0.0/8/8', '10.0.0.0/', '']) {
      expect(() => new AddressRanges([text]), text).toThrow(RangeError);
    }
  });
});
