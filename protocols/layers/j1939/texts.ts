/**
 * The parameter groups of the FMS standard that need more than a table row: texts, the axle that a load belongs to, and the
 * position the vehicle's own receiver sends. Positions and scales: SAE J1939-71.
 */
import type { Notes, Trace } from '#protocols/explain/trace';
import { type Message, stateOf } from '#model/message';
import { type BusReading, putSignal, putState } from '../observe.ts';
import { readSpn, type Spn } from './spn.ts';

/** Longest text taken from the bus; a VIN has 17 characters, a driver card 16 and its country's 3. */
const TEXT_LIMIT = 200;

/** Splits `*`-delimited text into its fields; what is not printable ASCII is left out. */
function readTexts(data: Uint8Array): string[] {
  let text = '';
  for (const byte of data.subarray(0, TEXT_LIMIT)) if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
  return text.split('*').map((field) => field.trim());
}

/** Puts each text under its key; empty ones are unavailable. */
function putTexts(message: Message, keys: readonly string[], texts: readonly string[]): BusReading {
  let added = 0;
  keys.forEach((key, i) => {
    const text = texts[i] ?? '';
    if (text === '') return;
    putState(message, key, text);
    added++;
  });
  return { known: true, added, unavailable: keys.length - added };
}

/** The bytes of texts, after they were added to the message. */
function nameTexts(
  trace: Trace,
  message: Message,
  data: Uint8Array,
  from: number,
  keys: readonly string[],
  section: string,
): void {
  const states = keys.flatMap((key) => {
    const value = stateOf(message, key);
    return value === undefined ? [] : [[key, value] as const];
  });
  trace.part(data, 'count', 0, Math.min(from, data.length), { section, states: [] });
  if (data.length > from) trace.part(data, 'text', from, data.length, { section, states });
}

/** VI, PGN 65260: SPN 237, the VIN. `*` ends it. */
export function addVehicleIdentification(message: Message, data: Uint8Array, trace: Trace | null): BusReading {
  const keys = ['device.vehicle.vin'];
  const reading = putTexts(message, keys, readTexts(data));
  if (trace !== null) nameTexts(trace, message, data, 0, keys, 'J1939-71: PGN 65260 VI');
  return reading;
}

/** DI, PGN 65131: SPN 1625 and 1626, the drivers' card numbers. `*` ends each. */
export function addDriverIdentification(message: Message, data: Uint8Array, trace: Trace | null): BusReading {
  const keys = ['behaviour.driver1.id', 'behaviour.driver2.id'];
  const reading = putTexts(message, keys, readTexts(data));
  if (trace !== null) nameTexts(trace, message, data, 0, keys, 'J1939-71: PGN 65131 DI');
  return reading;
}

/** FMS identity, PGN 64977: SPN 2806, the version as digits and dots from byte 2. */
export function addFmsVersion(message: Message, data: Uint8Array, trace: Trace | null): BusReading {
  let end = 1;
  while (end < Math.min(data.length, 6) && /[0-9.]/.test(String.fromCharCode(data[end] as number))) end++;
  const keys = ['device.fms.version'];
  const reading = putTexts(message, keys, [String.fromCharCode(...data.subarray(1, end))]);
  if (trace !== null) nameTexts(trace, message, data, 1, keys, 'FMS: PGN 64977');
  return reading;
}

const AXLE_LOAD = { spn: 582, byte: 2, bit: 1, bits: 16, mul: 1, div: 2, offset: 0 } as const;
const AXLE_KEYS = [
  'wheels.axle1.weight',
  'wheels.axle2.weight',
  'wheels.axle3.weight',
  'wheels.axle4.weight',
  'wheels.axle5.weight',
];

/**
 * VW, PGN 65258: SPN 582, the load of the axle that SPN 928 in byte 1 names: its high four bits count axles from the front,
 * from 0. Beyond the fifth axle, and without a place, the load goes to `wheels.axle.weight`.
 */
export function addAxleWeight(message: Message, data: Uint8Array, trace: Trace | null): BusReading {
  const place = data[0] ?? 0xff;
  const key = AXLE_KEYS[place >>> 4] ?? 'wheels.axle.weight';
  const weight = readSpn({ ...AXLE_LOAD, key }, data);
  const section = 'J1939-71: PGN 65258 VW';
  if (trace !== null && data.length >= 3) {
    trace.part(data, 'SPN 928', 0, 1, { raw: place, meaning: 'High half: the axle, from 0', section, states: [] });
    const notes: Notes = typeof weight === 'number' ? { states: [[key, weight]] } : { meaning: weight, states: [] };
    trace.part(data, 'SPN 582', 1, 3, { ...notes, section });
  }
  if (typeof weight !== 'number') return { known: true, added: 0, unavailable: 1 };
  putSignal(message, key, weight);
  return { known: true, added: 1, unavailable: 0 };
}

// In 1e-7 degrees: whole numbers, so that no rounding enters before the one division.
const E7 = 10_000_000;
const LATITUDE: Spn = { spn: 584, byte: 1, bit: 1, bits: 32, mul: 1, div: 1, offset: -210 * E7, key: '' };
const LONGITUDE: Spn = { ...LATITUDE, spn: 585, byte: 5 };

/**
 * VP, PGN 65267: SPN 584 and 585, where the vehicle's receiver holds it to be, as the message's fix where it has none: the
 * tracker's own receiver comes first. The group says nothing of time, lock or speed.
 */
export function addVehiclePosition(message: Message, data: Uint8Array, trace: Trace | null): BusReading {
  const reading = addPlace(message, data);
  if (trace !== null && data.length >= 8) {
    const section = 'J1939-71: PGN 65267 VP';
    const isOurs = reading.added > 0;
    const why = isOurs ? '1e-7 degrees, from -210' : 'Not taken: not available, or the tracker has a place of its own';
    trace.part(data, 'SPN 584', 0, 4, { ...(isOurs ? { part: 'fix.lat' } : {}), meaning: why, section, states: [] });
    trace.part(data, 'SPN 585', 4, 8, { ...(isOurs ? { part: 'fix.lon' } : {}), meaning: why, section, states: [] });
  }
  return reading;
}

function addPlace(message: Message, data: Uint8Array): BusReading {
  const latE7 = readSpn(LATITUDE, data);
  const lonE7 = readSpn(LONGITUDE, data);
  if (typeof latE7 !== 'number' || typeof lonE7 !== 'number') return { known: true, added: 0, unavailable: 2 };
  const [lat, lon] = [latE7 / E7, lonE7 / E7];
  if (Math.abs(lat) > 90 || Math.abs(lon) > 180) return { known: true, added: 0, unavailable: 2 };
  if (message.fix !== null) return { known: true, added: 0, unavailable: 0 };
  message.fix = {
    lat,
    lon,
    fixTime: null,
    valid: true,
    altitudeM: null,
    speedKmh: null,
    courseDeg: null,
    satellites: null,
    hdop: null,
  };
  return { known: true, added: 1, unavailable: 0 };
}
