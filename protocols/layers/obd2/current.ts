/**
 * Service 01, current values (SAE J1979, section 6.1): `pid u8 · data` once or, on CAN, up to six times. The bytes here are
 * those after the service byte `41`.
 */
import type { Stated, Trace } from '#protocols/explain/trace';
import { type Message, signalOf, stateOf } from '#model/message';
import { type BusReading, putHighest, putList, putSignal, UNKNOWN_READING } from '../observe.ts';
import { PID_FORMULAS, PID_LENGTHS, type PidFormula } from './pids.ts';

/** Computes a formula over the data of its PID; `null` where the data is too short for it. */
function applyFormula(formula: PidFormula, data: Uint8Array): number | null {
  if (data.length < formula.bytes) return null;
  let raw = 0;
  for (let i = 0; i < formula.bytes; i++) raw = raw * 256 + (data[i] as number);
  return (raw * formula.mul) / formula.div + formula.offset;
}

/**
 * Lists the PIDs that the bitmap of PID 00, 20, 40.. says are there: bit 7 of the first byte stands for the PID after it,
 * bit 0 of the fourth for the next bitmap.
 */
export function supportedPids(pid: number, bitmap: Uint8Array): number[] {
  const pids: number[] = [];
  for (let i = 0; i < Math.min(bitmap.length, 4) * 8; i++) {
    if (((bitmap[i >>> 3] as number) >>> (7 - (i & 7))) & 1) pids.push(pid + 1 + i);
  }
  return pids;
}

function formatPid(pid: number): string {
  return pid.toString(16).toUpperCase().padStart(2, '0');
}

/** Adds one PID; gives how much was added, or `null` for one without a meaning here. */
function addPid(message: Message, pid: number, data: Uint8Array): number | null {
  if (pid % 0x20 === 0) {
    const pids = supportedPids(pid, data);
    if (pids.length > 0) putList(message, 'service.pids.supported', pids.map(formatPid));
    return pids.length > 0 ? 1 : 0;
  }
  if (pid === 0x01 && data.length > 0) {
    putHighest(message, 'service.mil.on', (data[0] as number) >>> 7);
    putHighest(message, 'service.dtc.count', (data[0] as number) & 0x7f);
    return 2;
  }
  const formula = PID_FORMULAS.get(pid);
  if (formula === undefined) return null;
  const value = applyFormula(formula, data);
  if (value === null) return 0;
  putSignal(message, formula.key, value);
  return 1;
}

/**
 * Cuts an answer into PIDs, each as the offset of its number. `null` where the lengths do not come out: the answer then is one
 * PID with more data than its table has (a second bank, padding).
 */
function walk(answer: Uint8Array): number[] | null {
  const offsets: number[] = [];
  let at = 0;
  while (at < answer.length) {
    const length = PID_LENGTHS.get(answer[at] as number);
    if (length === undefined) return null;
    offsets.push(at);
    at += 1 + length;
  }
  return at === answer.length ? offsets : null;
}

/** Adds what an answer of service 01 says; `known` is false where no PID of it has a meaning here. */
export function addCurrentValues(message: Message, answer: Uint8Array, trace: Trace | null): BusReading {
  if (answer.length === 0) return UNKNOWN_READING;
  const offsets = walk(answer) ?? [0];
  const reading = { known: false, added: 0, unavailable: 0 };
  offsets.forEach((at, i) => {
    const end = offsets[i + 1] ?? answer.length;
    const added = addPid(message, answer[at] as number, answer.subarray(at + 1, end));
    if (trace !== null) namePid(trace, message, answer, at, end, added);
    if (added === null) return;
    reading.known = true;
    reading.added += added;
    if (added === 0) reading.unavailable++;
  });
  return reading;
}

/** A PID and its data, after they were added to the message. */
function namePid(trace: Trace, message: Message, answer: Uint8Array, at: number, end: number, added: number | null): void {
  const pid = answer[at] as number;
  const section = `SAE J1979: PID ${formatPid(pid)}`;
  const meaning = added === null ? 'A parameter without a formula here' : null;
  trace.part(answer, 'pid', at, at + 1, { raw: pid, value: formatPid(pid), meaning, section, states: [] });
  const formula = PID_FORMULAS.get(pid);
  const states: Stated[] = [];
  for (const key of keysOf(pid)) {
    const value = signalOf(message, key) ?? stateOf(message, key);
    if (value !== undefined && added !== null && added > 0) states.push([key, value]);
  }
  const used = Math.min(end, at + 1 + (formula?.bytes ?? (pid === 0x01 ? 1 : end - at - 1)));
  trace.part(answer, 'data', at + 1, used, { section, states });
  trace.part(answer, 'rest', used, end, { section, states: [], meaning: 'Not used' });
}

function keysOf(pid: number): readonly string[] {
  if (pid % 0x20 === 0) return ['service.pids.supported'];
  if (pid === 0x01) return ['service.mil.on', 'service.dtc.count'];
  const key = PID_FORMULAS.get(pid)?.key;
  return key === undefined ? [] : [key];
}
