import type { EpochMs } from '#model/clocks';
import type { IpPacket } from './ip.ts';
import type { TransferReport } from './report.ts';

/** Datagrams in pieces at a time, and how long a piece waits for the others. */
const MOST_DATAGRAMS = 256;
const WAIT_MS = 30_000;
const MOST_PIECES = 64;
const MOST_DATAGRAM_BYTES = 65_535;

interface Piece {
  offset: number;
  bytes: Uint8Array;
}

interface Pending {
  since: EpochMs;
  packetNumber: number;
  pieces: Piece[];
  /** Length of the whole, once the last piece has come. */
  total: number | null;
}

/** Puts datagrams together that IP has sent in pieces. */
export class Fragments {
  readonly #report: TransferReport;
  readonly #pending = new Map<string, Pending>();

  constructor(report: TransferReport) {
    this.#report = report;
  }

  /** Takes a piece; gives the whole packet when this was the last that missed. */
  add(packet: IpPacket, at: EpochMs, packetNumber: number): IpPacket | null {
    const { fragment, payload, length } = packet;
    if (fragment === null) return packet;
    this.#forgetOld(at);
    if (payload.length < length || fragment.offset + length > MOST_DATAGRAM_BYTES) {
      this.#report.skip('fragment', `packet ${packetNumber}`, `${payload.length} bytes of ${length} at ${fragment.offset}`);
      return null;
    }
    const key = `${packet.source} ${packet.destination} ${packet.protocol} ${fragment.id}`;
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = { since: at, packetNumber, pieces: [], total: null };
      this.#pending.set(key, pending);
      if (this.#pending.size > MOST_DATAGRAMS) this.#forgetOldest();
    }
    if (!fragment.more) pending.total = fragment.offset + length;
    if (pending.pieces.length < MOST_PIECES) pending.pieces.push({ offset: fragment.offset, bytes: payload.slice() });
    const whole = join(pending);
    if (whole === null) return null;
    this.#pending.delete(key);
    return { ...packet, payload: whole, length: whole.length, fragment: null };
  }

  /** The file has ended: reports what never became whole. */
  end(): void {
    while (this.#pending.size > 0) this.#forgetOldest();
  }

  #forgetOld(at: EpochMs): void {
    for (const { since } of this.#pending.values()) {
      if (Math.abs(at - since) < WAIT_MS) return;
      this.#forgetOldest();
    }
  }

  #forgetOldest(): void {
    for (const [key, { packetNumber, pieces }] of this.#pending) {
      this.#pending.delete(key);
      this.#report.skip('fragment', `packet ${packetNumber}`, `${pieces.length} pieces of a datagram`);
      return;
    }
  }
}

/** The whole datagram; `null` while there is a hole. Where pieces overlap, the one that begins first counts. */
function join({ pieces, total }: Pending): Uint8Array | null {
  if (total === null) return null;
  const whole = new Uint8Array(total);
  let end = 0;
  for (const { offset, bytes } of pieces.toSorted((a, b) => a.offset - b.offset)) {
    if (offset > end) return null;
    const fresh = bytes.subarray(end - offset, total - offset);
    if (fresh.length === 0) continue;
    whole.set(fresh, end);
    end += fresh.length;
  }
  return end === total ? whole : null;
}
