import { describe, expect, test } from 'vitest';
import { CODECS, PUSH_DECODERS } from '#protocols/all';
import { loadCodec } from './codec-folders.ts';
import { QUALITY_RULES } from './quality-rules.ts';
import {
  falseClaims,
  judgedCodecs,
  judgedDecoders,
  loadCodecFolder,
  readQuality,
  rulesOf,
  tierOf,
  type Claim,
  type CodecFolder,
  type Quality,
} from './quality.ts';

const folders = judgedCodecs();
const pushed = judgedDecoders();

test('every codec the gateway knows says how good it is', () => {
  expect([...CODECS.keys()].filter((name) => !folders.includes(name))).toEqual([]);
  expect(folders.length).toBeGreaterThan(2);
});

test('every decoder of a push says how good it is', () => {
  expect(pushed.map((folder) => folder.replace('push/', '')).toSorted()).toEqual([...PUSH_DECODERS.keys()].toSorted());
});

const all = (claim: Claim): Quality['rules'] =>
  Object.fromEntries(Object.keys(QUALITY_RULES).map((name) => [name, claim])) as Quality['rules'];

describe.each([...folders, ...pushed])('%s', (name) => {
  test('exports a codec of its name', async () => {
    expect((await loadCodec(name)).name).toBe(name.replace('push/', ''));
  });

  test('claims nothing in its quality.json that is not so', () => {
    expect(falseClaims(loadCodecFolder(name))).toEqual([]);
  });

  test('is bronze or better', () => {
    expect(tierOf(readQuality(name), rulesOf(name))).not.toBeNull();
  });
});

const quality = (rules: Partial<Quality['rules']>): Quality => ({
  title: 'T',
  spec: 'S',
  devices: 'D',
  transports: ['tcp'],
  messageTypes: {},
  rules: { ...all('done'), ...rules },
});

describe('the tier', () => {
  test('is the highest of which, and below which, nothing is to do', () => {
    expect(tierOf(quality({}))).toBe('gold');
    expect(tierOf(quality({ captures: 'todo' }))).toBe('silver');
    expect(tierOf(quality({ dialects: 'todo' }))).toBe('bronze');
    expect(tierOf(quality({ readme: 'todo', captures: 'todo' }))).toBeNull();
    expect(tierOf(quality({ 'golden-heartbeat': { exempt: 'the protocol has none' } }))).toBe('gold');
  });

  test('does not follow from claims that an empty folder makes', () => {
    const folder: CodecFolder = { name: 'none', path: '/nonexistent', goldens: [], quality: quality(all('todo')) };
    expect(falseClaims(folder)).toEqual([]);
    const claimed = { ...folder, quality: quality({ 'golden-faults': 'todo', 'reply-proven': { done: 'peer.test.ts' } }) };
    const claims = Object.keys(QUALITY_RULES).filter((name) => !['golden-faults', 'independent-decoder'].includes(name));
    expect(falseClaims(claimed).map((claim) => claim.split(':')[0])).toEqual(claims);
  });
});
