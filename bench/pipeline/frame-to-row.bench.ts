/** Everything that happens to a record of the spool until its rows stand in a batch, whole and in parts. */
import { CODECS, decodersOf } from '#protocols/all';
import { interpret } from '../../src/pipeline/interpret.ts';
import { OutcomeMaker } from '../../src/pipeline/outcome.ts';
import { Batch, newShare } from '../../src/sink/clickhouse/batch.ts';
import type { Bench } from '../frame/bench.ts';
import { measureWorks, type Work } from '../frame/measure-work.ts';
import { FrameStream } from '../samples/frame-stream.ts';

const decoders = decodersOf(CODECS);
const rules = { maxFutureMs: 600_000, liveAgeMs: 120_000 };
const BATCH_ROWS = 10_000;
const tracker = { oid: '01J9ZV5Q8M3W6T2R4Y7N', provider: 'targa' };
const SPOOL = { spoolIdHi: 0xfedc_ba98, spoolIdLo: 0x7654_3210 };

function makerOf(duplicateWindow: number): OutcomeMaker {
  return new OutcomeMaker({ decoders, owners: { find: () => tracker }, rules, duplicateWindow });
}

/** Puts outcomes into batches as the sink does, less the inserting. */
class Batches {
  readonly #share = newShare();
  #open: Batch | null = null;

  put(outcome: Parameters<Batch['add']>[0]): number {
    const batch = (this.#open ??= new Batch({ batchId: outcome.seq, ...SPOOL, storedAt: 1_780_000_000_000 }, this.#share));
    batch.add(outcome);
    if (batch.rows < BATCH_ROWS) return batch.rows;
    batch.seal();
    this.#open = null;
    return batch.rows;
  }
}

export function works(records: 1 | 10): Work[] {
  const stream = new FrameStream(records);
  const each = { per: records, unit: 'ns/record' };
  const [maker, forOutcomes, batches, whole] = [makerOf(200_000), makerOf(200_000), new Batches(), new Batches()];
  const plural = records === 1 ? '1 record' : `${records} records`;
  const made = forOutcomes.of(stream.next());
  return [
    { ...each, name: `decode, ${plural}`, once: () => interpret(stream.next().record, decoders).ident.length },
    { ...each, name: `outcome, ${plural}`, once: () => forOutcomes.of(stream.next()).messages.length },
    { ...each, name: `rows, ${plural}`, once: () => batches.put(made) },
    { ...each, name: `whole way, ${plural}`, once: () => whole.put(maker.of(stream.next())) },
  ];
}

export const BENCHES: readonly Bench[] = ([1, 10] as const).map((records) => ({
  name: `pipeline/frame-to-row-${records}`,
  about: `A record of the spool decoded, normalised and written as rows of messages and frames, frames of ${records}.`,
  seconds: 4,
  set: 'micro',
  nodeFlags: ['--expose-gc'],
  run: async ({ round }) => measureWorks(works(records), round),
}));
