import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameOutcome, NOON, normalisedMessage } from '../../../test/support/outcomes.ts';
import { Batch, newShare } from './batch.ts';
import { readBlock } from './native/read-block.ts';
import type { Part, PartSelection } from './part.ts';

const FACTS = { batchId: 7, spoolIdHi: 0xfedcba98, spoolIdLo: 0x76543210, storedAt: NOON };
const COUNT = 9;

function partOf(count: number): Part {
  const batch = new Batch(FACTS, newShare());
  for (let seq = 1; seq <= count; seq++) batch.add(frameOutcome(seq, 1));
  return batch.parts.find(({ table }) => table === 'messages') as Part;
}

const seqsOf = (selection: PartSelection): number[] =>
  selection.rows === 0 ? [] : (readBlock(selection.bytes()).find(({ name }) => name === 'spool_seq')?.values ?? []).map(Number);

describe('rows of a part', () => {
  it('are divided until each stands alone, none lost and none twice, whichever are in already', () => {
    const landedSeqs = fc.uniqueArray(fc.integer({ min: 1, max: COUNT }), { maxLength: COUNT - 1 });
    const alone = (selection: PartSelection): number[] =>
      selection.rows === 1 ? [selection.first().frame.seq] : selection.halves().flatMap(alone);
    fc.assert(
      fc.property(landedSeqs, (seqs) => {
        const missing = Array.from({ length: COUNT }, (_, i) => i + 1).filter((seq) => !seqs.includes(seq));
        const rest = partOf(COUNT)
          .all()
          .without(new Map(seqs.map((seq) => [seq, new Set([0])])));
        expect(rest.rows).toBe(missing.length);
        expect(rest.range()).toEqual({ from: missing[0], through: missing.at(-1) });
        expect(seqsOf(rest)).toEqual(missing);
        expect(alone(rest)).toEqual(missing);
        expect(rest.halves().flatMap(seqsOf)).toEqual(missing);
      }),
      { numRuns: 100 },
    );
  });

  it('are the same bytes each time they are sent, whatever the part has got since', () => {
    const batch = new Batch(FACTS, newShare());
    for (let seq = 1; seq <= 40; seq++) batch.add(frameOutcome(seq, 1));
    const part = batch.parts.find(({ table }) => table === 'messages') as Part;
    const all = part.all();
    const before = Buffer.from(all.bytes());
    expect(Buffer.compare(all.bytes(), before)).toBe(0);
    for (let seq = 41; seq <= 400; seq++) {
      batch.add(
        frameOutcome(seq, 0, { messages: [normalisedMessage({ ident: `other ${seq}`, deviceTime: NOON, events: [] })] }),
      );
    }
    expect(Buffer.compare(all.bytes(), before)).toBe(0);
    expect(part.all().rows).toBe(400);
  });

  it('are told by what they take in memory', () => {
    const batch = new Batch(FACTS, newShare());
    batch.add(frameOutcome(1, 1));
    const { bytes } = batch;
    batch.add(frameOutcome(2, 1, { record: { ...frameOutcome(2).record, frame: new Uint8Array(60_000) } }));
    // The frame itself, and the row of it.
    expect(batch.bytes - bytes).toBeGreaterThan(120_000);
    expect(batch.bytes - bytes).toBeLessThan(122_000);
    expect(bytes).toBeGreaterThan(200);
  });
});
