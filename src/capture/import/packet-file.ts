import type { EpochMs } from '#model/clocks';

/** A packet as a capture file holds it. */
export interface RawPacket {
  /** Counts from 1 in the file, as Wireshark shows it. */
  number: number;
  at: EpochMs;
  /** LINKTYPE_ value. */
  linkType: number;
  /** What was captured; a view that holds until the next packet. */
  bytes: Uint8Array;
  /** How long the packet was on the wire. */
  length: number;
}

/** Cuts a capture file into packets as its bytes come. */
export interface PacketFile {
  push(chunk: Uint8Array, take: (packet: RawPacket) => void): void;
  /** What is wrong with the file's structure, once it is: nothing after it can be read. */
  readonly broken: string | null;
  /** Bytes of an unfinished packet at the end. */
  readonly unfinished: number;
}

/** Longest packet that is believed; libpcap's own limit for nearly all links is 256 KiB. */
export const MOST_PACKET_BYTES = 1024 * 1024;

/** Keeps the bytes between two chunks that do not make a whole piece yet. */
export class Rest {
  #bytes = new Uint8Array(0);

  /** The rest and what has come, as one. */
  with(chunk: Uint8Array): Uint8Array {
    if (this.#bytes.length === 0) return chunk;
    const joined = new Uint8Array(this.#bytes.length + chunk.length);
    joined.set(this.#bytes);
    joined.set(chunk, this.#bytes.length);
    return joined;
  }

  /** Keeps a copy of what is left over. */
  keep(bytes: Uint8Array): void {
    this.#bytes = bytes.slice();
  }

  get length(): number {
    return this.#bytes.length;
  }
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
