/**
 * Services 03, 07 and 0A: stored, pending and permanent trouble codes (SAE J1979, sections 6.3, 6.7 and 6.10; text form: SAE
 * J2012). On CAN an answer is `count u8 · code u16[count]`, on the older lines three codes without a count. The bytes here
 * are those after the service byte.
 */
import type { Trace } from '#protocols/explain/trace';
import { type Message, stateOf } from '#model/message';
import { type BusReading, putList, putSignal } from '../observe.ts';

const SYSTEMS = 'PCBU';

/** Writes a trouble code as text: the two highest bits are the system, the rest four hex digits. `0x0D14` is `P0D14`. */
export function formatTroubleCode(code: number): string {
  const digits = (code & 0x3fff).toString(16).toUpperCase().padStart(4, '0');
  return `${SYSTEMS[(code >>> 14) & 0x3]}${digits}`;
}

/** Lists the codes of an answer; the empty places of the older lines, all zeroes, give none. */
export function readTroubleCodes(answer: Uint8Array): string[] {
  // With the count the length is odd: the count is part of the answer only on CAN.
  const from = answer.length % 2;
  const last = from === 1 ? Math.min(answer.length, 1 + (answer[0] as number) * 2) : answer.length;
  const codes: string[] = [];
  for (let at = from; at + 2 <= last; at += 2) {
    const code = ((answer[at] as number) << 8) | (answer[at + 1] as number);
    if (code !== 0) codes.push(formatTroubleCode(code));
  }
  return codes;
}

/** Adds the codes to the list under `key`; the stored ones are counted too. An answer without codes makes an empty list. */
export function addTroubleCodes(message: Message, key: string, answer: Uint8Array, trace: Trace | null): BusReading {
  const count = putList(message, key, readTroubleCodes(answer));
  const isCounted = key === 'service.dtc.list';
  if (isCounted) putSignal(message, 'service.dtc.count', count);
  if (trace !== null) {
    const from = answer.length % 2;
    const section = 'SAE J2012';
    const list = [key, stateOf(message, key) ?? ''] as const;
    const states = isCounted ? [list, ['service.dtc.count', count] as const] : [list];
    trace.part(answer, 'count', 0, from, { raw: answer[0] ?? 0, section, states: [] });
    trace.part(answer, 'codes', from, answer.length, { meaning: 'Two bytes each', section, states });
  }
  return { known: true, added: isCounted ? 2 : 1, unavailable: 0 };
}
