import { describe, expect, test } from 'vitest';
import { PUSH_DECODERS } from '#protocols/all';
import type { Decoder } from '#protocols/codec';
import { signalOf } from '#model/message';
import { metresBetween } from '../../lifecycle/geodesy.ts';
import { SIMULATED_ACCOUNTS } from './accounts.ts';
import { PUSHED_BODIES, type PushingProvider } from './bodies.ts';
import { driveOf } from './drive.ts';

const UNTIL = Date.UTC(2026, 0, 5, 8, 0, 0, 123);
const drive = (until: number) => driveOf({ until, minutes: 3, everyMs: 10_000, odometerKm: 48_210 });

describe('what a simulated cloud pushes', () => {
  test.each(Object.keys(PUSHED_BODIES) as PushingProvider[])('%s is read by its decoder as the drive it is', (provider) => {
    const vehicle = provider === 'html5' ? 'my phone' : SIMULATED_ACCOUNTS[provider].vehicle;
    const decoder = PUSH_DECODERS.get(provider) as Decoder;
    const states = drive(UNTIL);
    const read = PUSHED_BODIES[provider](vehicle, states).flatMap((body) => {
      const frame = new TextEncoder().encode(JSON.stringify(body));
      const decoded = decoder.decode(frame, { ident: provider === 'html5' ? vehicle : null, dialect: null, transport: 'http' });
      expect(decoded.faults).toEqual([]);
      expect(decoded.kind).toBe('data');
      return decoded.messages.map((message) => ({ message, ident: message.ident ?? decoded.ident }));
    });
    const fixes = read.filter(({ message }) => message.fix !== null);
    expect(fixes.map(({ ident, message }) => [ident, message.deviceTime, message.fix?.valid])).toEqual(
      states.map(({ at }) => [vehicle, at, true]),
    );
    for (const [i, { message }] of fixes.entries()) {
      const { lat, lon } = states[i] as (typeof states)[number];
      expect(message.fix?.lat).toBeCloseTo(lat, 5);
      expect(message.fix?.lon).toBeCloseTo(lon, 5);
    }
    const odometers = read.map(({ message }) => signalOf(message, 'odometer.total.value'));
    // A browser knows none.
    expect(odometers.includes(48_210)).toBe(provider !== 'html5');
  });

  test('a drive goes further than a tracker needs, in steps a car can make, and the next one goes on from there', () => {
    const states = [...drive(UNTIL), ...drive(UNTIL + 190_000)];
    const steps = states.slice(1).map((to, i) => {
      const from = states[i] as typeof to;
      return metresBetween(from.lat, from.lon, to.lat, to.lon);
    });
    expect(steps).toHaveLength(37);
    expect(Math.max(...steps)).toBeLessThan(150);
    expect(steps.reduce((sum, step) => sum + step, 0)).toBeGreaterThan(2_000);
  });
});
