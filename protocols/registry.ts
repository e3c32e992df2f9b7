import type { Codec } from './codec.ts';

/** The codecs by name, in the order in which they are asked whether first bytes are theirs. */
export type CodecRegistry = ReadonlyMap<string, Codec>;

/** Makes a registry; two codecs of one name are a programmer's error. */
export function codecRegistry(codecs: readonly Codec[]): CodecRegistry {
  const byName = new Map(codecs.map((codec) => [codec.name, codec]));
  if (byName.size !== codecs.length) throw new Error('two codecs have the same name');
  return byName;
}
