import { Command, CommanderError } from 'commander';
import { PUSH_DECODERS } from '#protocols/all';
import type { CodecRegistry } from '#protocols/registry';
import { censusCommand } from './commands/census.ts';
import { auditCommand } from './commands/audit.ts';
import { captureCommand } from './commands/capture.ts';
import { checkConfigCommand } from './commands/check-config.ts';
import { commandsCommand } from './commands/commands.ts';
import { consentCommand } from './commands/consent.ts';
import { convertCommand } from './commands/convert.ts';
import { companiesCommand } from './commands/companies.ts';
import { decodeCommand } from './commands/decode.ts';
import { keysCommand } from './commands/keys.ts';
import { doctorCommand } from './commands/doctor.ts';
import { goldenCommand } from './commands/golden.ts';
import { migrateCommand } from './commands/migrate.ts';
import { mqttPasswordCommand } from './commands/mqtt-password.ts';
import { printConfigCommand } from './commands/print-config.ts';
import { quarantineCommand } from './commands/quarantine.ts';
import { queryCommand } from './commands/query.ts';
import { replayCommand } from './commands/replay.ts';
import { serveCommand } from './commands/serve.ts';
import { simulateCommand } from './commands/simulate.ts';
import { simulateCloudCommand } from './commands/simulate-cloud.ts';
import { tailCommand } from './commands/tail.ts';
import { topCommand } from './commands/top.ts';
import { trackersCommand } from './commands/trackers.ts';
import { webhooksCommand } from './commands/webhooks.ts';
import { note, type Io } from './console-io.ts';
import { EXIT_CODES, exitFor } from './exit-codes.ts';

/** Makes the command line: one file a command. */
export function program(io: Io, codecs: CodecRegistry, version: string): Command {
  const protocols = [...codecs.keys()];
  const root = new Command('odograph')
    .description('Telematics ingestion gateway: what was acknowledged is never lost, and lands once.')
    .version(version)
    .showHelpAfterError('(--help shows what there is)');
  root.addCommand(serveCommand(io, protocols, version));
  root.addCommand(checkConfigCommand(io, protocols));
  root.addCommand(printConfigCommand(io, protocols));
  root.addCommand(migrateCommand(io, protocols));
  root.addCommand(mqttPasswordCommand(io));
  root.addCommand(queryCommand(io, protocols));
  root.addCommand(censusCommand(io, protocols));
  root.addCommand(decodeCommand(io, [...codecs.values()], [...PUSH_DECODERS.values()]));
  root.addCommand(captureCommand(io, codecs));
  root.addCommand(replayCommand(io, protocols));
  root.addCommand(doctorCommand(io, protocols));
  root.addCommand(auditCommand(io, codecs));
  root.addCommand(quarantineCommand(io, codecs));
  root.addCommand(goldenCommand(io, protocols));
  root.addCommand(convertCommand(io));
  root.addCommand(simulateCommand(io, protocols));
  root.addCommand(simulateCloudCommand(io));
  root.addCommand(tailCommand(io, protocols));
  root.addCommand(topCommand(io, protocols));
  root.addCommand(trackersCommand(io, protocols));
  root.addCommand(companiesCommand(io, protocols));
  root.addCommand(consentCommand(io, codecs));
  root.addCommand(keysCommand(io, protocols));
  root.addCommand(commandsCommand(io, codecs));
  root.addCommand(webhooksCommand(io, protocols));
  for (const command of everyCommand(root)) {
    command.exitOverride().configureOutput({ writeOut: (text) => io.out.write(text), writeErr: (text) => io.err.write(text) });
  }
  return root;
}

/** The command and all below it. */
export function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** Runs one command line and gives its exit code. Errors of the gateway are one line each; only bugs show a stack. */
export async function run(root: Command, words: readonly string[], io: Io): Promise<number> {
  try {
    await root.parseAsync([...words], { from: 'user' });
    return EXIT_CODES.ok.code;
  } catch (error) {
    // Commander has written its own message; asking for help or the version is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_CODES.ok.code : EXIT_CODES.usage.code;
    const exit = exitFor(error);
    const text = error instanceof Error ? error.message : String(error);
    note(io, exit === 'bug' && error instanceof Error ? (error.stack ?? text) : text);
    return EXIT_CODES[exit].code;
  }
}
