import { describe, expect, test } from 'vitest';
import { bodyOf, EMPTY, kilometres, trackerProblems } from './draft.ts';
import type { Provider } from './id-check.ts';

const MERCEDES: Provider = {
  name: 'mercedes-benz',
  family: 'oem',
  types: ['oem'],
  tracker_id: ['vin'],
  protocols: ['mercedes-benz'],
  credentials: { required: ['client_id'], optional: [] },
  odometer: true,
};
const TARGA: Provider = {
  ...MERCEDES,
  name: 'targa',
  types: ['canbus'],
  tracker_id: ['vin', 'imei'],
  credentials: null,
  odometer: false,
};

test.each([
  ['48210', 48_210],
  [' 48 210 ', 48_210],
  ['48,210', 48_210],
  ['48210,5', 48_210.5],
  ["48'210", 48_210],
  ['', null],
  ['-1', null],
  ['far', null],
  ['10000001', null],
])('%j km are %j', (text, km) => {
  expect(kilometres(text)).toBe(km);
});

describe('a draft', () => {
  test('says of each field what is wrong, and nothing where all is right', () => {
    expect(Object.keys(trackerProblems(EMPTY, MERCEDES))).toEqual(['trackerId', 'odometer']);
    const draft = { ...EMPTY, trackerId: 'W1KZF8DB0MA000042', odometer: '48210' };
    expect(trackerProblems(draft, MERCEDES)).toEqual({});
    expect(trackerProblems({ ...draft, odometer: 'many' }, MERCEDES).odometer).toContain('kilometres');
    expect(trackerProblems({ ...EMPTY, trackerId: '359632104952350', foreignId: '12' }, TARGA)).toHaveProperty('foreignId');
  });

  test('becomes a request that holds what was written, and nothing empty', () => {
    const draft = {
      ...EMPTY,
      trackerId: ' W1KZF8DB0MA000042 ',
      odometer: '48,210',
      vehicleType: 'van' as const,
      plate: '1234 KLM',
      facts: [
        { name: 'depot', value: 'north' },
        { name: '', value: 'x' },
        { name: 'license_plate', value: 'another' },
      ],
    };
    expect(bodyOf(draft, MERCEDES)).toEqual({
      provider: 'mercedes-benz',
      tracker_id: 'W1KZF8DB0MA000042',
      type: 'oem',
      vehicle_type: 'van',
      odo_value: 48_210,
      object_id: { depot: 'north', license_plate: '1234 KLM' },
    });
    // Who changes the provider in the middle leaves its odometer behind.
    expect(bodyOf({ ...draft, foreignId: '359632104952350' }, TARGA)).toMatchObject({
      type: 'canbus',
      foreign_tracker_id: '359632104952350',
    });
    expect(bodyOf(draft, TARGA)).not.toHaveProperty('odo_value');
  });
});
