/**
 * Modules with what the vehicle's bus says: FMS and OBD in the journey and at its end, trouble codes, driver cards. Bits 10, 12
 * to 16 and 28 to 30 of protocol X 3.0.
 *
 * A value whose bits are all set is taken for "not available", as on the bus it was read from; the maker does not say so.
 */
import { addState } from '#model/message';
import { toHex } from '#wire/hex';
import { printable } from '#wire/text';
import { bus, num, text, type Field } from './fields.ts';
import { plain, whole, type Module, type ReportState } from './module.ts';

/** What FMS and OBD journeys begin with; only the fuel at their end differs. */
const JOURNEY: readonly Field[] = [
  bus('u8', 'wheels.speed.max'),
  bus('u8', 'wheels.speed.average'),
  bus('u8', 'engine.speed.max', { multiply: 32 }),
  bus('u8', 'engine.speed.average', { multiply: 32 }),
  bus('u8', 'engine.pedal.max'),
  bus('u8', 'engine.pedal.average'),
  bus('u8', 'engine.load.max'),
  bus('u8', 'engine.load.average'),
  bus('u16', 'odometer.trip.bus', { divide: 10 }),
  // Traccar adds 40.
  bus('u8', 'engine.coolant.temperature', { add: -40 }),
  num('u16', 'astra-telematics.bus.status'),
  num('u16', 'astra-telematics.bus.events'),
  bus('u8', 'consumption.fuel.raw'),
];

const FUEL_HALF_LITRES: Field = bus('u32', 'consumption.fuel.used', { divide: 2 });
const FUEL_MILLILITRES: Field = bus('u32', 'consumption.fuel.used', { divide: 1000 });

const CODES = 5;
const CODE_BYTES = 5;

/** Adds the trouble codes of `[from, end)`, five ASCII characters each; an unused place is zeros or blanks. */
function decodeTroubleCodes({ message, trace }: ReportState, bytes: Uint8Array, from: number, end: number): void {
  const codes: string[] = [];
  for (let at = from; at + CODE_BYTES <= end; at += CODE_BYTES) {
    const code = printable(bytes, at, at + CODE_BYTES) ?? toHex(bytes.subarray(at, at + CODE_BYTES));
    if (code !== '') codes.push(code);
  }
  addState(message, 'service.dtc.list', codes.join(','));
  trace?.field('codes', from, end, { meaning: 'Five characters each' });
}

/** FMS in-journey of protocol Y, with the finer fuel of X's high-resolution module. */
export const FMS_JOURNEY_FINE: Module = plain(12, 'fms-journey', [...JOURNEY, FUEL_MILLILITRES]);

export const VEHICLE_MODULES: readonly Module[] = [
  plain(10, 'fms-start', [bus('u16', 'wheels.axle.weight')]),
  plain(12, 'fms-journey', [...JOURNEY, FUEL_HALF_LITRES]),
  plain(13, 'obd-journey', [...JOURNEY, bus('u16', 'consumption.fuel.trip', { divide: 10 })]),
  whole(14, 'obd-codes', CODES * CODE_BYTES, decodeTroubleCodes),
  plain(15, 'fms-stop', [
    bus('u24', 'odometer.total.value'),
    bus('u16', 'engine.hours.total'),
    bus('u16', 'wheels.axle.weight'),
    bus('u16', 'consumption.fuel.trip', { divide: 10 }),
    bus('u16', 'engine.cruise.duration'),
    bus('u16', 'service.next.distance', { multiply: 5 }),
  ]),
  // OBD-II has no odometer that every car answers, so the lifetime values are those the device counts.
  plain(16, 'obd-stop', [
    bus('u24', 'odometer.device.value'),
    bus('u16', 'engine.hours.counted'),
    bus('u16', 'service.mil.duration'),
    bus('u16', 'odometer.mil.value'),
  ]),
  plain(28, 'fms-drivers', [text(19, 'behaviour.driver1.id'), text(19, 'behaviour.driver2.id')]),
  plain(29, 'fms-journey-fine', [...JOURNEY, FUEL_MILLILITRES]),
  // How the tachograph's states are packed here is not published.
  plain(30, 'fms-drivers-states', [
    num('u32', 'astra-telematics.tachograph.states'),
    num('u8', 'astra-telematics.tachograph.doors'),
  ]),
];
