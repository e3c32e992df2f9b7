import type { Codec, Decoder } from './codec.ts';

/** All that can decode a frame, by name. */
export type DecoderRegistry = ReadonlyMap<string, Decoder>;

/** The codecs by name, in the order in which they are asked whether first bytes are theirs. */
export type CodecRegistry = ReadonlyMap<string, Codec>;

/** Makes a registry of decoders, of codecs or of both; two of one name are a programmer's error. */
export function registryOf<Kind extends Decoder>(decoders: readonly Kind[]): ReadonlyMap<string, Kind> {
  const byName = new Map(decoders.map((decoder) => [decoder.name, decoder]));
  if (byName.size !== decoders.length) throw new Error('two decoders have the same name');
  return byName;
}

/** Makes a registry of codecs. */
export function codecRegistry(codecs: readonly Codec[]): CodecRegistry {
  return registryOf(codecs);
}
