import { describe, expect, test } from 'vitest';
import { newWriter, written } from '#wire/writer';
import { codecFolders, decoderFolders } from '../../protocols/conformance/codec-folders.ts';
import { corpusNames, readInput } from '../../protocols/conformance/fuzz/corpus.ts';
import { makeInput } from '../../protocols/conformance/fuzz/input.ts';
import { decodeRecord, encodeRecord, probeRecord } from '../../src/spool/record.ts';
import { SEGMENT_HEAD_BYTES } from '../../src/spool/segment.ts';
import { loadTarget, targetNames } from './targets.ts';

/** Codecs and decoders have a test of their own, beside the conformance kit. */
const CODECS = new Set([...codecFolders(), ...decoderFolders()]);
const OTHERS = targetNames().filter((name) => !CODECS.has(name));
const INPUTS = 60;

describe.each(OTHERS)('the fuzz target %s', (name) => {
  test('keeps to its rules for some inputs, and brings out more than its seeds do', async () => {
    const { seeds, examine } = await loadTarget(name);
    const outcomes = async (inputs: Parameters<typeof examine>[0][]) => {
      const seen = new Set<string>();
      for (const input of inputs) for (const outcome of await examine(input)) seen.add(outcome);
      return seen.size;
    };
    const bySeeds = await outcomes(seeds.map(({ bytes, context }) => ({ context, chunks: [bytes] })));
    const made = Array.from({ length: INPUTS }, (_, iteration) => makeInput(seeds, 11, iteration));
    expect(await outcomes(made)).toBeGreaterThan(bySeeds / 2);
    expect(made.every(({ frames }) => frames === 1)).toBe(true);
  });

  test('keeps to them for every input kept of earlier runs', async () => {
    const { examine } = await loadTarget(name);
    for (const file of corpusNames(name)) expect((await examine(readInput(name, file))).size).toBeGreaterThan(0);
  });
});

test('a spool record that nobody wrote is seen', async () => {
  const { seeds, examine } = await loadTarget('spool');
  const [seed] = seeds;
  if (seed === undefined) throw new Error('there is no seed');
  const probed = probeRecord(seed.bytes, SEGMENT_HEAD_BYTES, 0, Number.MAX_SAFE_INTEGER);
  if (probed.kind !== 'record') throw new Error('the seed has no record');
  const record = decodeRecord(seed.bytes, SEGMENT_HEAD_BYTES, probed.size);
  const writer = newWriter(1_024);
  encodeRecord(writer, probed.seq, { ...record, ident: 'another' });
  const forged = Buffer.concat([seed.bytes.subarray(0, SEGMENT_HEAD_BYTES), written(writer)]);
  await expect(Promise.resolve(examine({ context: seed.context, chunks: [forged] }))).rejects.toThrow(/nobody wrote/);
});
