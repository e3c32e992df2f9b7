/** The fields of `DeviceState` by number: what they are in the catalogue. Value = wire * mul / div in the unit of the key. */

export interface DeviceNumber {
  readonly field: number;
  readonly key: string;
  readonly mul: number;
  readonly div: number;
  readonly kind: 'unsigned' | 'signed' | 'boolean';
}

/** Fields that are numbers or booleans: varints on the wire, zigzag where they are signed. */
export const DEVICE_NUMBERS: readonly DeviceNumber[] = [
  { field: 1, key: 'device.supply.voltage', mul: 1, div: 1000, kind: 'unsigned' },
  { field: 2, key: 'device.battery.voltage', mul: 1, div: 1000, kind: 'unsigned' },
  { field: 3, key: 'device.battery.level', mul: 1, div: 1, kind: 'unsigned' },
  { field: 4, key: 'device.battery.charging', mul: 1, div: 1, kind: 'boolean' },
  { field: 5, key: 'device.temperature.value', mul: 1, div: 100, kind: 'signed' },
  { field: 6, key: 'device.gsm.rssi', mul: 1, div: 1, kind: 'signed' },
  { field: 7, key: 'ignition.state.on', mul: 1, div: 1, kind: 'boolean' },
  { field: 8, key: 'position.motion.moving', mul: 1, div: 1, kind: 'boolean' },
  { field: 9, key: 'odometer.device.value', mul: 1, div: 1000, kind: 'unsigned' },
  { field: 10, key: 'device.inputs.states', mul: 1, div: 1, kind: 'unsigned' },
  { field: 11, key: 'device.restart.count', mul: 1, div: 1, kind: 'unsigned' },
];

/** Fields that are texts. */
export const DEVICE_TEXTS: readonly { readonly field: number; readonly key: string }[] = [
  { field: 12, key: 'device.hardware.model' },
  { field: 13, key: 'device.firmware.version' },
  { field: 14, key: 'device.sim.iccid' },
  { field: 15, key: 'device.vehicle.vin' },
  { field: 16, key: 'behaviour.driver1.id' },
];

/** The fields by number, named as their keys without the category. */
export const DEVICE_NAMES: Readonly<Record<number, readonly [name: string]>> = Object.fromEntries(
  [...DEVICE_NUMBERS, ...DEVICE_TEXTS].map(({ field, key }) => [field, [key.slice(key.indexOf('.') + 1).replaceAll('.', ' ')]]),
);
