import { expect, test } from 'vitest';
import { signalOf } from '#model/message';
import { newSession } from '#protocols/codec';
import { describeDecoder } from '#protocols/conformance/describe-decoder';
import { mercedesBenz } from './index.ts';

describeDecoder(mercedesBenz, new URL('golden/', import.meta.url));

const AT = 1_773_040_445_000;

function decode(envelope: object, data: object) {
  const body = { vin: 'W1K1', messageType: 'vehiclesignal', ...envelope, data };
  return mercedesBenz.decode(new TextEncoder().encode(JSON.stringify(body)), newSession('http'));
}

const level = { name: 'Tank.Fuel.Level', timestamp: AT, value: '47', type: 'integer' };
const door = { name: 'Doors.Front.Left.IsOpen', timestamp: AT, value: 'false', type: 'boolean' };

test('the same signals are the same message, whatever envelope and order they come in', () => {
  const one = decode({ messageId: 'a', timestamp: AT + 1 }, { signals: [level, door] });
  const other = decode({ messageId: 'b', timestamp: AT + 999, sendingBehaviour: 'ON_REFRESH' }, { signals: [door, level] });
  expect(other.messages[0]?.identity).toEqual(one.messages[0]?.identity);
  expect([one, other].map(({ pushed }) => pushed?.dedupeKeys)).toEqual([['a'], ['b']]);
  const changed = decode({ messageId: 'a' }, { signals: [{ ...level, value: '48' }, door] });
  expect(changed.messages[0]?.identity).not.toEqual(one.messages[0]?.identity);
});

test('a report of the same hit while parked, repeated with other signals, is one event', () => {
  const hit = { name: 'Parking.Parkevent.LastParkevent.Time', timestamp: AT, value: String(AT - 5_000), type: 'integer' };
  const identityOf = (signals: object[]) =>
    decode({}, { signals }).messages.find(({ deviceTime }) => deviceTime === AT - 5_000)?.identity;
  const again = identityOf([{ ...hit, timestamp: AT + 60_000 }, level]);
  expect(again).toBeDefined();
  expect(again).toEqual(identityOf([hit]));
});

test('a signal in finer steps wins over the same one, whichever stands first', () => {
  const [coarse, fine] = [
    { name: 'Driving.Odometer.Lifetime', timestamp: AT, value: '112', type: 'integer' },
    { name: 'Driving.Odometer.Lifetime.HighResolution', timestamp: AT, value: '112.1', type: 'double' },
  ];
  for (const signals of [
    [coarse, fine],
    [fine, coarse],
  ]) {
    const [message] = decode({}, { signals }).messages;
    expect(message && signalOf(message, 'odometer.total.value')).toBe(112.1);
    expect(message && signalOf(message, 'mercedes-benz.Driving.Odometer.Lifetime')).toBe(112);
  }
});

test('a journey whose end is not told is not dated by guess', () => {
  const distance = { name: 'Trip.Distance.Total', timestamp: AT, value: '47', type: 'integer' };
  const [message] = decode({}, { signals: [distance] }).messages;
  expect(message?.deviceTime).toBe(AT);
});
