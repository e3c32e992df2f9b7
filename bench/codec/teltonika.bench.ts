import { newSession } from '#protocols/codec';
import { teltonika } from '../../protocols/teltonika/index.ts';
import { measureWorks, type Work } from '../frame/measure-work.ts';
import type { Bench } from '../frame/bench.ts';
import { teltonikaFrame } from '../samples/teltonika.ts';

const session = { ...newSession('tcp'), ident: '356307042441013' };

const split = (frame: Uint8Array): number => teltonika.split(frame, 0, frame.length, session).kind.length;
const decode = (frame: Uint8Array): number => teltonika.decode(frame, session).messages.length;

function works(): Work[] {
  const [lone, ten] = [teltonikaFrame(1), teltonikaFrame(10)];
  const record = { unit: 'ns/record', target: 200 };
  return [
    { name: 'split, 1 record', once: () => split(lone), unit: 'ns/record' },
    { name: 'decode, 1 record', once: () => decode(lone), unit: 'ns/record' },
    { name: 'both, 1 record', once: () => split(lone) + decode(lone), ...record },
    { name: 'split, 10 records', once: () => split(ten), per: 10, unit: 'ns/record' },
    { name: 'decode, 10 records', once: () => decode(ten), per: 10, unit: 'ns/record' },
    { name: 'both, 10 records', once: () => split(ten) + decode(ten), per: 10, ...record },
  ];
}

export const BENCHES: readonly Bench[] = [
  {
    name: 'codec/teltonika',
    about: 'Codec 8 Extended, 15 io elements a record: split (checksum included) and decoded.',
    seconds: 5,
    set: 'micro',
    nodeFlags: ['--expose-gc'],
    run: async ({ round }) => measureWorks(works(), round),
  },
];
