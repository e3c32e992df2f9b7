/**
 * The file format of libpcap (draft-ietf-opsawg-pcap), version 2.4: a header of 24 bytes, then packets with a header of 16 each, in
 * the byte order of the machine that wrote it.
 *
 *     magic u32 · major u16 · minor u16 · reserved u32 · reserved u32 · snaplen u32 · link type u32 (its low 16 bits)
 *     seconds u32 · fraction u32 · captured u32 · length u32 · bytes
 *
 * The magic tells the byte order, and whether the fraction counts micro- or nanoseconds.
 */
import { MOST_PACKET_BYTES, Rest, viewOf, type PacketFile, type RawPacket } from './packet-file.ts';

export const PCAP_MAGIC = 0xa1b2_c3d4;
const NANOSECOND_MAGIC = 0xa1b2_3c4d;
export const PCAP_HEAD_BYTES = 24;
export const PCAP_PACKET_HEAD_BYTES = 16;

interface Format {
  little: boolean;
  unitsPerMs: number;
  linkType: number;
}

/** Tells whether a file begins like one of libpcap. */
export function looksLikePcap(start: Uint8Array): boolean {
  return start.length >= 4 && formatOf(viewOf(start), 0) !== null;
}

function formatOf(view: DataView, linkType: number): Format | null {
  for (const little of [false, true]) {
    const magic = view.getUint32(0, little);
    if (magic === PCAP_MAGIC) return { little, unitsPerMs: 1_000, linkType };
    if (magic === NANOSECOND_MAGIC) return { little, unitsPerMs: 1_000_000, linkType };
  }
  return null;
}

export class PcapFile implements PacketFile {
  broken: string | null = null;
  readonly #rest = new Rest();
  #format: Format | null = null;
  #number = 0;

  get unfinished(): number {
    return this.#rest.length;
  }

  push(chunk: Uint8Array, take: (packet: RawPacket) => void): void {
    if (this.broken !== null) return;
    const bytes = this.#rest.with(chunk);
    const view = viewOf(bytes);
    let at = 0;
    if (this.#format === null) {
      if (bytes.length < PCAP_HEAD_BYTES) {
        this.#rest.keep(bytes);
        return;
      }
      this.#format = formatOf(view, 0);
      if (this.#format === null) {
        this.broken = 'it does not begin as a pcap file does';
        return;
      }
      // The upper bits say how long the frame check sequence is, which no reader needs.
      this.#format.linkType = view.getUint32(20, this.#format.little) & 0xffff;
      at = PCAP_HEAD_BYTES;
    }
    at = this.#packets(bytes, view, at, this.#format, take);
    this.#rest.keep(bytes.subarray(at));
  }

  #packets(bytes: Uint8Array, view: DataView, from: number, format: Format, take: (packet: RawPacket) => void): number {
    const { little, unitsPerMs, linkType } = format;
    let at = from;
    while (bytes.length - at >= PCAP_PACKET_HEAD_BYTES) {
      const captured = view.getUint32(at + 8, little);
      if (captured > MOST_PACKET_BYTES) {
        this.broken = `packet ${this.#number + 1} claims ${captured} bytes`;
        return bytes.length;
      }
      const body = at + PCAP_PACKET_HEAD_BYTES;
      if (bytes.length - body < captured) break;
      take({
        number: ++this.#number,
        at: view.getUint32(at, little) * 1_000 + Math.floor(view.getUint32(at + 4, little) / unitsPerMs),
        linkType,
        bytes: bytes.subarray(body, body + captured),
        length: Math.max(captured, view.getUint32(at + 12, little)),
      });
      at = body + captured;
    }
    return at;
  }
}
