/**
 * Modular reports: protocols X, Y and Z. Big-endian. The wire:
 *
 *     letter · length u16 (whole frame) · count u8 · [imei 7 bytes, mode 4] · report[count] · crc u16
 *     report   seq u8 · mask 6 or 10 bytes · time u32 · reasons 4 or 8 bytes · status 2 or 4 bytes · module*
 *
 * A frame is measured before it is decoded: whether it holds an IMEI (mode 4) or not (mode 6), and which of two versions made
 * it, nothing says but how its reports add up. Where no reading fills the frame exactly, a report is believed only up to the
 * first module that nobody can size.
 */
import { fault, type Fault } from '#errors/fault';
import { addSignal, type Message } from '#model/message';
import type { SessionContext } from '#protocols/codec';
import type { Trace, Traced } from '#protocols/explain/trace';
import { nameHead, nameImei, nameStopped, sectionOf } from './explain.ts';
import { addModularStatus, addReasons, NO_FIX } from './flags.ts';
import { IMEI_BYTES, readImei } from './imei.ts';
import { layoutsOf, type Layout } from './layouts.ts';
import { unknownModule } from './modules-y.ts';
import type { Module, ReportState } from './module.ts';
import { newReportMessage } from './report.ts';
import { u16, u32 } from './read.ts';
import { fromDeviceSeconds, isSaneTime } from './time.ts';

const HEADER_BYTES = 4;
const CRC_BYTES = 2;

/** Given a module, the range behind its count, and how many bytes that has. */
type Visit = (module: Module, from: number, end: number, countBytes: number) => void;
const PASS: Visit = () => undefined;

/** The first module from a bit on that the mask of a report announces; as many as there are bits where there is none. */
function nextSet(layout: Layout, bytes: Uint8Array, report: number, from: number): number {
  const bits = layout.maskBytes * 8;
  for (let bit = from; bit < bits; bit = (bit | 7) + 1) {
    const left = (bytes[report + layout.maskBytes - (bit >>> 3)] as number) >>> (bit & 7);
    if (left !== 0) return bit + 31 - Math.clz32(left & -left);
  }
  return bits;
}

function truncated(at: number, what: string): Fault {
  return fault('decode_truncated', at, `${what} does not end inside the frame`);
}

/**
 * Goes through the modules of the report at `from`. Gives the offset after the last one, or the fault that stops: a module that
 * does not end by `end`, or one nobody can size. A counted module without a row is passed over, unless `strict`.
 */
function eachModule(
  layout: Layout,
  bytes: Uint8Array,
  from: number,
  end: number,
  strict: boolean,
  visit: Visit,
): number | Fault {
  let at = from + layout.headBytes;
  if (at > end) return truncated(from, 'the head of a report');
  for (let bit = nextSet(layout, bytes, from, 0); bit < layout.modules.length; bit = nextSet(layout, bytes, from, bit + 1)) {
    const row = layout.modules[bit] ?? null;
    if (row === null && (strict || !layout.counted)) return fault('decode_unsupported', at, `module ${bit} has no known size`);
    const module = row ?? unknownModule(bit);
    const prefix = layout.counted ? module.countBytes : 0;
    const size = prefix !== 0 ? countAt(bytes, at, end, prefix) : sizeOfModule(module, bytes, at, end);
    if (size < 0) return truncated(at, `module ${bit}`);
    visit(module, at + prefix, at + size, prefix);
    at += size;
  }
  return at;
}

function countAt(bytes: Uint8Array, at: number, end: number, width: 1 | 2): number {
  if (at + width > end) return -1;
  const size = width === 1 ? (bytes[at] as number) : u16(bytes, at);
  return size >= width && at + size <= end ? size : -1;
}

function sizeOfModule({ size }: Module, bytes: Uint8Array, at: number, end: number): number {
  if (typeof size !== 'number') return size(bytes, at, end);
  return at + size <= end ? size : -1;
}

/** One way to read a frame. */
interface Reading {
  readonly layout: Layout;
  /** `null` where the reports follow the count at once. */
  readonly imei: string | null;
  /** Offset of the first report. */
  readonly from: number;
  /** Whether its reports lead exactly to the checksum. */
  readonly exact: boolean;
}

function isExact(layout: Layout, bytes: Uint8Array, from: number, end: number, count: number): boolean {
  let at = from;
  for (let index = 0; index < count; index++) {
    const next = eachModule(layout, bytes, at, end, false, PASS);
    if (typeof next !== 'number') return false;
    at = next;
  }
  return at === end;
}

function firstExact(layouts: readonly Layout[], bytes: Uint8Array, imei: string | null, end: number): Reading {
  const from = imei === null ? HEADER_BYTES : HEADER_BYTES + IMEI_BYTES;
  const count = bytes[HEADER_BYTES - 1] as number;
  const exact = layouts.find((layout) => isExact(layout, bytes, from, end, count));
  return { layout: exact ?? (layouts[0] as Layout), imei, from, exact: exact !== undefined };
}

/**
 * Finds how the frame `[start, end)` is to be read. A session with a login is in mode 6, any other in mode 4; the other mode is
 * taken where it fills the frame and the expected one does not. `null` where the frame must hold an IMEI and holds none.
 */
export function readingOf(bytes: Uint8Array, start: number, end: number, context: SessionContext): Reading | null {
  const layouts = layoutsOf(String.fromCharCode(bytes[start] as number), context.dialect);
  const view = bytes.subarray(start, end);
  const last = view.length - CRC_BYTES;
  const isLoggedIn = context.dialect !== null;
  const expected = isLoggedIn ? firstExact(layouts, view, null, last) : null;
  if (expected?.exact === true) return expected;
  const imei = HEADER_BYTES + IMEI_BYTES <= last ? readImei(view, HEADER_BYTES) : null;
  const named = imei === null ? null : firstExact(layouts, view, imei, last);
  if (named?.exact === true || isLoggedIn) return named?.exact === true ? named : expected;
  const bare = context.ident === null ? null : firstExact(layouts, view, null, last);
  if (bare?.exact === true) return bare;
  return named !== null && hasSaneTime(view, named, last) ? named : null;
}

function hasSaneTime(bytes: Uint8Array, { layout, from }: Reading, end: number): boolean {
  return from + layout.headBytes <= end && isSaneTime(fromDeviceSeconds(u32(bytes, from + layout.timeAt)));
}

/** Tells whether the frame `[from, end)` adds up in either mode, whatever its checksum says. */
export function fillsModularFrame(bytes: Uint8Array, from: number, end: number, context: SessionContext): boolean {
  return readingOf(bytes, from, end, context)?.exact ?? false;
}

/** What a modular frame says. */
export interface ModularFrame {
  imei: string | null;
  layout: Layout;
  messages: Message[];
  faults: Fault[];
}

/**
 * Decodes a frame of protocol X, Y or Z. `null` where it names no device though it must. Faults: `decode_unsupported` at a
 * module that nobody can size, and at bytes after the last report; `decode_truncated` where a report does not end inside the
 * frame. Reports are kept only where they are certain: those before a module without a size.
 */
export function decodeModular(frame: Uint8Array, context: SessionContext, trace: Trace | null): ModularFrame | null {
  const reading = readingOf(frame, 0, frame.length, context);
  const count = frame[HEADER_BYTES - 1] as number;
  trace?.field('count', HEADER_BYTES - 1, HEADER_BYTES, { raw: count, value: count, meaning: 'Reports in this frame' });
  if (reading === null) return null;
  const { layout, imei } = reading;
  if (trace !== null && imei !== null) nameImei(trace, HEADER_BYTES, imei);
  const decoded: ModularFrame = { imei, layout, messages: [], faults: [] };
  const end = frame.length - CRC_BYTES;
  const spans: Traced[] = [];
  let at = reading.from;
  for (let index = 0; index < count; index++) {
    const span = trace?.open(`report ${index + 1} of ${count}`, at, { section: sectionOf(layout.dialect.charAt(0)) });
    if (span !== undefined) spans.push(span);
    const next = decodeReport(layout, frame, at, end, !reading.exact, decoded, trace);
    if (typeof next !== 'number') {
      // Sizes that overrun the frame were wrong before, nobody knows where: nothing read with them is certain.
      if (next.code === 'decode_truncated') voidReports(decoded, spans, trace);
      decoded.faults.unshift({ ...next, detail: `report ${index + 1} of ${count}: ${next.detail}` });
      return decoded;
    }
    trace?.close(span, next);
    at = next;
  }
  if (at < end) {
    voidReports(decoded, spans, trace);
    decoded.faults.unshift(fault('decode_unsupported', at, `${end - at} bytes after the last of ${count} reports`));
  }
  return decoded;
}

function voidReports(decoded: ModularFrame, spans: readonly Traced[], trace: Trace | null): void {
  decoded.messages = [];
  for (const span of spans) trace?.remark(span, 'Not kept: the sizes of the modules do not add up to the frame');
}

function decodeReport(
  layout: Layout,
  bytes: Uint8Array,
  from: number,
  end: number,
  strict: boolean,
  decoded: ModularFrame,
  trace: Trace | null,
): number | Fault {
  const next = eachModule(layout, bytes, from, end, strict, PASS);
  if (typeof next !== 'number') {
    if (trace !== null) nameUnfinished(layout, bytes, from, end, strict, trace);
    return next;
  }
  const message = newReportMessage(bytes, from, next, from + layout.statusAt);
  trace?.follow(message);
  const statusEnd = from + layout.headBytes;
  const status = layout.statusBytes === 2 ? u16(bytes, statusEnd - 2) : u32(bytes, statusEnd - 4);
  const state: ReportState = {
    message,
    hasFix: (status & NO_FIX) === 0,
    faults: decoded.faults,
    satellites: null,
    geofence: null,
    supplyV: null,
    trace,
  };
  message.deviceTime = fromDeviceSeconds(u32(bytes, from + layout.timeAt));
  const reasons = trace === null ? undefined : nameHead(trace, layout, bytes, from);
  addSignal(message, 'device.sequence.value', bytes[from] as number);
  trace?.field('sequence', from, from + 1);
  addModularStatus(message, status);
  trace?.field('status', statusEnd - layout.statusBytes, statusEnd, { raw: status, part: ['fix.valid', 'stored'] });
  eachModule(layout, bytes, from, end, strict, (module, at, moduleEnd, countBytes) =>
    decodeModule(module, state, bytes, at, moduleEnd, countBytes),
  );
  if (message.fix !== null) message.fix.satellites = state.satellites;
  addModularReasons(layout, state, bytes, from);
  trace?.conclude(reasons);
  decoded.messages.push(message);
  return next;
}

/** What there is of a report that is not decoded because its modules do not end. */
function nameUnfinished(layout: Layout, bytes: Uint8Array, from: number, end: number, strict: boolean, trace: Trace): void {
  if (from + layout.headBytes > end) return;
  nameStopped(trace, layout, bytes, from);
  eachModule(layout, bytes, from, end, strict, ({ bit, name }, at, moduleEnd, countBytes) =>
    trace.field(`module ${bit} ${name}`, at - countBytes, moduleEnd, {
      meaning: 'Not taken: the report cannot be read to its end',
    }),
  );
}

function decodeModule(
  module: Module,
  state: ReportState,
  bytes: Uint8Array,
  from: number,
  end: number,
  countBytes: number,
): void {
  const { trace, faults } = state;
  const { bit, name } = module;
  const span = trace?.open(`module ${bit} ${name}`, from - countBytes);
  trace?.field('size', from - countBytes, from, { meaning: 'Bytes of the module, itself included' });
  if (end - from >= module.meaningful) module.decode(state, bytes, from, end);
  else faults.push(fault('decode_truncated', from, `module ${bit} (${name}) has ${end - from} bytes`));
  trace?.close(span, end);
}

function addModularReasons(layout: Layout, state: ReportState, bytes: Uint8Array, from: number): void {
  const at = from + layout.reasonsAt;
  const high = layout.reasonBytes === 8 ? u32(bytes, at) : 0;
  addReasons(state.message, u32(bytes, at + layout.reasonBytes - 4), high, state);
}
