/** What the commands that read a capture have in common. */
import { codecsOf } from '../../app-codecs.ts';
import type { Config } from '../../config/schema.ts';
import { decodersOf } from '#protocols/all';
import type { DecoderOptions } from '../../replay/session-decoder.ts';
import { CommandFailure } from '../exit-codes.ts';
import type { SourceOptions } from '../source-options.ts';

/** The codecs that run, as the configuration has them. Fails where no protocol is called so. */
export function decodingOf(config: Config, { protocol, ident }: Pick<SourceOptions, 'protocol' | 'ident'>): DecoderOptions {
  const codecs = codecsOf(config);
  const named = protocol === undefined ? null : codecs.get(protocol);
  if (named === undefined) {
    throw new CommandFailure('usage', `no protocol is called ${protocol}: there are ${[...codecs.keys()].join(', ')}`);
  }
  return { codecs, decoders: decodersOf(codecs), protocol: named, ident: ident ?? null };
}
