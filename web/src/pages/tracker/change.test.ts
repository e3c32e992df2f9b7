import { expect, test } from 'vitest';
import type { components } from '../../api/client.ts';
import { changeOf, formOf } from './change.ts';

const TRACKER = {
  oid: 'a',
  tracker_id: '352093081452251',
  foreign_tracker_id: null,
  vehicle_type: 'car',
  object_id: { license_plate: '6666KKK', make: 'Honda', fleet: { id: 7 } },
} as unknown as components['schemas']['Tracker'];

const form = formOf(TRACKER);

test('nothing is sent where nothing was changed', () => {
  expect(changeOf(TRACKER, form)).toEqual({ body: null, isJson: true });
});

test('only what was changed is sent, metadata as a whole', () => {
  expect(changeOf(TRACKER, { ...form, vehicle_type: '', foreign_tracker_id: ' 1 ' }).body).toEqual({
    vehicle_type: null,
    foreign_tracker_id: '1',
  });
  expect(changeOf(TRACKER, { ...form, make: '', model: 'Civic' }).body).toEqual({
    object_id: { license_plate: '6666KKK', model: 'Civic', fleet: { id: 7 } },
  });
});

test('what is no object is not sent', () => {
  for (const others of ['{', '[]', '1', 'null'])
    expect(changeOf(TRACKER, { ...form, others })).toEqual({ body: null, isJson: false });
});
