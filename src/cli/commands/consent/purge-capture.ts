import { Command } from 'commander';
import { decodersOf } from '#protocols/all';
import type { CodecRegistry } from '#protocols/registry';
import { purgeCapture } from '../../../capture/purge.ts';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { note, sayJson, type Io } from '../../console-io.ts';
import { gateOver, noteCapture } from '../../consents.ts';

/** `odograph consent purge-capture`: takes all withdrawn vehicles out of capture files. */
export function purgeCaptureCommand(io: Io, codecs: CodecRegistry): Command {
  const command = withConfigOptions(new Command('purge-capture'))
    .description('take every vehicle whose consent was withdrawn, by whatever company, out of capture files')
    .argument('<file...>', 'capture files, none of which is being written to')
    .option('--json', 'one JSON document a file');
  return command.action(async (files: string[], { json }: { json?: boolean }) => {
    const { config } = configOf(command, io, [...codecs.keys()]);
    const gate = await gateOver(config, '');
    for (const file of files) {
      const purged = await purgeCapture(file, decodersOf(codecs), gate, Date.now());
      await noteCapture(config, file, 'purged');
      if (json === true) sayJson(io, { file, ...purged });
      else note(io, `${file}: ${purged.removed} of ${purged.entries} entries left out, ${purged.divided} divided`);
    }
  });
}
