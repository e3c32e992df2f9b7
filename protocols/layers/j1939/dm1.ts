/**
 * DM1, the active trouble codes of one control unit (SAE J1939-73, section 5.7.1; PGN 65226).
 *
 * Grammar: lamps u8 · flashing u8 · code[n], a code being SPN low u8 · SPN middle u8 · SPN high 3 bits, FMI 5 bits ·
 * conversion 1 bit, occurrences 7 bits. With the conversion bit set three older layouts are possible and nothing on the wire
 * tells which; the code is then read as the one of them that is laid out like this (version 3), as units in service do.
 */
import type { Trace } from '#protocols/explain/trace';
import { type Message, signalOf, stateOf } from '#model/message';
import { type BusReading, putHighest, putList, putSignal } from '../observe.ts';

/** Lowest bit of each lamp in the first byte, two bits wide: 01 is on, 00 off, anything else unknown. */
const LAMPS = [
  { shift: 6, key: 'service.mil.on' },
  { shift: 4, key: 'service.lamp.stop' },
  { shift: 2, key: 'service.lamp.warning' },
  { shift: 0, key: 'service.lamp.protect' },
] as const;

/** Counts above are "not available". */
const OCCURRENCES_UNKNOWN = 127;

/** Writes a code as text: `SPN91.FMI3.OC1.SA0`, without `OC` where the unit does not count. */
function formatSpnCode(spn: number, failureMode: number, occurrences: number, source: number): string {
  const count = occurrences === OCCURRENCES_UNKNOWN ? '' : `.OC${occurrences}`;
  return `SPN${spn}.FMI${failureMode}${count}.SA${source}`;
}

/** Lists the codes of a DM1 from the unit at `source`. Padding and the "no code" entries (all zeroes, all ones) give none. */
function readSpnCodes(data: Uint8Array, source: number): string[] {
  const codes: string[] = [];
  for (let at = 2; at + 4 <= data.length; at += 4) {
    const [low, middle, high, count] = data.subarray(at, at + 4) as unknown as [number, number, number, number];
    const spn = low | (middle << 8) | ((high >>> 5) << 16);
    const failureMode = high & 0x1f;
    if ((spn === 0 && failureMode === 0) || spn === 0x7ffff) continue;
    codes.push(formatSpnCode(spn, failureMode, count & 0x7f, source));
  }
  return codes;
}

/** Adds lamps, the list of codes and their number. What other units said in the same message is kept beside. */
export function addDm1(message: Message, source: number, data: Uint8Array, trace: Trace | null): BusReading {
  if (data.length < 2) return { known: true, added: 0, unavailable: LAMPS.length };
  let added = 0;
  for (const { shift, key } of LAMPS) {
    const state = ((data[0] as number) >>> shift) & 0x3;
    if (state > 1) continue;
    putHighest(message, key, state);
    added++;
  }
  const codes = putList(message, 'service.dtc.list', readSpnCodes(data, source));
  putSignal(message, 'service.dtc.count', codes);
  if (trace !== null) nameDm1(trace, message, data);
  return { known: true, added: added + 2, unavailable: LAMPS.length - added };
}

function nameDm1(trace: Trace, message: Message, data: Uint8Array): void {
  const section = 'J1939-73: 5.7.1 DM1';
  const lamps = LAMPS.filter(({ shift }) => (((data[0] as number) >>> shift) & 0x3) <= 1);
  const lit = lamps.map(({ key }) => [key, signalOf(message, key) ?? 0] as const);
  trace.part(data, 'lamps', 0, 1, { meaning: 'Two bits each; 11 is not available', section, states: lit });
  trace.part(data, 'flashing', 1, 2, { section, states: [] });
  const list = ['service.dtc.list', stateOf(message, 'service.dtc.list') ?? ''] as const;
  const count = ['service.dtc.count', signalOf(message, 'service.dtc.count') ?? 0] as const;
  trace.part(data, 'codes', 2, data.length, {
    meaning: 'SPN, FMI and occurrences, four bytes each',
    section,
    states: [list, count],
  });
}
