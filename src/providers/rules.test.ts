import { describe, expect, test } from 'vitest';
import { CONNECTION_TYPES, PROVIDERS } from '#model/tracker';
import { checkRequest, type TrackerRequest } from './rules.ts';
import { providerTable } from './table.ts';

const TABLE = providerTable();
const IMEI = '359632104952350';
const VIN = 'WF0AXXWPMAJB43745';

function problemsOf(request: Partial<TrackerRequest>): readonly string[] | null {
  return checkRequest(TABLE, { trackerId: VIN, provider: 'targa', type: 'canbus', ...request }).problems;
}

describe('each provider takes its ids and refuses the others, with the reason', () => {
  const right: Record<string, [type: string, ids: string[]]> = {
    'mercedes-benz': ['oem', [VIN]],
    bmw: ['oem', [VIN]],
    targa: ['canbus', [VIN, IMEI]],
    astrata: ['obd', [IMEI]],
    cartrack: ['canbus', [VIN, '6666 KKK', 'ABC-123']],
    silence: ['oem', [IMEI, 'S02-000417']],
    stellantis: ['oem', [VIN]],
    html5: ['oem', ['my scooter, the red one']],
  };
  const wrong: Record<string, [id: string, reason: RegExp][]> = {
    'mercedes-benz': [[IMEI, /not a VIN/]],
    bmw: [['WBA', /17 characters/]],
    targa: [['359632104952351', /not a VIN .* and it is not an IMEI .*Luhn/]],
    astrata: [[VIN, /15 digits/]],
    cartrack: [['?', /not a licence plate/]],
    silence: [['a', /frame number/]],
    stellantis: [['', /17 characters/]],
    html5: [['  ', /empty/]],
  };

  test.each(PROVIDERS)('%s', (provider) => {
    const [type, ids] = right[provider] as [string, string[]];
    for (const trackerId of ids) expect(problemsOf({ provider, type, trackerId })).toBeNull();
    for (const [trackerId, reason] of wrong[provider] as [string, RegExp][]) {
      expect(problemsOf({ provider, type, trackerId })?.join()).toMatch(reason);
    }
    for (const other of CONNECTION_TYPES.filter((t) => !TABLE[provider].types.includes(t))) {
      expect(problemsOf({ provider, type: other, trackerId: ids[0] as string })?.join()).toMatch(/does not exist at/);
    }
  });
});

test('all problems come at once', () => {
  const problems = problemsOf({ trackerId: 'x', type: 'serial', vehicleType: 'boat', foreignTrackerId: 'a\u0000' });
  expect(problems).toHaveLength(4);
});

test('an unknown provider is refused with the list of the known ones', () => {
  expect(problemsOf({ provider: 'acme' })?.join()).toMatch(/"acme" is not known; there are mercedes-benz/);
});

test('texts are trimmed, VINs get upper case, free texts keep theirs', () => {
  const targa = checkRequest(TABLE, {
    trackerId: ` ${VIN.toLowerCase()} `,
    provider: 'targa',
    type: 'canbus',
    foreignTrackerId: ' ',
  });
  expect(targa).toMatchObject({ problems: null, request: { trackerId: VIN, foreignTrackerId: null, vehicleType: null } });
  const html5 = checkRequest(TABLE, { trackerId: 'Red', provider: 'html5', type: 'oem' });
  expect(html5).toMatchObject({ request: { trackerId: 'Red' } });
});

test('a configuration overrides single fields of a provider', () => {
  const table = providerTable({ cartrack: { protocols: ['gt06'], trackerId: ['imei'] } });
  expect(table.cartrack).toEqual({ family: 'hardware', types: ['canbus'], trackerId: ['imei'], protocols: ['gt06'] });
  expect(table.targa).toEqual(TABLE.targa);
});
