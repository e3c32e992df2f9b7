/**
 * What stands in the body of a block. Big-endian.
 *
 * ```
 * facts:  0 u8 · transport u8 · present u8 · listener · peer · sessionId · [protocol] · [ident] · [dialect] · [company]   (texts)
 * bytes:  1 u8 · direction u8 · facts u32 · at u48 · length u32 · bytes
 * gap:    2 u8 · at u48 · lost u64
 * text:   length u32 · UTF-8
 * ```
 *
 * `facts` are numbered from 0 in the order in which they stand in their block; `bytes` names those that hold for it. Bits of
 * `present` say which of the bracketed texts are there.
 */
import type { EpochMs } from '#model/clocks';
import type { Transport } from '#model/frame-record';
import { type Cursor, cursorOver, readBytes, readU32, readU48, readU64, readU8, remaining } from '#wire/cursor';
import { plainBytes } from '#wire/plain-bytes';
import { type Writer, writeBytes, writeU32, writeU48, writeU64, writeU8 } from '#wire/writer';
import type { CaptureEntry } from '../entry.ts';

/** Entries that whoever captured could not keep: they belong here, and nothing else is known of them. */
export interface CaptureGap {
  at: EpochMs;
  lost: number;
}

export type CaptureItem = { kind: 'entry'; entry: CaptureEntry } | ({ kind: 'gap' } & CaptureGap);

const FACTS = 0;
const BYTES = 1;
const GAP = 2;
const HAS_PROTOCOL = 1;
const HAS_IDENT = 2;
const HAS_DIALECT = 4;
const HAS_COMPANY = 8;

// Numbers of the file format: they stay what they are whatever becomes of the list in the model.
const TRANSPORT_NUMBERS = { tcp: 0, tls: 1, udp: 2, mqtt: 3, http: 4, replay: 5, kafka: 6 } as const satisfies Record<
  Transport,
  number
>;
const TRANSPORTS_BY_NUMBER = Object.keys(TRANSPORT_NUMBERS) as Transport[];

type Facts = Omit<CaptureEntry, 'at' | 'direction' | 'bytes'>;

function keyOf({ transport, listener, peer, sessionId, protocol, ident, dialect, companyId }: Facts): string {
  return JSON.stringify([transport, listener, peer, sessionId, protocol, ident, dialect, companyId]);
}

/** Writes items of one block; what several entries share is written once. */
export class ItemWriter {
  readonly #writer: Writer;
  readonly #facts = new Map<string, number>();

  constructor(writer: Writer) {
    this.#writer = writer;
  }

  entry(entry: CaptureEntry): void {
    const facts = this.#factsOf(entry);
    const writer = this.#writer;
    writeU8(writer, BYTES);
    writeU8(writer, entry.direction === 'in' ? 0 : 1);
    writeU32(writer, facts);
    writeU48(writer, entry.at);
    writeU32(writer, entry.bytes.length);
    writeBytes(writer, entry.bytes);
  }

  gap({ at, lost }: CaptureGap): void {
    const writer = this.#writer;
    writeU8(writer, GAP);
    writeU48(writer, at);
    writeU64(writer, lost);
  }

  #factsOf(entry: CaptureEntry): number {
    const key = keyOf(entry);
    const before = this.#facts.get(key);
    if (before !== undefined) return before;
    const number = this.#facts.size;
    this.#facts.set(key, number);
    const { transport, listener, peer, sessionId, protocol, ident, dialect } = entry;
    const company = entry.companyId ?? null;
    const writer = this.#writer;
    writeU8(writer, FACTS);
    writeU8(writer, TRANSPORT_NUMBERS[transport]);
    const known = bitOf(protocol, HAS_PROTOCOL) | bitOf(ident, HAS_IDENT) | bitOf(dialect, HAS_DIALECT);
    writeU8(writer, known | bitOf(company, HAS_COMPANY));
    const texts = [listener, peer, sessionId, protocol, ident, dialect, company];
    for (const text of texts) if (text !== null) writeText(writer, text);
    return number;
  }
}

function bitOf(text: string | null, bit: number): number {
  return text === null ? 0 : bit;
}

function writeText(writer: Writer, text: string): void {
  const encoded = Buffer.from(text, 'utf8');
  writeU32(writer, encoded.length);
  writeBytes(writer, encoded);
}

function readText(cursor: Cursor): string {
  const { buffer, byteOffset, length } = readBytes(cursor, readU32(cursor));
  return Buffer.from(buffer, byteOffset, length).toString('utf8');
}

/** Reads the items of a body. Bytes of entries are views on it. Throws where the body makes no sense. */
export function readItems(body: Uint8Array): CaptureItem[] {
  const cursor = cursorOver(plainBytes(body));
  const known: Facts[] = [];
  const items: CaptureItem[] = [];
  while (remaining(cursor) > 0) {
    switch (readU8(cursor)) {
      case FACTS:
        known.push(readFacts(cursor));
        break;
      case BYTES:
        items.push({ kind: 'entry', entry: readEntry(cursor, known) });
        break;
      case GAP:
        items.push({ kind: 'gap', at: readU48(cursor), lost: readU64(cursor) });
        break;
      default:
        throw new RangeError('an item of a kind that is not known to this version');
    }
  }
  return items;
}

function readFacts(cursor: Cursor): Facts {
  const transport = TRANSPORTS_BY_NUMBER[readU8(cursor)];
  if (transport === undefined) throw new RangeError('the transport has no known number');
  const present = readU8(cursor);
  const listener = readText(cursor);
  const peer = readText(cursor);
  const sessionId = readText(cursor);
  const protocol = present & HAS_PROTOCOL ? readText(cursor) : null;
  const ident = present & HAS_IDENT ? readText(cursor) : null;
  const dialect = present & HAS_DIALECT ? readText(cursor) : null;
  const company = present & HAS_COMPANY ? { companyId: readText(cursor) } : {};
  return { transport, listener, peer, sessionId, protocol, ident, dialect, ...company };
}

function readEntry(cursor: Cursor, known: readonly Facts[]): CaptureEntry {
  const direction = readU8(cursor) === 0 ? 'in' : 'out';
  const facts = known[readU32(cursor)];
  if (facts === undefined) throw new RangeError('an entry names facts that are not there');
  const at = readU48(cursor);
  const bytes = readBytes(cursor, readU32(cursor));
  return { at, direction, ...facts, bytes };
}
