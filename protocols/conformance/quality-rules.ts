/** The rules of the quality tiers, and for each how far a machine can check what `quality.json` claims. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { corpusNames } from './fuzz/corpus.ts';
import type { Golden } from './golden.ts';

export const TIERS = ['bronze', 'silver', 'gold'] as const;
export type Tier = (typeof TIERS)[number];

/** What `quality.json` says of a codec besides its claims. */
export interface QualityFacts {
  /** What the protocol is, in one line. */
  title: string;
  /** The specification and its revision, or what stands for one. */
  spec: string;
  /** Devices that speak it. */
  devices: string;
  transports: string[];
  /** Each message type of the protocol with the golden that shows it; `null` where there is none yet. */
  messageTypes: Record<string, string | null>;
}

/** A codec's folder, as the checks of single rules see it. */
export interface RatedFolder {
  name: string;
  path: string;
  goldens: readonly Golden[];
  quality: QualityFacts;
}

export interface QualityRule {
  tier: Tier;
  means: string;
  /** A claim of `done` must name a file beside the codec that proves it. */
  needsProof: boolean;
  /** Says why the rule cannot be done yet, or `null`. */
  objection: (folder: RatedFolder) => string | null;
}

const rule = (tier: Tier, means: string, objection: QualityRule['objection'], needsProof = false): QualityRule => ({
  tier,
  means,
  needsProof,
  objection,
});

const FUZZ_CORPUS = 5;
/** Bytes that start no frame are no golden: the kit puts garbage before and between all of them. */
const SHOWN_BY_THE_KIT = new Set(['wire_resync']);

export const QUALITY_RULES = {
  readme: rule('bronze', 'README with the specification, its revision and the ack rule', readme),
  'golden-login': rule('bronze', 'Golden of a login', (folder) =>
    lacks(folder, 'login', ({ expected }) => expected.kind === 'login'),
  ),
  'golden-position': rule('bronze', 'Golden of a position', (folder) =>
    lacks(folder, 'position', ({ expected }) => expected.messages.some((message) => 'fix' in message)),
  ),
  'golden-heartbeat': rule('bronze', 'Golden of a heartbeat', (folder) =>
    lacks(folder, 'heartbeat', ({ expected }) => expected.kind === 'heartbeat'),
  ),
  conformance: rule('bronze', 'Conformance kit runs over every golden', conformance),
  'golden-message-types': rule('silver', 'Golden of every message type', messageTypes),
  'golden-faults': rule('silver', 'Golden of every fault', faults),
  dialects: rule('silver', 'Table of dialects in the README', (folder) =>
    /^#+ .*dialect/im.test(text(folder, 'README.md')) ? null : 'README.md has no heading with "dialect"',
  ),
  'reply-proven': rule('silver', 'Reply bytes proven by a peer or a capture', () => null, true),
  'fuzz-corpus': rule('silver', 'Fuzz corpus', ({ name }) =>
    corpusNames(name).length >= FUZZ_CORPUS ? null : `fixtures/fuzz/${name} holds fewer than ${FUZZ_CORPUS} inputs`,
  ),
  captures: rule('gold', 'Captures from at least two real models', captures),
  encode: rule('gold', 'Encoder for commands', (folder) => (has(folder, 'encode.ts') ? null : 'there is no encode.ts'), true),
  'independent-decoder': rule(
    'gold',
    'Compared with an independent decoder on 50 frames or more, differences explained',
    () => null,
    true,
  ),
  throughput: rule('gold', 'Throughput baseline', ({ name }) =>
    existsSync(join(import.meta.dirname, `../../bench/baselines/${name}.json`))
      ? null
      : `there is no bench/baselines/${name}.json`,
  ),
} as const satisfies Record<string, QualityRule>;

/** What is asked of a decoder of a cloud's push: there is no stream to split, no login, no command; but fields by the hundred. */
export const DECODER_RULES = {
  readme: rule('bronze', 'README with the source, its revision and what acknowledges a body', readme),
  'golden-data': rule('bronze', 'Golden of a body with values', (folder) =>
    lacks(folder, 'body with values', ({ expected }) => expected.messages.length > 0),
  ),
  conformance: rule('bronze', 'Conformance kit runs over every golden', (folder) =>
    /^describeDecoder\(/m.test(text(folder, 'decoder.test.ts')) ? null : 'decoder.test.ts does not call describeDecoder',
  ),
  'golden-message-types': rule('silver', 'Golden of every kind of body', messageTypes),
  'golden-faults': rule('silver', 'Golden of every fault', faults),
  fields: rule(
    'silver',
    'Every field of the published samples and catalogues mapped, or named with the reason',
    () => null,
    true,
  ),
  identity: rule('silver', 'The same event in another envelope proven to be the same message', () => null, true),
  'fuzz-corpus': rule('silver', 'Fuzz corpus', ({ name }) =>
    corpusNames(name).length >= FUZZ_CORPUS ? null : `fixtures/fuzz/${basename(name)} holds fewer than ${FUZZ_CORPUS} inputs`,
  ),
  captures: rule('gold', 'Captures from at least two real senders', captures),
  'independent-decoder': rule(
    'gold',
    'Compared with an independent decoder on 50 bodies or more, differences explained',
    () => null,
    true,
  ),
} as const satisfies Record<string, QualityRule>;

export type QualityRuleName = keyof typeof QUALITY_RULES | keyof typeof DECODER_RULES;

function has({ path }: RatedFolder, file: string): boolean {
  return existsSync(join(path, file));
}

function text(folder: RatedFolder, file: string): string {
  return has(folder, file) ? readFileSync(join(folder.path, file), 'utf8') : '';
}

function readme(folder: RatedFolder): string | null {
  const content = text(folder, 'README.md');
  if (content === '') return 'there is no README.md';
  if (!/\back/i.test(content)) return 'README.md does not speak of the ack';
  if (!/spec|source|document/i.test(content)) return 'README.md names no specification or source';
  return /\bTODO\b/.test(content) ? 'README.md still has a TODO' : null;
}

function lacks({ goldens }: RatedFolder, what: string, is: (golden: Golden) => boolean): string | null {
  return goldens.some(is) ? null : `no golden is a ${what}`;
}

function conformance(folder: RatedFolder): string | null {
  return /^describeCodec\(/m.test(text(folder, 'codec.test.ts')) ? null : 'codec.test.ts does not call describeCodec';
}

function messageTypes({ goldens, quality }: RatedFolder): string | null {
  const types = Object.entries(quality.messageTypes);
  if (types.length === 0) return 'quality.json lists no message type';
  const names = new Set(goldens.map(({ name }) => name));
  const missing = types.filter(([, golden]) => golden === null || !names.has(golden)).map(([type]) => type);
  return missing.length === 0 ? null : `no golden of ${missing.join(', ')}`;
}

/** Every code the codec's own source makes a fault of must be in a golden. */
function faults({ path, goldens }: RatedFolder): string | null {
  const sources = readdirSync(path).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'));
  const raised = new Set(sources.flatMap((file) => [...codesIn(readFileSync(join(path, file), 'utf8'))]));
  const shown = new Set(goldens.flatMap(({ expected }) => expected.faults.map(({ code }) => code)));
  const missing = [...raised].filter((code) => !shown.has(code) && !SHOWN_BY_THE_KIT.has(code));
  return missing.length === 0 ? null : `no golden of ${missing.join(', ')}`;
}

function codesIn(source: string): Set<string> {
  return new Set([...source.matchAll(/'((?:wire|decode|session)_[a-z_]+)'/g)].flatMap(([, code]) => code ?? []));
}

function captures({ goldens }: RatedFolder): string | null {
  const models = new Set(goldens.filter(({ head }) => head.provenance.kind === 'capture').map(({ head }) => head.device));
  models.delete(undefined);
  return models.size >= 2 ? null : `captures of ${models.size} models`;
}
