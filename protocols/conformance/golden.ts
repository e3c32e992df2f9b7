/**
 * Goldens: the bytes of one frame in `<case>.hex`, or `<case>.body` where they are text, and in `<case>.json` all that a codec must make of them.
 *
 * The JSON file begins with what its author says (`provenance`, `device`, `transport`, `context`) and goes on with the
 * statement that `npm run golden -- --accept` writes and a reviewer reads.
 */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { TRANSPORTS, type Transport } from '#model/frame-record';
import type { Codec, SessionContext } from '#protocols/codec';
import { fromHex } from '#wire/hex';
import { driveChunks, guarded, leftOver } from './drive.ts';
import { printJson } from './print-json.ts';
import { stateDecoded, stateRefused, type Statement } from './statement.ts';

export const PROVENANCES = ['capture', 'spec', 'peer', 'synthetic'] as const;

/** What the author of a golden says about it. */
export interface GoldenHead {
  /** `capture`: a device sent it; `spec`: the vendor's document shows it; `peer`: another project has it; `synthetic`: made by us. */
  provenance: { kind: (typeof PROVENANCES)[number]; ref: string };
  /** Model and firmware where known. */
  device?: string;
  /** `tcp` where it is left out. */
  transport?: Transport;
  /** What the session knew before this frame; nothing where it is left out. */
  context?: { ident: string | null; dialect: string | null };
}

export interface Golden {
  /** File name without its ending. */
  name: string;
  bytes: Uint8Array;
  context: SessionContext;
  head: GoldenHead;
  expected: Statement;
}

const HEAD_KEYS = ['provenance', 'device', 'transport', 'context'] as const;
const STATEMENT_KEYS = ['kind', 'ident', 'dialect', 'messages', 'faults', 'reply', 'refusal'] as const;

/** The folder of goldens as a path. */
function folderPath(folder: URL | string): string {
  return folder instanceof URL ? fileURLToPath(folder) : folder;
}

/** Endings of the files that hold bytes: as hex digits, or as the text they are. */
const HEX = '.hex';
const BODY = '.body';

/** Names of the cases of a folder that have bytes, in order. */
function caseNames(folder: URL | string): string[] {
  const path = folderPath(folder);
  if (!existsSync(path)) return [];
  const names = readdirSync(path).flatMap((name) =>
    [HEX, BODY].filter((ending) => name.endsWith(ending)).map((ending) => name.slice(0, -ending.length)),
  );
  return names.sort();
}

/** Reads the bytes of a case: hex digits, or a body as it is, less the line end an editor leaves behind it. */
export function readBytes(folder: URL | string, name: string): Uint8Array {
  const body = join(folderPath(folder), `${name}${BODY}`);
  if (existsSync(body)) return new Uint8Array(Buffer.from(readFileSync(body, 'latin1').replace(/\n$/, ''), 'latin1'));
  const bytes = fromHex(readFileSync(join(folderPath(folder), `${name}.hex`), 'utf8'));
  if (bytes === null || bytes.length === 0) throw new Error(`${name}.hex is not hex, or empty`);
  return bytes;
}

/** Reads all goldens of a folder. One without JSON, JSON without bytes and an unknown key are errors. */
export function loadGoldens(folder: URL | string): Golden[] {
  const path = folderPath(folder);
  const names = caseNames(path);
  const jsonNames = existsSync(path) ? readdirSync(path).filter((name) => name.endsWith('.json')) : [];
  for (const file of jsonNames) {
    if (!names.includes(file.slice(0, -'.json'.length))) throw new Error(`${file} has no .hex or .body beside it`);
  }
  return names.map((name) => loadGolden(path, name));
}

function loadGolden(path: string, name: string): Golden {
  const file = join(path, `${name}.json`);
  if (!existsSync(file)) throw new Error(`${name}.hex has no .json beside it: npm run golden -- --accept <codec>/${name}`);
  const tree = JSON.parse(readFileSync(file, 'utf8')) as GoldenHead & Statement;
  const known = new Set<string>([...HEAD_KEYS, ...STATEMENT_KEYS, 'pushed']);
  for (const key of Object.keys(tree)) if (!known.has(key)) throw new Error(`${name}.json has an unknown key ${key}`);
  for (const key of STATEMENT_KEYS) if (!(key in tree)) throw new Error(`${name}.json lacks ${key}`);
  const { kind, ident, dialect, messages, faults, reply, refusal, pushed, ...head } = tree;
  checkHead(name, head);
  return {
    name,
    bytes: readBytes(path, name),
    context: contextOf(head),
    head,
    expected: { kind, ident, dialect, messages, faults, reply, refusal, ...(pushed === undefined ? {} : { pushed }) },
  };
}

function checkHead(name: string, head: GoldenHead): void {
  const { provenance, transport = 'tcp' } = head;
  if (!PROVENANCES.includes(provenance?.kind) || typeof provenance.ref !== 'string' || provenance.ref === '') {
    throw new Error(`${name}.json needs a provenance: { kind: ${PROVENANCES.join(' | ')}, ref }`);
  }
  if (!TRANSPORTS.includes(transport)) throw new Error(`${name}.json names an unknown transport ${transport}`);
}

/** The session in which a golden's frame arrives. */
export function contextOf(head: GoldenHead): SessionContext {
  const { ident = null, dialect = null } = head.context ?? {};
  return { ident, dialect, transport: head.transport ?? 'tcp' };
}

/** True where frames are found in a stream; a datagram is a frame as it is. */
export function isStream(transport: Transport): boolean {
  return transport === 'tcp' || transport === 'tls' || transport === 'replay';
}

/** What the codec makes of the bytes: of exactly one frame, or of refused ranges. */
export function stateBytes(codec: Codec, bytes: Uint8Array, context: SessionContext): Statement {
  if (!isStream(context.transport)) {
    const frame = guarded(bytes);
    return stateDecoded(codec.decode(frame, context), frame);
  }
  const drive = driveChunks(codec, [bytes], context);
  const [frame, ...more] = drive.frames;
  // What is left over after a refused range may begin the next frame: it shows in the JSON as bytes after the last range.
  if (frame === undefined && drive.refused.length > 0) return stateRefused(drive);
  if (frame === undefined || more.length > 0 || drive.refused.length > 0 || drive.idleBytes > 0 || leftOver(drive) > 0) {
    const found = `${drive.frames.length} frames, ${drive.refused.length} refused ranges, ${drive.idleBytes} idle bytes`;
    throw new Error(`a golden is one frame, or refused; this one has ${found}, ${leftOver(drive)} bytes left over`);
  }
  return stateDecoded(frame.decoded, frame.bytes);
}

/** The text of a golden's JSON file. */
export function printGolden(head: GoldenHead, statement: Statement): string {
  const { provenance, device, transport, context } = head;
  const ordered = {
    provenance,
    ...(device === undefined ? {} : { device }),
    ...(transport === undefined ? {} : { transport }),
    ...(context === undefined ? {} : { context }),
    ...statement,
  };
  return `${printJson(ordered)}\n`;
}
