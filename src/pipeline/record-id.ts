import { murmur3Ascii, murmur3Twice, type TwoHashes } from '#wire/hash';

/** Seeds of the two halves: any two different ones do; changing them changes the id of every record. */
const SEED_HI = 0x0d06_0001;
const SEED_LO = 0x5bd1_e995;

/**
 * Gives the record ids of one ident's messages: a hash of protocol, ident and the bytes that make the message itself. The same
 * message, sent again over any connection or transport, has the same id, and lands once.
 */
export interface RecordIdMaker {
  /** The two 32-bit halves, of the bytes in `[from, end)`. The object is the maker's, and holds until it makes the next. */
  of(bytes: Uint8Array, from?: number, end?: number): RecordId;
}

export interface RecordId {
  readonly hi: number;
  readonly lo: number;
}

/** Idents whose id makers are kept in memory. */
const IDENTS_KEPT = 100_000;

/** The record id makers of many idents, each made once. */
export class RecordIds {
  /** By who speaks, and ident: no text is put together for a frame to find its maker. */
  readonly #speakers = new Map<string, Map<string, RecordIdMaker>>();
  #size = 0;

  /** Two companies may be told the same of one vehicle: each has its own record of it. */
  of(protocol: string, ident: string, companyId = ''): RecordIdMaker {
    const speaker = companyId === '' ? protocol : `${companyId}/${protocol}`;
    const makers = this.#speakers.get(speaker);
    const known = makers?.get(ident);
    if (known !== undefined) return known;
    if (this.#size >= IDENTS_KEPT) {
      this.#speakers.clear();
      this.#size = 0;
    }
    const ids = recordIds(speaker, ident);
    const ofSpeaker = this.#speakers.get(speaker) ?? new Map<string, RecordIdMaker>();
    this.#speakers.set(speaker, ofSpeaker.set(ident, ids));
    this.#size++;
    return ids;
  }
}

class IdentRecordIds implements RecordIdMaker {
  readonly #seedHi: number;
  readonly #seedLo: number;
  readonly #hashes: TwoHashes = { first: 0, second: 0 };
  readonly #id = { hi: 0, lo: 0 };

  constructor(name: string) {
    this.#seedHi = murmur3Ascii(name, SEED_HI);
    this.#seedLo = murmur3Ascii(name, SEED_LO);
  }

  of(bytes: Uint8Array, from = 0, end = bytes.length): RecordId {
    murmur3Twice(bytes, this.#seedHi, this.#seedLo, this.#hashes, from, end);
    this.#id.hi = this.#hashes.first >>> 0;
    this.#id.lo = this.#hashes.second >>> 0;
    return this.#id;
  }
}

/** Makes the record ids of one ident. */
export function recordIds(protocol: string, ident: string): RecordIdMaker {
  return new IdentRecordIds(`${protocol}/${ident}`);
}
