import { murmur3, murmur3Ascii } from '#wire/hash';

/** Seeds of the two halves: any two different ones do; changing them changes the id of every record. */
const SEED_HI = 0x0d06_0001;
const SEED_LO = 0x5bd1_e995;

/** Gives the two 32-bit halves of the record ids of one ident's messages. */
export interface RecordIdMaker {
  hi(identity: Uint8Array): number;
  lo(identity: Uint8Array): number;
}

/** Idents whose id makers are kept in memory. */
const IDENTS_KEPT = 100_000;

/** The record id makers of many idents, each made once. */
export class RecordIds {
  readonly #makers = new Map<string, RecordIdMaker>();

  /** Two companies may be told the same of one vehicle: each has its own record of it. */
  of(protocol: string, ident: string, companyId = ''): RecordIdMaker {
    const key = `${companyId}/${protocol}/${ident}`;
    let ids = this.#makers.get(key);
    if (ids === undefined) {
      if (this.#makers.size >= IDENTS_KEPT) this.#makers.clear();
      ids = companyId === '' ? recordIds(protocol, ident) : recordIds(`${companyId}/${protocol}`, ident);
      this.#makers.set(key, ids);
    }
    return ids;
  }
}

/**
 * Makes record ids for the messages of one ident: a hash of protocol, ident and the bytes that make the message itself. The
 * same message, sent again over any connection or transport, has the same id, and lands once.
 */
export function recordIds(protocol: string, ident: string): RecordIdMaker {
  const name = `${protocol}/${ident}`;
  const seedHi = murmur3Ascii(name, SEED_HI);
  const seedLo = murmur3Ascii(name, SEED_LO);
  return {
    hi: (identity) => murmur3(identity, seedHi),
    lo: (identity) => murmur3(identity, seedLo),
  };
}
