import { CODECS, decodersOf } from '#protocols/all';
import { normalise } from '../../src/pipeline/normalise.ts';
import { interpret } from '../../src/pipeline/interpret.ts';
import { recordIds } from '../../src/pipeline/record-id.ts';
import type { Message } from '#model/message';
import type { Bench } from '../frame/bench.ts';
import { measureWorks } from '../frame/measure-work.ts';
import { FrameStream } from '../samples/frame-stream.ts';

const rules = { maxFutureMs: 600_000, liveAgeMs: 120_000 };

export const BENCHES: readonly Bench[] = [
  {
    name: 'pipeline/normalise',
    about: 'A decoded Teltonika record of 15 io elements made canonical, its record id included.',
    seconds: 1,
    set: 'micro',
    nodeFlags: ['--expose-gc'],
    run: async ({ round }) => {
      const { record } = new FrameStream(10).next();
      const messages = interpret(record, decodersOf(CODECS)).decoded?.messages ?? [];
      const owner = { ident: record.ident ?? '', tracker: null, ids: recordIds('teltonika', record.ident ?? '') };
      let n = 0;
      const once = (): number => {
        n = (n + 1) % messages.length;
        return normalise(messages[n] as Message, n, record, owner, rules).recordIdHi;
      };
      return measureWorks([{ name: 'normalise', once, unit: 'ns/record' }], round);
    },
  },
];
