import type { Codec } from '#protocols/codec';

/**
 * Chooses the codec by the first bytes of a stream: the first, in the listener's order, that recognises them. While one that
 * comes earlier still needs more bytes it is waited for, so that the choice does not depend on how the bytes arrive.
 */
export function chooseCodec(
  codecs: readonly Codec[],
  bytes: Uint8Array,
  from: number,
  to: number,
): Codec | 'need-more' | 'none' {
  for (const codec of codecs) {
    const probe = codec.probe(bytes, from, to);
    if (probe === 'match') return codec;
    if (probe === 'need-more') return 'need-more';
  }
  return 'none';
}

/** Chooses the codec of a datagram: the first, in the listener's order, that recognises it; `null` where none does. */
export function chooseForDatagram(codecs: readonly Codec[], datagram: Uint8Array): Codec | null {
  const recognises = (codec: Codec): boolean =>
    codec.probeDatagram?.(datagram) ?? codec.probe(datagram, 0, datagram.length) === 'match';
  return codecs.find(recognises) ?? null;
}
