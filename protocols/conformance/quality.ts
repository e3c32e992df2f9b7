/**
 * How good a codec is, as its `quality.json` claims rule by rule: `"done"`, `"todo"`, `{ "done": "<file that proves it>" }` or
 * `{ "exempt": "<reason>" }`. The tier is not claimed but follows: the highest one of which, and below which, nothing is to do.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codecFolders, codecPaths, decoderFolders } from './codec-folders.ts';
import { loadGoldens } from './golden.ts';
import {
  DECODER_RULES,
  QUALITY_RULES,
  TIERS,
  type QualityFacts,
  type QualityRule,
  type QualityRuleName,
  type RatedFolder,
  type Tier,
} from './quality-rules.ts';

export type Claim = 'done' | 'todo' | { done: string } | { exempt: string };

/** All that `quality.json` says. */
export interface Quality extends QualityFacts {
  rules: Partial<Record<QualityRuleName, Claim>>;
}

/** A codec's folder with all it claims. */
export interface CodecFolder extends RatedFolder {
  quality: Quality;
}

/** The rules that hold for a folder: of codecs, or of decoders. */
export function rulesOf(folder: string): [QualityRuleName, QualityRule][] {
  const rules = folder.startsWith('push/') ? DECODER_RULES : QUALITY_RULES;
  return Object.entries(rules) as [QualityRuleName, QualityRule][];
}

/** Reads and checks the form of a codec's `quality.json`. */
export function readQuality(folder: string): Quality {
  const file = join(codecPaths(folder).path, 'quality.json');
  if (!existsSync(file)) throw new Error(`protocols/${folder}/quality.json does not exist`);
  const quality = JSON.parse(readFileSync(file, 'utf8')) as Quality;
  for (const wrong of breachesOfForm(quality, rulesOf(folder))) throw new Error(`protocols/${folder}/quality.json: ${wrong}`);
  return quality;
}

function* breachesOfForm(quality: Quality, wanted: [QualityRuleName, QualityRule][]): Generator<string> {
  for (const key of ['title', 'spec', 'devices'] as const) {
    if (typeof quality[key] !== 'string' || quality[key] === '') yield `${key} is no text`;
  }
  if (!Array.isArray(quality.transports) || quality.transports.length === 0) yield 'transports is no list of names';
  if (typeof quality.messageTypes !== 'object') yield 'messageTypes is no object';
  const rules = quality.rules ?? {};
  for (const name of Object.keys(rules)) if (!wanted.some(([known]) => known === name)) yield `there is no rule ${name}`;
  for (const [name, { needsProof }] of wanted) {
    const wrong = claimFault(rules[name], needsProof);
    if (wrong !== null) yield `${name}: ${wrong}`;
  }
}

function claimFault(claim: Claim | undefined, needsProof: boolean): string | null {
  if (claim === undefined) return 'nothing is claimed';
  if (claim === 'todo') return null;
  if (claim === 'done') return needsProof ? 'done must name the file that proves it: { "done": "peer.test.ts" }' : null;
  const [text, ...more] = Object.values(claim) as unknown[];
  const known = 'done' in claim || 'exempt' in claim;
  return known && more.length === 0 && typeof text === 'string' && text !== '' ? null : 'is neither done, todo nor exempt';
}

/** Folders of the codecs, and of the decoders, that have a `quality.json`, in order. */
export function judgedCodecs(): string[] {
  return codecFolders().filter(isJudged);
}

export function judgedDecoders(): string[] {
  return decoderFolders().filter(isJudged);
}

function isJudged(folder: string): boolean {
  return existsSync(join(codecPaths(folder).path, 'quality.json'));
}

/** Loads all that the rules look at. */
export function loadCodecFolder(name: string): CodecFolder {
  const { path, goldens } = codecPaths(name);
  return { name, path, goldens: loadGoldens(goldens), quality: readQuality(name) };
}

/** Claims that are not true, in words. */
export function falseClaims(folder: CodecFolder): string[] {
  return rulesOf(folder.name).flatMap(([name, { objection }]) => {
    const claim = folder.quality.rules[name];
    if (claim === undefined || claim === 'todo' || (claim !== 'done' && 'exempt' in claim)) return [];
    if (claim !== 'done' && !existsSync(join(folder.path, claim.done))) return [`${name}: ${claim.done} does not exist`];
    const wrong = objection(folder);
    return wrong === null ? [] : [`${name}: ${wrong}`];
  });
}

/** The tier a codec or decoder has by its claims; `null` below bronze. */
export function tierOf({ rules }: Quality, wanted = rulesOf('')): Tier | null {
  let reached: Tier | null = null;
  for (const tier of TIERS) {
    if (wanted.some(([name, rule]) => rule.tier === tier && rules[name] === 'todo')) break;
    reached = tier;
  }
  return reached;
}
