import { existsSync } from 'node:fs';
import { Command } from 'commander';
import { configOf, withConfigOptions } from '../config-options.ts';
import { say, type Io } from '../console-io.ts';
import { CommandFailure } from '../exit-codes.ts';
import { decodeOf, savedDecode, saveDecode, sayDiff } from '../replay/compare.ts';
import { decodingOf } from '../replay/options.ts';
import { endSource, openNamed, withSourceOptions, type SourceOptions } from '../source-options.ts';

interface Options extends SourceOptions {
  accept?: boolean;
}

/** `odograph golden`: holds a capture against the decode that is kept beside it. */
export function goldenCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(withSourceOptions(new Command('golden')))
    .description('hold the decode of a capture against the one kept beside it, FILE.golden.json: a regression test')
    .argument('<file>', 'capture file, or what another tool has logged')
    .option('--accept', 'keep what the codecs make of it now');
  return command.action(async (file: string, options: Options) => {
    const { config } = configOf(command, io, protocols);
    const decoding = decodingOf(config, options);
    const kept = `${file}.golden.json`;
    const input = await openNamed(file, options);
    if (options.accept === true) {
      const frames = await saveDecode(io, kept, input, decoding);
      say(io, `${kept} holds ${frames} frames`);
    } else {
      if (!existsSync(kept)) throw new CommandFailure('input', `${kept} is not there: --accept makes it`);
      await sayDiff(io, savedDecode(kept), decodeOf(file, input, decoding, io));
    }
    endSource(io, input);
  });
}
