/** What the commands that read a capture have in common. */
import type { Command } from 'commander';
import { codecsOf } from '../../app-codecs.ts';
import type { Config } from '../../config/schema.ts';
import { decodersOf } from '#protocols/all';
import type { DecoderOptions } from '../../replay/session-decoder.ts';
import { CommandFailure } from '../exit-codes.ts';

export interface DecodingWords {
  protocol?: string;
  ident?: string;
}

/** Gives a command the options that say how a capture is decoded. */
export function withDecodingOptions(command: Command): Command {
  return command
    .option('-p, --protocol <NAME>', 'protocol of all sessions, whatever the capture says')
    .option('--ident <IDENT>', 'device of sessions that name none');
}

/** The codecs that run, as the configuration has them. Fails where no protocol is called so. */
export function decodingOf(config: Config, { protocol, ident }: DecodingWords): DecoderOptions {
  const codecs = codecsOf(config);
  const named = protocol === undefined ? null : codecs.get(protocol);
  if (named === undefined) {
    throw new CommandFailure('usage', `no protocol is called ${protocol}: there are ${[...codecs.keys()].join(', ')}`);
  }
  return { codecs, decoders: decodersOf(codecs), protocol: named, ident: ident ?? null };
}
