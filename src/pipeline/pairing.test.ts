import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { NormalisedMessage } from '#model/normalised';
import { Pairing, PAIRING_WINDOW } from './pairing.ts';

const LAT = 'position.gnss.latitude';
const LON = 'position.gnss.longitude';
const T = 1_773_040_445_000;

function message(signals: Readonly<Record<string, number>>, at: number, ident = 'WBA1'): NormalisedMessage {
  return {
    ident,
    trackerOid: '',
    provider: '',
    index: 0,
    recordIdHi: 0,
    recordIdLo: 0,
    deviceTime: at,
    observedAt: at,
    clockRepair: 'none',
    receivedAt: at,
    backlog: false,
    position: null,
    signalKeys: Object.keys(signals),
    signalValues: Object.values(signals),
    stateKeys: [],
    stateValues: [],
    events: [],
  };
}

/** Where each of the messages puts the vehicle, in order; each is a record of its own. */
function places(messages: readonly NormalisedMessage[], pairing = new Pairing(), from = 1): (string | null)[] {
  return messages.map((one, i) => {
    pairing.take(one, 'bmw', from + i);
    return one.position === null ? null : `${one.position.lat},${one.position.lon}`;
  });
}

describe('halves of a place', () => {
  it('make a position when both have come, in either order, and what came with the second belongs to it', () => {
    expect(places([message({ [LAT]: 1 }, T), message({ [LON]: 2 }, T + 300)])).toEqual([null, '1,2']);
    const second = message({ [LAT]: 1, 'position.gnss.course': 90, 'position.gnss.altitude': 30 }, T + 300);
    expect(places([message({ [LON]: 2 }, T), second])).toEqual([null, '1,2']);
    expect(second.position).toMatchObject({ valid: true, courseDeg: 90, altitudeM: 30, speedKmh: null, distrust: null });
  });

  it('too far apart in time or in the spool make none', () => {
    const { timeMs, records } = PAIRING_WINDOW;
    expect(places([message({ [LAT]: 1 }, T), message({ [LON]: 2 }, T + timeMs)])).toEqual([null, '1,2']);
    expect(places([message({ [LAT]: 1 }, T), message({ [LON]: 2 }, T + timeMs + 1)])).toEqual([null, null]);
    const pairing = new Pairing();
    places([message({ [LAT]: 1 }, T)], pairing, 1);
    expect(places([message({ [LON]: 2 }, T)], pairing, 1 + records)).toEqual(['1,2']);
    expect(places([message({ [LON]: 3 }, T)], pairing, 2 + 2 * records)).toEqual([null]);
  });

  it('pair with their nearest, and not with one that has a nearer one', () => {
    const burst = [
      message({ [LAT]: 1 }, T),
      message({ [LON]: 10 }, T + 100),
      message({ [LAT]: 2 }, T + 1_000),
      message({ [LON]: 20 }, T + 1_100),
    ];
    expect(places(burst)).toEqual([null, '1,10', null, '2,20']);
  });

  it('of different vehicles and protocols stay apart', () => {
    expect(places([message({ [LAT]: 1 }, T), message({ [LON]: 2 }, T, 'WBA2')])).toEqual([null, null]);
    const pairing = new Pairing();
    pairing.take(message({ [LAT]: 1 }, T), 'bmw', 1);
    const other = message({ [LON]: 2 }, T);
    pairing.take(other, 'mercedes-benz', 2);
    expect(other.position).toBeNull();
  });

  it('leave alone what has a position, and what has none of them', () => {
    const whole = message({ [LAT]: 1 }, T);
    const position = { lat: 5, lon: 6 } as NormalisedMessage['position'];
    whole.position = position;
    expect(places([message({ [LON]: 2 }, T), whole])).toEqual([null, '5,6']);
    expect(places([message({}, T), message({ 'engine.speed.value': 1 }, T)])).toEqual([null, null]);
  });

  it('that are no place are distrusted as every position is', () => {
    const second = message({ [LON]: 0 }, T);
    places([message({ [LAT]: 0 }, T), second]);
    expect(second.position?.distrust).toBe('null_island');
  });

  it('are forgotten with the window, however many vehicles there are', () => {
    const pairing = new Pairing();
    for (let seq = 1; seq <= 3 * PAIRING_WINDOW.records; seq++) pairing.take(message({ [LAT]: 1 }, T, `V${seq}`), 'bmw', seq);
    expect(pairing.size).toBeLessThanOrEqual(PAIRING_WINDOW.records + 1);
  });

  it('come to the same pairs when reading begins anew anywhere, with the window before it', () => {
    const half = fc.record({
      ident: fc.constantFrom('A', 'B'),
      isLat: fc.boolean(),
      at: fc.integer({ min: 0, max: 6_000 }),
      value: fc.integer({ min: 1, max: 9 }),
      gap: fc.constantFrom(1, 1, 1, 3, PAIRING_WINDOW.records / 2),
    });
    fc.assert(
      fc.property(fc.array(half, { minLength: 2, maxLength: 40 }), fc.nat(), (halves, cut) => {
        let seq = 0;
        const stream = halves.map((one) => ({ ...one, seq: (seq += one.gap) }));
        const run = (pairing: Pairing, from: number) =>
          stream
            .filter((one) => one.seq >= from)
            .map(({ ident, isLat, at, value, seq: number }) => {
              const one = message({ [isLat ? LAT : LON]: value }, T + at, ident);
              pairing.take(one, 'bmw', number);
              return { number, place: one.position && [one.position.lat, one.position.lon] };
            });
        const start = stream[cut % stream.length]?.seq ?? 1;
        const whole = run(new Pairing(), 0).filter(({ number }) => number >= start);
        const again = run(new Pairing(), start - PAIRING_WINDOW.records).filter(({ number }) => number >= start);
        expect(again).toEqual(whole);
      }),
      { numRuns: 500 },
    );
  });
});
