import { expect, test } from 'vitest';
import { signalOf } from '#model/message';
import { newSession } from '#protocols/codec';
import { describeDecoder } from '#protocols/conformance/describe-decoder';
import { stellantis } from './index.ts';

describeDecoder(stellantis, new URL('golden/', import.meta.url));

function decode(body: unknown, ident: string | null = null) {
  return stellantis.decode(new TextEncoder().encode(JSON.stringify(body)), { ...newSession('http'), ident });
}

const AT = '2026-03-09T07:14:10Z';
const event = (value: string) => ({
  vin: 'VF3A',
  eventDate: AT,
  values: [{ data: 'vehicle.kinetic.speed', value: { type: 'string', body: { literalValue: value } } }],
});

test('an event is the same in a batch, in a list of batches, and with other attributes', () => {
  const alone = decode({ monitorId: 'm', attributes: [{ key: 'a', value: 'b' }], events: [event('57')] });
  const retried = decode([
    {
      events: [
        { ...event('50'), vin: 'VF3B' },
        { fleetId: undefined, ...event('57') },
      ],
      monitorId: 'm',
    },
  ]);
  expect(retried.messages[1]?.identity).toEqual(alone.messages[0]?.identity);
  expect(retried.pushed?.dedupeKeys).toContain(alone.pushed?.dedupeKeys[0]);
  expect(decode({ monitorId: 'm', events: [event('58')] }).pushed).not.toEqual(alone.pushed);
});

test('older and newer spellings mean the same', () => {
  const status = (energies: object) => ({
    monitorId: 'm',
    events: [{ vin: 'VF3A', eventDate: AT, extensions: [{ body: { status: energies } }] }],
  });
  const charging = { plugged: true, status: 'InProgress' };
  const older = decode(status({ energy: [{ type: 'Electric', level: 62, updatedAt: AT, charging }] }));
  const newer = decode(
    status({ energies: [{ type: 'Electric', level: 62, createdAt: AT, extension: { electric: { charging } } }] }),
  );
  expect(older.messages).toEqual(newer.messages);
  expect(newer.messages[0] && signalOf(newer.messages[0], 'charging.state.active')).toBe(1);
});

test('a reminder repeats values, and no alerts', () => {
  const alerts = [{ id: 'a', type: 'FuelLevelLow', active: true, startedAt: AT }];
  const of = (refresh: boolean) =>
    decode({ monitorId: 'm', events: [{ vin: 'VF3A', eventDate: AT, refresh, extensions: [{ body: { alerts } }] }] });
  expect(of(false).messages.flatMap(({ events }) => events)).toEqual([{ code: 'stellantis.alert.FuelLevelLow', alarm: false }]);
  expect(of(true).messages.flatMap(({ events }) => events)).toEqual([]);
});

test('a state of Mobilisights is exported again under other numbers and times, and is the same event', () => {
  const state = { vin: 'VF3A', datetime: AT, odometer: { value: 20_446, unit: 'km' } };
  const first = decode({ ...state, _id: '1', datetimeSending: AT });
  const again = decode({ ...state, _id: '2', datetimeSending: '2026-03-09T08:00:00Z' });
  expect([first.dialect, again.pushed]).toEqual(['mobilisights', first.pushed]);
  expect(again.messages[0]?.identity).toEqual(first.messages[0]?.identity);
});

test.each([
  ['None', 'granted', 'all'],
  ['Geolocation', 'withheld', 'location'],
  ['Full', 'withheld', 'all'],
])('the privacy mode %s is a statement: %s, %s', (mode, kind, scope) => {
  const values = [{ data: 'vehicle.privacy.state', value: { body: { literalValue: mode } } }];
  const { pushed } = decode({ monitorId: 'm', events: [{ vin: 'VF3A', eventDate: AT, values }] });
  expect(pushed?.consents).toMatchObject([{ ident: 'VF3A', kind, scope, demands: null }]);
});
