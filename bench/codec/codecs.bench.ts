/** Each codec by frames of one record and of ten, split (checksum included) and decoded. */
import { CODECS } from '#protocols/all';
import { newSession, type Codec } from '#protocols/codec';
import type { Bench } from '../frame/bench.ts';
import { measureWorks, type Work } from '../frame/measure-work.ts';
import { astraFrame, canFrame, ruptelaFrame } from '../samples/codecs.ts';
import { teltonikaFrame } from '../samples/teltonika.ts';

const session = { ...newSession('tcp'), ident: '356307042441013' };

interface Sample {
  codec: string;
  about: string;
  frameOf: (records: number) => Uint8Array;
  /** What split and decode of one record are to take, ns. */
  target?: number;
}

const SAMPLES: readonly Sample[] = [
  { codec: 'teltonika', about: 'Codec 8 Extended, 15 io elements a record', frameOf: teltonikaFrame, target: 200 },
  { codec: 'astra-telematics', about: 'Protocol X, supply, GNSS, signal and OBD journey', frameOf: astraFrame },
  { codec: 'ruptela', about: 'Extended records of OBD, 24 io elements each', frameOf: ruptelaFrame },
  { codec: 'can-frames', about: 'A fix and five J1939 frames a record', frameOf: canFrame },
];

function splitOnce(codec: Codec, frame: Uint8Array): number {
  return codec.split(frame, 0, frame.length, session).kind.length;
}

function decodeOnce(codec: Codec, frame: Uint8Array): number {
  return codec.decode(frame, session).messages.length;
}

function works(codec: Codec, { frameOf, target }: Sample): Work[] {
  return [1, 10].flatMap((records): Work[] => {
    const frame = frameOf(records);
    const split = codec.split(frame, 0, frame.length, session);
    if (split.kind !== 'frame' || codec.decode(frame, session).messages.length !== records) {
      throw new Error(`${codec.name}: the sample is no frame of ${records} records`);
    }
    const count = records === 1 ? '1 record' : `${records} records`;
    const each = { per: records, unit: 'ns/record' };
    const both = (): number => splitOnce(codec, frame) + decodeOnce(codec, frame);
    return [
      { ...each, name: `split, ${count}`, once: () => splitOnce(codec, frame) },
      { ...each, name: `decode, ${count}`, once: () => decodeOnce(codec, frame) },
      { ...each, name: `both, ${count}`, once: both, ...(target === undefined ? {} : { target }) },
      { name: `both, ${count}, a byte`, once: both, per: frame.length, unit: 'ns/byte', withoutBytes: true },
    ];
  });
}

export const BENCHES: readonly Bench[] = SAMPLES.map((sample) => ({
  name: `codec/${sample.codec}`,
  about: `${sample.about}: split (checksum included) and decoded.`,
  seconds: 4,
  set: 'micro',
  nodeFlags: ['--expose-gc'],
  run: async ({ round }) => measureWorks(works(CODECS.get(sample.codec) as Codec, sample), round),
}));
