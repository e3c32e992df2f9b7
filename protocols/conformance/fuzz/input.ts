/** Makes fuzz inputs: streams and datagrams that are nearly right, from the goldens and the corpus of a codec. */
import type { Json } from '#model/json';
import type { SessionContext } from '#protocols/codec';
import { readJson } from '#protocols/layers/push/json';
import type { Golden } from '../golden.ts';
import { NASTY_VALUES, placesIn, withAt } from '../json-bodies.ts';
import { seededRandom, type Random } from './random.ts';

export interface FuzzInput {
  context: SessionContext;
  /** The stream as it is cut into chunks; of a datagram one chunk. */
  chunks: Uint8Array[];
}

/** An input as it was made. */
export interface MadeInput extends FuzzInput {
  /** Frames that went into it, damaged or not, noise included. */
  frames: number;
}

/** Bytes to start from, and the session in which they mean something. */
export type FuzzSeed = Pick<Golden, 'bytes' | 'context'>;

/** Values that length fields and counts break on. */
const EDGE_VALUES = [0, 1, 2, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff];
/** Length fields, counts and type bytes stand in the first bytes of a frame. */
const HEADER_BYTES = 24;
const MAX_PIECES = 5;
const MAX_NOISE_BYTES = 80;

type Mutation = (bytes: Uint8Array, random: Random, seeds: readonly FuzzSeed[]) => Uint8Array;

const MUTATIONS: readonly Mutation[] = [
  (bytes) => bytes,
  flipBits,
  flipBits,
  (bytes, random) => bytes.subarray(0, random.below(bytes.length)),
  (bytes, random) => bytes.subarray(random.below(bytes.length)),
  writeEdgeValue,
  writeEdgeValue,
  splice,
  repeatSlice,
  (bytes, random) => insert(bytes, random.below(bytes.length + 1), noise(random)),
];

/** Of what a cloud pushes, damaged bytes are seldom JSON: here single values are damaged. */
const BODY_MUTATIONS: readonly Mutation[] = [...MUTATIONS, changeValue, changeValue, changeValue, moveValue, moveValue];

/** Makes the input of an iteration: the same seed, iteration and seeds give the same input. */
export function makeInput(seeds: readonly FuzzSeed[], seed: number, iteration: number): MadeInput {
  const random = seededRandom(seed, iteration);
  const { context } = random.pick(seeds);
  const alike = seeds.filter((other) => other.context.transport === context.transport);
  const mutations = context.transport === 'http' || context.transport === 'mqtt' ? BODY_MUTATIONS : MUTATIONS;
  const isDatagram = context.transport !== 'tcp' && context.transport !== 'tls';
  if (isDatagram) return { context, chunks: [piece(random, alike, mutations)], frames: 1 };
  const pieces = Array.from({ length: 1 + random.below(MAX_PIECES) }, () => piece(random, alike, mutations));
  return { context, chunks: cut(Buffer.concat(pieces), random), frames: pieces.length };
}

/** Four of five pieces begin as a frame does: bytes that no codec looks at twice find no bug. */
function piece(random: Random, seeds: readonly FuzzSeed[], mutations: readonly Mutation[]): Uint8Array {
  if (!random.chance(80)) return noise(random);
  let { bytes } = random.pick(seeds);
  for (let i = random.below(3); i >= 0 && bytes.length > 0; i--) bytes = random.pick(mutations)(bytes, random, seeds);
  return bytes;
}

function noise(random: Random): Uint8Array {
  return Uint8Array.from({ length: 1 + random.below(MAX_NOISE_BYTES) }, () => random.below(256));
}

function flipBits(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = bytes.slice();
  for (let i = random.below(4); i >= 0; i--) {
    const at = random.below(bytes.length);
    changed[at] = (changed[at] as number) ^ (random.chance(50) ? 1 << random.below(8) : random.below(256));
  }
  return changed;
}

function writeEdgeValue(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = bytes.slice();
  const value = random.pick(EDGE_VALUES);
  const width = random.pick([1, 2, 4]);
  const at = random.below(Math.min(HEADER_BYTES, bytes.length));
  const littleEndian = random.chance(30);
  for (let i = 0; i < width && at + i < changed.length; i++) {
    changed[at + i] = Math.floor(value / 0x100 ** (littleEndian ? i : width - 1 - i)) & 0xff;
  }
  return changed;
}

function splice(bytes: Uint8Array, random: Random, seeds: readonly FuzzSeed[]): Uint8Array {
  const other = random.pick(seeds).bytes;
  return Buffer.concat([bytes.subarray(0, random.below(bytes.length)), other.subarray(random.below(other.length))]);
}

function repeatSlice(bytes: Uint8Array, random: Random): Uint8Array {
  const from = random.below(bytes.length);
  return insert(bytes, from, bytes.subarray(from, from + 1 + random.below(bytes.length - from)));
}

/** Puts something else where a value stands, or takes it away. */
function changeValue(bytes: Uint8Array, random: Random): Uint8Array {
  return changedBody(bytes, random, () => (random.chance(15) ? null : random.pick(NASTY_VALUES)));
}

/** Puts a value where another one stands, of this body or of another. */
function moveValue(bytes: Uint8Array, random: Random, seeds: readonly FuzzSeed[]): Uint8Array {
  const from = readJson(random.chance(50) ? bytes : random.pick(seeds).bytes);
  return changedBody(bytes, random, () => {
    const place = random.pick(placesIn(from.value));
    return JSON.stringify(place.reduce<Json>((at, name) => (at as Record<string | number, Json>)[name] ?? null, from.value));
  });
}

function changedBody(bytes: Uint8Array, random: Random, other: () => string | null): Uint8Array {
  const { value, fault } = readJson(bytes);
  const place = fault === null ? random.pick(placesIn(value)) : [];
  if (place.length === 0) return bytes;
  return new TextEncoder().encode(withAt(value, place, other()));
}

function insert(bytes: Uint8Array, at: number, inserted: Uint8Array): Uint8Array {
  return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
}

function cut(stream: Uint8Array, random: Random): Uint8Array[] {
  const cuts = Array.from({ length: random.below(5) }, () => random.below(stream.length + 1)).sort((a, b) => a - b);
  const edges = [0, ...cuts, stream.length];
  return edges.slice(1).map((end, i) => stream.subarray(edges[i], end));
}
