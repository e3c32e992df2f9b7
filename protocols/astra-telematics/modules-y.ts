/**
 * What protocol Y 2.2 has otherwise than X 3.0. Source: the maker's reader of it. Each module begins with a count of its bytes,
 * itself included, so that one whose fields are not known can be passed over; its bytes are kept as hex.
 *
 * Versions of the reader disagree about bit 20 (a bicycle, or J1939 trouble codes) and about the fields of bit 43 (a trailer's
 * brakes): both are kept as hex.
 */
import { fault } from '#errors/fault';
import { addSignal, addState } from '#model/message';
import { toHex } from '#wire/hex';
import { num } from './fields.ts';
import { GNSS_QUALITY, gnssModule } from './modules-core.ts';
import { FMS_JOURNEY_FINE } from './modules-vehicle.ts';
import { VARIABLE_MODULES_Y } from './modules-variable.ts';
import { fixed, plain, whole, type Module, type ReportState } from './module.ts';
import { u16 } from './read.ts';

/** A module kept as it is, under the key given. */
export function raw(bit: number, size: number, key: `astra-telematics.${string}`): Module {
  return {
    ...whole(bit, key, size, ({ message, trace }, bytes, from, end) => {
      if (from < end) addState(message, key, toHex(bytes.subarray(from, end)));
      trace?.field('content', from, end, { meaning: 'Not published: kept as it is' });
    }),
    meaningful: 0,
  };
}

/** A module of a bit without a row. */
export function unknownModule(bit: number): Module {
  return raw(bit, 0, `astra-telematics.module${bit}.raw`);
}

// ext supply u16 0.1 V · own battery u8 %
function decodePower(report: ReportState, bytes: Uint8Array, at: number): void {
  report.supplyV = u16(bytes, at) / 10;
  addSignal(report.message, 'device.supply.voltage', report.supplyV);
  report.trace?.field('supply', at, at + 2, { meaning: '0.1 V' });
  addSignal(report.message, 'device.battery.level', bytes[at + 2] as number);
  report.trace?.field('battery', at + 2, at + 3);
}

const TYRE_BYTES = 4;
/** Axles and wheels are counted in nibbles elsewhere in the protocol. */
const NIBBLE = 0x0f;

// count u8 · tyre*   tyre: axle u8 · wheel u8 · pressure u8 0.1 bar · temperature i8 °C
function decodeTyres({ message, faults, trace }: ReportState, bytes: Uint8Array, from: number, end: number): void {
  const count = bytes[from] as number;
  trace?.field('count', from, from + 1, { raw: count, value: count, meaning: 'Tyres' });
  for (let index = 0; index < count; index++) {
    const at = from + 1 + index * TYRE_BYTES;
    const [axle, wheel] = [bytes[at] as number, bytes[at + 1] as number];
    if (at + TYRE_BYTES > end || axle > NIBBLE || wheel > NIBBLE) {
      faults.push(fault('decode_range', at, `tyre ${index + 1} of ${count}`));
      return;
    }
    const tyre = `astra-telematics.tyre${axle}_${wheel}` as const;
    trace?.field('axle', at, at + 1, { raw: axle, value: axle });
    trace?.field('wheel', at + 1, at + 2, { raw: wheel, value: wheel });
    addSignal(message, `${tyre}.pressure_kpa`, (bytes[at + 2] as number) * 10);
    trace?.field('pressure', at + 2, at + 3, { meaning: '0.1 bar' });
    addSignal(message, `${tyre}.celsius`, ((bytes[at + 3] as number) << 24) >> 24);
    trace?.field('temperature', at + 3, at + 4);
  }
  trace?.field('rest', from + 1 + count * TYRE_BYTES, end, { meaning: 'After the last tyre' });
}

export const Y_MODULES: readonly Module[] = [
  fixed(0, 'power', 3, decodePower),
  gnssModule(GNSS_QUALITY),
  whole(5, 'tyres', 1, decodeTyres),
  plain(6, 'network', [
    num('u16', 'device.gsm.mcc'),
    num('u16', 'device.gsm.mnc'),
    num('u8', 'device.gsm.rssi', { multiply: -1 }),
    num('u8', 'device.gsm.technology'),
  ]),
  FMS_JOURNEY_FINE,
  raw(20, 0, 'astra-telematics.module20.raw'),
  raw(29, 0, 'astra-telematics.module29.raw'),
  raw(40, 0, 'astra-telematics.module40.raw'),
  raw(43, 0, 'astra-telematics.trailer.brakes'),
  ...VARIABLE_MODULES_Y,
];
