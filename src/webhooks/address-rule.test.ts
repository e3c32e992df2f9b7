import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AddressRule } from './address-rule.ts';

const rule = new AddressRule([]);

describe('an address that is not of the public internet is refused:', () => {
  test.each([
    ['0.0.0.0', 'this very network'],
    ['10.1.2.3', 'private'],
    ['100.64.0.1', 'of a carrier'],
    ['100.127.255.255', 'of a carrier'],
    ['127.0.0.1', 'the machine itself'],
    ['127.255.255.254', 'the machine itself'],
    ['169.254.169.254', 'metadata'],
    ['172.16.0.1', 'private'],
    ['172.31.255.255', 'private'],
    ['192.168.1.1', 'private'],
    ['198.19.0.1', 'measurements'],
    ['224.0.0.1', 'of a group'],
    ['239.255.255.250', 'of a group'],
    ['255.255.255.255', 'reserved'],
    ['::', 'public internet'],
    ['::1', 'public internet'],
    ['::127.0.0.1', 'public internet'],
    ['::ffff:127.0.0.1', 'the machine itself'],
    ['::ffff:7f00:1', 'the machine itself'],
    ['0:0:0:0:0:ffff:a9fe:a9fe', 'metadata'],
    ['64:ff9b::7f00:1', 'the machine itself'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b:1::1', 'public internet'],
    ['fe80::1', 'public internet'],
    ['fc00::1', 'public internet'],
    ['fd00:ec2::254', 'public internet'],
    ['fec0::1', 'public internet'],
    ['ff02::1', 'public internet'],
    ['2001::7f00:1', 'of a protocol'],
    ['2001:db8::1', 'documentation'],
    ['2002:7f00:1::', 'of a relay'],
  ])('%s, which is %s', (address, what) => {
    expect(rule.objectionTo(address)).toContain(address);
    expect(rule.objectionTo(address)).toContain(what);
  });
});

test.each([
  '8.8.8.8',
  '172.15.255.255',
  '172.32.0.1',
  '100.63.0.1',
  '100.128.0.1',
  '2606:4700::1111',
  '::ffff:8.8.8.8',
  '64:ff9b::808:808',
])('the public address %s is not', (address) => {
  expect(rule.objectionTo(address)).toBeNull();
});

test('a range that is allowed can be reached, in whichever form, and nothing beside it', () => {
  const wider = new AddressRule(['127.0.0.2', '10.0.0.0/8', 'fd00::/8']);
  for (const address of ['127.0.0.2', '::ffff:127.0.0.2', '::ffff:7f00:2', '10.255.0.1', 'fd12::1']) {
    expect(wider.objectionTo(address)).toBeNull();
  }
  for (const address of ['127.0.0.1', '192.168.0.1', '::ffff:127.0.0.3', 'fc00::1']) {
    expect(wider.objectionTo(address)).not.toBeNull();
  }
});

test('an IPv4 address is judged alike in every IPv6 coat', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(byte, byte, byte, byte, (a, b, c, d) => {
      const plain = [a, b, c, d].join('.');
      const hex = [(a << 8) | b, (c << 8) | d].map((group) => group.toString(16)).join(':');
      const refused = rule.objectionTo(plain) !== null;
      for (const coat of [`::ffff:${plain}`, `::ffff:${hex}`, `0:0:0:0:0:ffff:${hex}`, `64:ff9b::${hex}`]) {
        expect(rule.objectionTo(coat) !== null).toBe(refused);
      }
    }),
  );
});
