/**
 * The pcapng file format (draft-ietf-opsawg-pcapng): blocks, each with its type and its length before and after its content, in
 * the byte order that the section's header says. A file may hold several sections, a section several interfaces, each
 * with its own link type and unit of time.
 *
 *     type u32 · length u32 · content, padded to four bytes · length u32
 */
import type { EpochMs } from '#model/clocks';
import { MOST_PACKET_BYTES, Rest, viewOf, type PacketFile, type RawPacket } from './packet-file.ts';

export const SECTION_HEADER = 0x0a0d_0d0a;
export const BYTE_ORDER_MAGIC = 0x1a2b_3c4d;
export const INTERFACE = 1;
const OLD_PACKET = 2;
const SIMPLE_PACKET = 3;
export const ENHANCED_PACKET = 6;
const TIME_RESOLUTION = 9;
const TIME_OFFSET = 14;
const END_OF_OPTIONS = 0;

/** Longest block that is believed; what is no packet is passed over by its length, whatever it is. */
const MOST_BLOCK_BYTES = MOST_PACKET_BYTES + 64 * 1024;
const AROUND_BYTES = 12;
/** Interfaces of a section; a hostile file may describe any number. */
const MOST_INTERFACES = 4096;

interface Interface {
  linkType: number;
  snapLength: number;
  /** Units of a timestamp in a second. */
  unitsPerSecond: number;
  offsetMs: number;
}

/** Tells whether a file begins like pcapng. */
export function looksLikePcapng(start: Uint8Array): boolean {
  return start.length >= 12 && viewOf(start).getUint32(0) === SECTION_HEADER && isLittle(viewOf(start), 8) !== null;
}

function isLittle(view: DataView, at: number): boolean | null {
  if (view.getUint32(at) === BYTE_ORDER_MAGIC) return false;
  return view.getUint32(at, true) === BYTE_ORDER_MAGIC ? true : null;
}

export class PcapngFile implements PacketFile {
  broken: string | null = null;
  readonly #rest = new Rest();
  #little = false;
  #isInSection = false;
  #interfaces: Interface[] = [];
  #number = 0;
  /** Bytes of a block that is passed over. */
  #passing = 0;
  /** Time of the last packet, for those that have none. */
  #last: EpochMs;

  /** Packets without a time, before any that has one, are given `at`. */
  constructor(at: EpochMs) {
    this.#last = at;
  }

  get unfinished(): number {
    return this.#rest.length + this.#passing;
  }

  push(chunk: Uint8Array, take: (packet: RawPacket) => void): void {
    if (this.broken !== null) return;
    const passed = Math.min(this.#passing, chunk.length);
    this.#passing -= passed;
    const bytes = this.#rest.with(chunk.subarray(passed));
    const view = viewOf(bytes);
    let at = 0;
    while (bytes.length - at >= AROUND_BYTES && this.broken === null && this.#passing === 0) {
      const length = this.#lengthAt(view, at);
      if (length === null) return;
      if (length > MOST_BLOCK_BYTES) {
        this.#passing = Math.max(0, at + length - bytes.length);
        at = Math.min(bytes.length, at + length);
        continue;
      }
      if (bytes.length - at < length) break;
      this.#block(bytes.subarray(at, at + length), take);
      at += length;
    }
    this.#rest.keep(bytes.subarray(at));
  }

  /** Reads the length of the block at `at`, and the byte order where a section begins. */
  #lengthAt(view: DataView, at: number): number | null {
    if (view.getUint32(at) === SECTION_HEADER) {
      const little = isLittle(view, at + 8);
      if (little === null) return this.#break('a section without a byte order');
      this.#little = little;
      this.#interfaces = [];
      this.#isInSection = true;
    }
    if (!this.#isInSection) return this.#break('it does not begin as a pcapng file does');
    const type = view.getUint32(at, this.#little);
    const length = view.getUint32(at + 4, this.#little);
    if (length < AROUND_BYTES || length % 4 !== 0) return this.#break(`a block that claims ${length} bytes`);
    if (length > MOST_BLOCK_BYTES && [SECTION_HEADER, INTERFACE, OLD_PACKET, SIMPLE_PACKET, ENHANCED_PACKET].includes(type)) {
      return this.#break(`a block of type ${type} that claims ${length} bytes`);
    }
    return length;
  }

  #break(what: string): null {
    this.broken = `${what}, after packet ${this.#number}`;
    return null;
  }

  #block(block: Uint8Array, take: (packet: RawPacket) => void): void {
    const view = viewOf(block);
    const type = view.getUint32(0, this.#little);
    const content = block.subarray(8, block.length - 4);
    if (type === INTERFACE) this.#addInterface(content);
    else if (type === ENHANCED_PACKET) this.#packet(content, take, true);
    else if (type === OLD_PACKET) this.#packet(content, take, false);
    else if (type === SIMPLE_PACKET) this.#simplePacket(content, take);
  }

  #addInterface(content: Uint8Array): void {
    if (content.length < 8 || this.#interfaces.length >= MOST_INTERFACES) {
      this.#break('an interface that cannot be read');
      return;
    }
    const view = viewOf(content);
    const found: Interface = {
      linkType: view.getUint16(0, this.#little),
      snapLength: view.getUint32(4, this.#little),
      unitsPerSecond: 1_000_000,
      offsetMs: 0,
    };
    let at = 8;
    while (content.length - at >= 4) {
      const code = view.getUint16(at, this.#little);
      const length = view.getUint16(at + 2, this.#little);
      const value = at + 4;
      if (code === END_OF_OPTIONS || content.length - value < length) break;
      if (code === TIME_RESOLUTION && length >= 1) found.unitsPerSecond = unitsOf(view.getUint8(value));
      if (code === TIME_OFFSET && length >= 8) found.offsetMs = Number(view.getBigInt64(value, this.#little)) * 1_000;
      at = value + padded(length);
    }
    this.#interfaces.push(found);
  }

  /** interface u32 (older: u16, drops u16) · time u32, u32 · captured u32 · length u32 · bytes */
  #packet(content: Uint8Array, take: (packet: RawPacket) => void, wide: boolean): void {
    this.#number++;
    const view = viewOf(content);
    const from =
      content.length < 20 ? null : this.#interfaces[wide ? view.getUint32(0, this.#little) : view.getUint16(0, this.#little)];
    const captured = content.length < 20 ? 0 : view.getUint32(12, this.#little);
    if (from === null || from === undefined || captured > content.length - 20) {
      this.#break('a packet of no interface, or longer than its block');
      return;
    }
    const ms = toMs(view.getUint32(4, this.#little), view.getUint32(8, this.#little), from.unitsPerSecond) + from.offsetMs;
    this.#last = Math.max(-LAST_MS, Math.min(ms, LAST_MS));
    const bytes = content.subarray(20, 20 + captured);
    this.#give(take, from.linkType, bytes, view.getUint32(16, this.#little));
  }

  /** length u32 · bytes: of the first interface, without a time. */
  #simplePacket(content: Uint8Array, take: (packet: RawPacket) => void): void {
    this.#number++;
    const [from] = this.#interfaces;
    if (from === undefined || content.length < 4) {
      this.#break('a packet of no interface');
      return;
    }
    const length = viewOf(content).getUint32(0, this.#little);
    const limit = from.snapLength === 0 ? length : Math.min(length, from.snapLength);
    this.#give(take, from.linkType, content.subarray(4, 4 + limit), length);
  }

  #give(take: (packet: RawPacket) => void, linkType: number, bytes: Uint8Array, length: number): void {
    take({ number: this.#number, at: this.#last, linkType, bytes, length: Math.max(bytes.length, length) });
  }
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

/** `if_tsresol`: a negative power of ten, or of two where the highest bit is set. */
function unitsOf(resolution: number): number {
  return (resolution & 0x80) === 0 ? 10 ** resolution : 2 ** (resolution & 0x7f);
}

/** Latest time a JavaScript date can have. */
const LAST_MS = 8_640_000_000_000_000;

function toMs(high: number, low: number, unitsPerSecond: number): EpochMs {
  const units = (BigInt(high) << 32n) | BigInt(low);
  // Of a unit finer than 2^-63 s, 64 bits count no whole second.
  return unitsPerSecond > 2 ** 63 ? 0 : Number((units * 1_000n) / BigInt(unitsPerSecond));
}
