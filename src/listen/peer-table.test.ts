import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PeerTable } from './peer-table.ts';

const LIMITS = { connections: 4, connectionsPerAddress: 2 };

let now = 1_700_000_000_000;
/** A moment that is far enough from the one before. */
const later = () => (now += 1_000);

describe('the peer table', () => {
  it('lets the one not heard for longest make room when it is full', () => {
    const table = new PeerTable<string>(LIMITS);
    for (const name of ['a', 'b', 'c', 'd']) expect(table.add(name, name, name, later())).toBeUndefined();
    expect(table.heard('a', later())).toBe('a');
    expect(table.add('e', 'e', 'e', later())).toBe('b');
    expect([...table].map(([name]) => name)).toEqual(['c', 'd', 'a', 'e']);
    expect(table.heard('b', later())).toBeUndefined();
  });

  it('leaves one where it is that is heard again within the second, unless the clock was set back', () => {
    const table = new PeerTable<string>(LIMITS);
    const at = later();
    for (const name of ['a', 'b']) table.add(name, name, name, at);
    expect(table.heard('a', at + 999)).toBe('a');
    expect([...table].map(([name]) => name)).toEqual(['a', 'b']);
    expect(table.heard('a', at + 1_000)).toBe('a');
    expect(table.heard('b', at - 1)).toBe('b');
    expect([...table].map(([name]) => name)).toEqual(['a', 'b']);
  });

  it('lets one of the same address make room where an address has too many, so that it cannot put out others', () => {
    const table = new PeerTable<string>(LIMITS);
    table.add('other', '192.0.2.1', 'other', later());
    table.add('x1', '203.0.113.9', 'x1', later());
    table.add('x2', '203.0.113.9', 'x2', later());
    table.heard('x1', later());
    expect(table.add('x3', '203.0.113.9', 'x3', later())).toBe('x2');
    expect(table.add('x4', '203.0.113.9', 'x4', later())).toBe('x1');
    expect(table.heard('other', later())).toBe('other');
  });

  it('never holds more than its limits, whatever comes and goes', () => {
    const step = fc.record({ act: fc.constantFrom('hear', 'remove'), port: fc.nat(9), address: fc.nat(2) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const table = new PeerTable<string>(LIMITS);
        for (const { act, port, address } of steps) {
          const name = `${address}:${port}`;
          if (act === 'remove') table.remove(name);
          else if (table.heard(name, later()) === undefined) table.add(name, String(address), name, later());
          const held = [...table].map(([, peer]) => peer);
          const ofAddress = held.filter((peer) => peer.startsWith(`${address}:`));
          expect(held).toHaveLength(table.size);
          expect(table.size).toBeLessThanOrEqual(LIMITS.connections);
          expect(ofAddress.length).toBeLessThanOrEqual(LIMITS.connectionsPerAddress);
          expect(held.includes(name)).toBe(act === 'hear');
        }
      }),
    );
  });
});
