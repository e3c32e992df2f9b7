import { crc16Arc, crc16Kermit } from '#wire/crc';
import { recordIds } from '../../src/pipeline/record-id.ts';
import type { Bench } from '../frame/bench.ts';
import { measureWorks } from '../frame/measure-work.ts';

const bytes = Uint8Array.from({ length: 1_024 }, (_, i) => Math.imul(i, 151) & 0xff);
const ids = recordIds('teltonika', '356307042441013');

/** Pieces of the array in turns, so that no result can be kept. */
function piecesOf(length: number): () => Uint8Array {
  const pieces = Array.from({ length: 16 }, (_, i) => bytes.subarray(i, i + length));
  let n = 0;
  return () => pieces[n++ & 15] as Uint8Array;
}

export const BENCHES: readonly Bench[] = [
  {
    name: 'wire/crc',
    about: 'CRC-16 by slices of eight, of a frame of one record and of one of ten.',
    seconds: 2,
    set: 'micro',
    run: async ({ round }) => {
      const [lone, ten] = [piecesOf(98), piecesOf(965)];
      return measureWorks(
        [
          { name: '98 bytes', once: () => crc16Arc(lone(), 0, 98), unit: 'ns/frame' },
          { name: '965 bytes', once: () => crc16Arc(ten(), 0, 965), unit: 'ns/byte', per: 965 },
          { name: '98 bytes, Kermit', once: () => crc16Kermit(lone(), 0, 98), unit: 'ns/frame' },
        ],
        round,
      );
    },
  },
  {
    name: 'wire/record-id',
    about: 'The record id, both halves, of a message of 95 bytes.',
    seconds: 2,
    set: 'micro',
    run: async ({ round }) => {
      const piece = piecesOf(95);
      return measureWorks([{ name: 'id', once: () => ids.of(piece()).hi, unit: 'ns/record' }], round);
    },
  },
];
