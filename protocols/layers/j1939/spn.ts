/**
 * Reads one suspect parameter (SPN) of SAE J1939-71 out of the data of its parameter group.
 *
 * Bytes are numbered from 1 and several of them are least significant first; bits of a byte are numbered from 1, the least
 * significant. The top of every range is set aside (J1939-71, section 5.1.4): `FF..` says that the quantity is not available,
 * `FE..` that its sensor is broken, `FB..` to `FD..` are indicators and reserved values; of two bits `11` and `10` say the
 * first two. None of these is a value.
 */

/** Where a parameter stands in its group and what its raw number means: value = raw * mul / div + offset. */
export interface Spn {
  readonly spn: number;
  /** First byte, from 1. */
  readonly byte: number;
  /** Lowest bit in that byte, from 1. */
  readonly bit: number;
  /** Width; more than 8 are whole bytes, least significant first. */
  readonly bits: 2 | 3 | 5 | 8 | 16 | 32;
  readonly mul: number;
  readonly div: number;
  readonly offset: number;
  /** Key of the signal catalogue, in whose unit the value comes out. */
  readonly key: string;
}

/** The value in the catalogue's unit, or why there is none: `short` when the group ends before the parameter. */
export type SpnReading = number | 'not-available' | 'error' | 'reserved' | 'short';

/** Reads the raw number, or gives `undefined` where the data ends before it. */
export function rawOf(spn: Spn, data: Uint8Array): number | undefined {
  const first = spn.byte - 1;
  const bytes = spn.bits <= 8 ? 1 : spn.bits / 8;
  if (first + bytes > data.length) return undefined;
  if (bytes === 1) return ((data[first] as number) >>> (spn.bit - 1)) & (2 ** spn.bits - 1);
  let raw = 0;
  for (let i = first + bytes - 1; i >= first; i--) raw = raw * 256 + (data[i] as number);
  return raw;
}

/** Says what a raw number that is no value stands for, or `null` for one that is a value. */
function indicatorOf(raw: number, bits: number): 'not-available' | 'error' | 'reserved' | null {
  if (bits < 8) {
    const top = 2 ** bits - 1;
    if (raw === top) return 'not-available';
    return raw === top - 1 ? 'error' : null;
  }
  const leading = Math.floor(raw / 2 ** (bits - 8));
  if (leading === 0xff) return 'not-available';
  if (leading === 0xfe) return 'error';
  return leading > 0xfa ? 'reserved' : null;
}

/** Reads a parameter in the unit of its catalogue key, or says why the vehicle gives none. */
export function readSpn(spn: Spn, data: Uint8Array): SpnReading {
  const raw = rawOf(spn, data);
  if (raw === undefined) return 'short';
  return indicatorOf(raw, spn.bits) ?? (raw * spn.mul) / spn.div + spn.offset;
}
