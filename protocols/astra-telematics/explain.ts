/** What the parts of an Astra Telematics frame are called. Nothing here reads a report: the decode says what it has read. */
import type { Trace, Traced } from '#protocols/explain/trace';
import type { Layout } from './layouts.ts';
import { u16, u32 } from './read.ts';
import { fromDeviceSeconds } from './time.ts';

const SECTIONS: Readonly<Record<string, string>> = {
  C: 'Astra server of OpenGTS: protocol C',
  K: 'Astra server of OpenGTS: protocol K',
  M: 'Astra server of OpenGTS: protocol M',
  Y: 'reader of protocol Y 2.2',
};

/** Where a protocol is described. */
export function sectionOf(letter: string): string {
  return SECTIONS[letter] ?? 'reader of protocol X 3.0';
}

/** Letter, length and checksum, which every frame of reports has; `wrong` is what is wrong with the checksum. */
export function nameEnvelope(trace: Trace, wrong: string | null): void {
  const { frame } = trace;
  const letter = String.fromCharCode(frame[0] as number);
  const section = sectionOf(letter);
  const length = u16(frame, 1);
  trace.field('protocol', 0, 1, { value: letter, meaning: 'Which protocol the reports are of', section });
  trace.field('length', 1, 3, { raw: length, value: length, unit: 'byte', meaning: 'Of the whole frame', section });
  const end = frame.length;
  const check = { value: wrong === null ? 'right' : 'wrong', meaning: 'CRC-16/MODBUS of all before it', section };
  trace.field('crc', end - 2, end, check);
}

/** An IMEI in seven bytes. */
export function nameImei(trace: Trace, at: number, imei: string | null): void {
  const meaning = 'Names the device: eight digits in four bytes, seven in three';
  trace.field('imei', at, at + 7, { value: imei ?? 'not possible', meaning });
}

/** Mask, time and reasons of a modular report. Gives the span of the reasons, which other parts of the report have a say in. */
export function nameHead(trace: Trace, layout: Layout, bytes: Uint8Array, from: number): Traced {
  nameMask(trace, layout, bytes, from);
  const [time, reasons] = [from + layout.timeAt, from + layout.reasonsAt];
  trace.field('time', time, time + 4, { part: 'deviceTime', raw: u32(bytes, time), meaning: 'seconds since 1980-01-06' });
  return trace.field('reasons', reasons, reasons + layout.reasonBytes, { meaning: 'What made the report, a bit for each' });
}

/** The head of a modular report of which nothing is taken. */
export function nameStopped(trace: Trace, layout: Layout, bytes: Uint8Array, from: number): void {
  trace.field('sequence', from, from + 1);
  nameMask(trace, layout, bytes, from);
  const [time, reasons] = [from + layout.timeAt, from + layout.reasonsAt];
  const value = new Date(fromDeviceSeconds(u32(bytes, time))).toISOString();
  trace.field('time', time, time + 4, { raw: u32(bytes, time), value, meaning: 'seconds since 1980-01-06' });
  trace.field('reasons', reasons, reasons + layout.reasonBytes);
  trace.field('status', from + layout.headBytes - layout.statusBytes, from + layout.headBytes);
}

function nameMask(trace: Trace, { maskBytes }: Layout, bytes: Uint8Array, from: number): void {
  const modules: number[] = [];
  for (let bit = 0; bit < maskBytes * 8; bit++)
    if ((((bytes[from + maskBytes - (bit >>> 3)] as number) >>> (bit & 7)) & 1) !== 0) modules.push(bit);
  trace.field('mask', from + 1, from + 1 + maskBytes, {
    value: `modules ${modules.join(' ')}`,
    meaning: 'A bit for each module',
  });
}
