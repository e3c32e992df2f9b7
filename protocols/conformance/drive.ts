/**
 * Runs a codec over chunks as a session does, but without sockets, clocks or a spool.
 *
 * The drive keeps what a session keeps (bytes left over, ident, dialect) and holds the codec to its contract at every call:
 * progress, ranges inside what was given, no demand above `maxFrameBytes`. Bytes around the range given to the codec are
 * filler, so that a codec which looks outside of its range betrays itself. A breach of the contract is thrown as an `Error`;
 * faults of the bytes are kept as values.
 */
import { ERROR_CODES } from '#errors/codes';
import type { Fault } from '#errors/fault';
import type { Codec, Decoded, SessionContext, Split } from '#protocols/codec';
import { holdToDecode } from './acknowledgement.ts';

export interface DrivenFrame {
  /** Offset in the stream. */
  at: number;
  bytes: Uint8Array;
  /** What the session knew when the frame was decoded. */
  context: SessionContext;
  decoded: Decoded;
}

export interface RefusedRange {
  /** Offset in the stream. */
  at: number;
  bytes: Uint8Array;
  fault: Fault;
  /** What `replyToRefused` answers. */
  reply: Uint8Array | null;
}

/** One imitated session: state and all that came out of it so far. */
export interface Drive {
  readonly codec: Codec;
  context: SessionContext;
  readonly frames: DrivenFrame[];
  readonly refused: RefusedRange[];
  /** Bytes passed over without being counted. */
  idleBytes: number;
  /** The fault that ended the session; what comes afterwards is not looked at. */
  closedBy: Fault | null;
  splitCalls: number;
  /** Memory with filler around the bytes that are not consumed, `[from, to)`. */
  memory: Uint8Array;
  from: number;
  to: number;
  /** Offset in the stream of the byte at `from`. */
  streamAt: number;
  /** Bytes that must be there before the codec is asked again. */
  needed: number;
}

/** Value of the bytes outside of a codec's range. It is no start mark of a known protocol. */
const FILLER = 0xa5;
const GUARD = 5;

/** Begins a session. */
export function openDrive(codec: Codec, context: SessionContext): Drive {
  return {
    codec,
    context,
    frames: [],
    refused: [],
    idleBytes: 0,
    closedBy: null,
    splitCalls: 0,
    memory: new Uint8Array(0),
    from: 0,
    to: 0,
    streamAt: 0,
    needed: 0,
  };
}

/** Bytes that are in no frame and no refused range yet. */
export function leftOver(drive: Drive): number {
  return drive.to - drive.from;
}

/** Gives a chunk to the session. */
export function feed(drive: Drive, chunk: Uint8Array): void {
  add(drive, chunk);
  while (drive.closedBy === null && leftOver(drive) > 0 && leftOver(drive) >= drive.needed) {
    if (!step(drive)) return;
  }
}

/** Runs a whole stream through a new session. */
export function driveChunks(codec: Codec, chunks: Iterable<Uint8Array>, context: SessionContext): Drive {
  const drive = openDrive(codec, context);
  for (const chunk of chunks) feed(drive, chunk);
  return drive;
}

/** Copies `bytes` into the middle of larger memory, so that a view and its buffer do not coincide. */
export function guarded(bytes: Uint8Array): Uint8Array {
  const memory = new Uint8Array(bytes.length + 2 * GUARD).fill(FILLER);
  memory.set(bytes, GUARD);
  return memory.subarray(GUARD, GUARD + bytes.length);
}

function add(drive: Drive, chunk: Uint8Array): void {
  const left = leftOver(drive);
  if (drive.to + chunk.length + GUARD > drive.memory.length) {
    const grown = new Uint8Array(2 * (left + chunk.length) + 2 * GUARD).fill(FILLER);
    grown.set(drive.memory.subarray(drive.from, drive.to), GUARD);
    drive.memory = grown;
    drive.from = GUARD;
    drive.to = GUARD + left;
  }
  drive.memory.set(chunk, drive.to);
  drive.to += chunk.length;
}

/** Asks the codec once. False when it wants more bytes. */
function step(drive: Drive): boolean {
  const { codec, memory, from, to } = drive;
  drive.splitCalls++;
  const split = codec.split(memory, from, to, drive.context);
  holdToContract(drive, split);
  if (split.kind === 'need-more') {
    drive.needed = split.atLeast;
    return false;
  }
  const at = drive.streamAt;
  const bytes = guarded(memory.subarray(from, split.end));
  drive.needed = 0;
  drive.streamAt += split.end - from;
  drive.from = split.end;
  if (split.kind === 'idle') drive.idleBytes += bytes.length;
  else if (split.kind === 'frame') takeFrame(drive, at, bytes);
  else drive.refused.push({ at, bytes, fault: split.fault, reply: codec.replyToRefused(bytes, drive.context) });
  return true;
}

function takeFrame(drive: Drive, at: number, bytes: Uint8Array): void {
  const { context } = drive;
  const decoded = drive.codec.decode(bytes, context);
  holdToDecode(drive.codec, bytes, context, decoded);
  drive.frames.push({ at, bytes, context, decoded });
  drive.closedBy = decoded.faults.find((fault) => ERROR_CODES[fault.code].scope === 'session') ?? null;
  if (drive.closedBy !== null) return;
  drive.context = { ...context, ident: decoded.ident ?? context.ident, dialect: decoded.dialect ?? context.dialect };
}

function holdToContract(drive: Drive, split: Split): void {
  const { codec, from, to } = drive;
  const given = to - from;
  const breach = (what: string): never => {
    throw new Error(`${codec.name}.split at stream offset ${drive.streamAt}, given ${given} bytes: ${what}`);
  };
  if (split.kind === 'need-more') {
    if (!(split.atLeast > given)) breach(`wants ${split.atLeast} bytes, which are there`);
    if (split.atLeast > codec.maxFrameBytes) breach(`wants ${split.atLeast} bytes, above maxFrameBytes ${codec.maxFrameBytes}`);
    return;
  }
  if (!(split.end > from)) breach(`${split.kind} without progress`);
  if (split.end > to) breach(`${split.kind} ends ${split.end - to} bytes after what was given`);
  if (split.kind === 'frame' && split.end - from > codec.maxFrameBytes)
    breach(`frame of ${split.end - from} bytes, above maxFrameBytes`);
}
