import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Ledger, SETTLED_COLUMNS } from './ledger.ts';

describe('a ledger', () => {
  test('counts each frame in one column and the rest in flight', () => {
    const ledger = new Ledger();
    ledger.received('trackers', 'teltonika', 5);
    ledger.settled('trackers', 'teltonika', 'stored');
    ledger.settled('trackers', 'teltonika', 'duplicate');
    ledger.refused('trackers', 'teltonika', 'wire_crc');
    expect(ledger.snapshot()).toEqual([
      {
        listener: 'trackers',
        protocol: 'teltonika',
        received: 5,
        stored: 1,
        duplicate: 1,
        quarantined: 0,
        refused: 1,
        refusedBy: { wire_crc: 1 },
        inFlight: 2,
      },
    ]);
  });

  test('balances only against what is really held', () => {
    const ledger = new Ledger();
    ledger.received('a', 'teltonika', 3);
    ledger.settled('a', 'teltonika', 'stored');
    const held = { listener: 'a', protocol: 'teltonika' };
    expect(ledger.imbalances()).toEqual([]);
    expect(ledger.imbalances([{ ...held, frames: 2 }])).toEqual([]);
    expect(
      ledger.imbalances([
        { ...held, frames: 1 },
        { ...held, frames: 1 },
      ]),
    ).toEqual([]);
    expect(ledger.imbalances([])).toEqual([{ ...held, inFlight: 2, held: 0 }]);
  });

  test('saves refusals between checkpoints without what belongs to a later one', () => {
    const ledger = new Ledger();
    ledger.received('a', 'teltonika', 4);
    ledger.settled('a', 'teltonika', 'stored');
    const saved = ledger.toCheckpoint();
    expect(ledger.withRefusals(saved, ['consent_withdrawn'])).toBeNull();
    ledger.settled('a', 'teltonika', 'stored');
    ledger.refused('a', 'teltonika', 'consent_withdrawn');
    ledger.refused('a', 'teltonika', 'wire_crc');
    ledger.received('b', 'unknown');
    ledger.refused('b', 'unknown', 'wire_unknown');
    const amended = ledger.withRefusals(saved, ['consent_withdrawn']);
    expect(amended?.rows).toEqual([
      { listener: 'a', protocol: 'teltonika', stored: 1, duplicate: 0, quarantined: 0, refusedBy: { wire_crc: 1 } },
      { listener: 'b', protocol: 'unknown', stored: 0, duplicate: 0, quarantined: 0, refusedBy: { wire_unknown: 1 } },
    ]);
    expect(ledger.withRefusals(amended ?? saved, ['consent_withdrawn'])).toBeNull();
  });

  test('shows a frame that ended twice, and one that is held but never came in', () => {
    const ledger = new Ledger();
    ledger.received('a', 'teltonika');
    ledger.settled('a', 'teltonika', 'stored');
    ledger.settled('a', 'teltonika', 'quarantined');
    expect(ledger.imbalances()).toEqual([{ listener: 'a', protocol: 'teltonika', inFlight: -1, held: 0 }]);
    expect(new Ledger().imbalances([{ listener: 'b', protocol: 'x', frames: 1 }])).toHaveLength(1);
  });
});

test('after a restart the settled totals go on and what the spool holds counts in again', () => {
  const step = fc.record({
    listener: fc.constantFrom('a', 'b'),
    protocol: fc.constantFrom('teltonika', 'astra-telematics'),
    end: fc.constantFrom(...SETTLED_COLUMNS, 'refused', 'held'),
  });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      const before = new Ledger();
      for (const { listener, protocol, end } of steps) {
        before.received(listener, protocol);
        if (end === 'refused') before.refused(listener, protocol, 'wire_crc');
        else if (end !== 'held') before.settled(listener, protocol, end);
      }
      const held = steps
        .filter(({ end }) => end === 'held')
        .map(({ listener, protocol }) => ({ listener, protocol, frames: 1 }));
      expect(before.imbalances(held)).toEqual([]);

      const after = Ledger.fromCheckpoint(JSON.parse(JSON.stringify(before.toCheckpoint())));
      expect(after.imbalances([])).toEqual([]);
      for (const { listener, protocol } of held) after.received(listener, protocol);
      expect(after.snapshot()).toEqual(before.snapshot());
    }),
  );
});
