import { describe, expect, test } from 'vitest';
import { signalOf, stateOf } from '#model/message';
import { newSession } from '#protocols/codec';
import { describeDecoder } from '#protocols/conformance/describe-decoder';
import { bmw } from './index.ts';

describeDecoder(bmw, new URL('golden/', import.meta.url));

const AT = '2026-03-09T07:00:00Z';

function decode(body: object, ident: string | null = null) {
  return bmw.decode(new TextEncoder().encode(JSON.stringify(body)), { ...newSession('mqtt'), ident });
}

/** The one message of a value of a descriptor. */
function messageOf(descriptor: string, value: unknown, unit: string | null = null) {
  const [message] = decode({ vin: 'WBA1', data: { [descriptor]: { value, unit, timestamp: AT } } }).messages;
  if (message === undefined) throw new Error('there is no message');
  return message;
}

describe('units come as they are spelt', () => {
  test.each([
    ['vehicle.vehicle.travelledDistance', 10, 'km', 'odometer.total.value', 10],
    ['vehicle.vehicle.travelledDistance', 10, null, 'odometer.total.value', 10],
    ['vehicle.vehicle.travelledDistance', 10, 'mi', 'odometer.total.value', 16.09344],
    ['vehicle.vehicle.travelledDistance', '10', 'miles', 'odometer.total.value', 16.09344],
    ['vehicle.drivetrain.fuelSystem.remainingFuel', 2, 'gal', 'consumption.fuel.volume', 7.570823568],
    ['vehicle.drivetrain.fuelSystem.level', 50, 'percent', 'consumption.fuel.level', 50],
    ['vehicle.drivetrain.avgElectricRangeConsumption', 4, 'mi/kWh', 'consumption.electric.average', 15.534279805933],
    ['vehicle.drivetrain.avgElectricRangeConsumption', 18.5, 'kWh/100 km', 'consumption.electric.average', 18.5],
    ['vehicle.drivetrain.internalCombustionEngine.engine.ect', 32, 'F', 'engine.coolant.temperature', 0],
    ['vehicle.chassis.axle.row2.wheel.right.tire.pressure', 2.4, 'bar', 'wheels.rear_right.pressure', 240],
    ['vehicle.vehicle.avgSpeed', 10, 'mph', 'wheels.speed.average', 16.09344],
    ['vehicle.cabin.hvac.preconditioning.status.remainingRunningTime', 90, 's', 'device.climate.remaining', 90],
    ['vehicle.vehicle.preConditioning.remainingTime', 2, 'min', 'device.climate.remaining', 120],
  ] as const)('%s: %s %s', (descriptor, value, unit, key, expected) => {
    expect(signalOf(messageOf(descriptor, value, unit), key)).toBeCloseTo(expected, 9);
  });
});

describe('booleans come in every dress', () => {
  test.each([
    ['vehicle.isMoving', 'ASN_isTrue', 'position.motion.moving', 1],
    ['vehicle.isMoving', 'ASN_isFalse', 'position.motion.moving', 0],
    ['vehicle.isMoving', true, 'position.motion.moving', 1],
    ['vehicle.isMoving', 'true', 'position.motion.moving', 1],
    ['vehicle.isMoving', 'ASN_isUnknown', 'position.motion.moving', undefined],
    ['vehicle.cabin.door.row1.driver.isOpen', 'OPEN', 'doors.driver.open', 1],
    ['vehicle.cabin.door.row1.driver.isOpen', 'INVALID', 'doors.driver.open', undefined],
    ['vehicle.cabin.door.status', 'ASN_selective-Locked', 'doors.all.locked', 0],
    ['vehicle.cabin.door.status', 'ASN_secured', 'doors.all.locked', 1],
    ['vehicle.body.flap.isLocked', 'FLAP_LOCKED', 'doors.charging_flap.locked', 1],
    ['vehicle.electricalSystem.battery.serviceDemand.recharge', '1', 'service.battery.recharge', 1],
  ] as const)('%s: %s', (descriptor, value, key, expected) => {
    const body = { vin: 'WBA1', data: { [descriptor]: { value, unit: null, timestamp: AT } } };
    const [message] = decode(body).messages;
    expect(message && signalOf(message, key)).toBe(expected);
  });
});

test('a number in a unit that cannot be converted stays under its own name, with the unit', () => {
  const message = messageOf('vehicle.vehicle.avgSpeed', 44, 'leagues');
  expect(signalOf(message, 'bmw.vehicle.vehicle.avgSpeed')).toBe(44);
  expect(stateOf(message, 'bmw.vehicle.vehicle.avgSpeed.unit')).toBe('leagues');
});

test('a value of which another field says more stays under its own name, whichever comes first', () => {
  const [header, displayed] = [
    'vehicle.drivetrain.batteryManagement.header',
    'vehicle.powertrain.electric.battery.stateOfCharge.displayed',
  ];
  const of = (names: readonly (string | undefined)[]) => {
    const data = Object.fromEntries(
      names.map((name) => [name ?? '', { value: name === header ? 41 : 41.5, unit: '%', timestamp: AT }]),
    );
    const [message] = decode({ vin: 'WBA1', data }).messages;
    return message && [signalOf(message, 'charging.battery.level'), signalOf(message, `bmw.${header}`), message.identity];
  };
  expect(of([header, displayed])).toEqual(of([displayed, header]));
  expect(of([header, displayed])?.slice(0, 2)).toEqual([41.5, 41]);
});

test('the same values are the same messages and keys, whenever and in whatever envelope they are sent', () => {
  const data = { 'vehicle.isMoving': { value: true, unit: null, timestamp: AT } };
  const first = decode({ vin: 'WBA1', entityId: 'a', topic: 't', timestamp: AT, data });
  const second = decode({ timestamp: '2026-03-09T09:00:00Z', data, vin: 'wba1' });
  expect(second.messages[0]?.identity).toEqual(first.messages[0]?.identity);
  expect(second.pushed).toEqual(first.pushed);
  const other = decode({ vin: 'WBA1', data: { 'vehicle.isMoving': { value: false, unit: null, timestamp: AT } } });
  expect(other.messages[0]?.identity).not.toEqual(first.messages[0]?.identity);
});

test('a message without a vehicle is of the one its topic names', () => {
  expect(decode({ data: { 'vehicle.isMoving': { value: true, timestamp: AT } } }, 'WBA9').ident).toBe('WBA9');
});

test('a list is several messages', () => {
  const data = { 'vehicle.isMoving': { value: true, timestamp: AT } };
  const decoded = decode([
    { vin: 'WBA1', data },
    { vin: 'WBA2', data },
  ]);
  expect(decoded.ident).toBeNull();
  expect(decoded.messages.map(({ ident }) => ident)).toEqual(['WBA1', 'WBA2']);
});
