import { makeRecord } from '../../src/spool/spool-fixture.ts';
import { decodeRecord, encodeRecord } from '../../src/spool/record.ts';
import { newWriter, written } from '#wire/writer';
import type { Bench } from '../frame/bench.ts';
import { measureWorks } from '../frame/measure-work.ts';

export const BENCHES: readonly Bench[] = [
  {
    name: 'spool/record',
    about: 'A frame appended to the group of the next sync, and read back from its bytes; the disk is `npm run bench:spool`.',
    seconds: 2,
    set: 'micro',
    run: async ({ round }) => {
      const [lone, ten] = [makeRecord(1, 110), makeRecord(2, 965)];
      const writer = newWriter(4_096);
      encodeRecord(writer, 1, lone);
      const bytes = written(writer).slice();
      let seq = 1;
      const append = (record: typeof lone): number => {
        writer.length = 0;
        encodeRecord(writer, ++seq, record);
        return writer.length;
      };
      return measureWorks(
        [
          { name: 'append, 110 bytes', once: () => append(lone) },
          { name: 'append, 965 bytes', once: () => append(ten) },
          { name: 'read, 110 bytes', once: () => decodeRecord(bytes, 0, bytes.length).frame.length },
        ],
        round,
      );
    },
  },
];
