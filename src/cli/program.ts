import { Command, CommanderError } from 'commander';
import type { CodecRegistry } from '#protocols/registry';
import { note, type Io } from './console-io.ts';
import { EXIT_CODES, exitFor } from './exit-codes.ts';

/** What commands are made of. */
interface Given {
  io: Io;
  codecs: CodecRegistry;
  /** Names of the codecs. */
  protocols: readonly string[];
  version: string;
}

/** The commands by name, in the order of the help. A call loads the one it names: to load them all takes longer than most take to answer. */
const COMMANDS: Readonly<Record<string, (given: Given) => Promise<Command>>> = {
  serve: async ({ io, protocols, version }) => (await import('./commands/serve.ts')).serveCommand(io, protocols, version),
  'check-config': async ({ io, protocols }) => (await import('./commands/check-config.ts')).checkConfigCommand(io, protocols),
  'print-config': async ({ io, protocols }) => (await import('./commands/print-config.ts')).printConfigCommand(io, protocols),
  migrate: async ({ io, protocols }) => (await import('./commands/migrate.ts')).migrateCommand(io, protocols),
  'mqtt-password': async ({ io }) => (await import('./commands/mqtt-password.ts')).mqttPasswordCommand(io),
  query: async ({ io, protocols }) => (await import('./commands/query.ts')).queryCommand(io, protocols),
  census: async ({ io, protocols }) => (await import('./commands/census.ts')).censusCommand(io, protocols),
  decode: async ({ io, codecs }) => {
    const [{ decodeCommand }, { PUSH_DECODERS }] = await Promise.all([
      import('./commands/decode.ts'),
      import('#protocols/all'),
    ]);
    return decodeCommand(io, [...codecs.values()], [...PUSH_DECODERS.values()]);
  },
  capture: async ({ io, codecs }) => (await import('./commands/capture.ts')).captureCommand(io, codecs),
  replay: async ({ io, protocols }) => (await import('./commands/replay.ts')).replayCommand(io, protocols),
  doctor: async ({ io, protocols }) => (await import('./commands/doctor.ts')).doctorCommand(io, protocols),
  audit: async ({ io, codecs }) => (await import('./commands/audit.ts')).auditCommand(io, codecs),
  quarantine: async ({ io, codecs }) => (await import('./commands/quarantine.ts')).quarantineCommand(io, codecs),
  golden: async ({ io, protocols }) => (await import('./commands/golden.ts')).goldenCommand(io, protocols),
  convert: async ({ io }) => (await import('./commands/convert.ts')).convertCommand(io),
  simulate: async ({ io, protocols }) => (await import('./commands/simulate.ts')).simulateCommand(io, protocols),
  'simulate-cloud': async ({ io }) => (await import('./commands/simulate-cloud.ts')).simulateCloudCommand(io),
  tail: async ({ io, protocols }) => (await import('./commands/tail.ts')).tailCommand(io, protocols),
  top: async ({ io, protocols }) => (await import('./commands/top.ts')).topCommand(io, protocols),
  trackers: async ({ io, protocols }) => (await import('./commands/trackers.ts')).trackersCommand(io, protocols),
  companies: async ({ io, protocols }) => (await import('./commands/companies.ts')).companiesCommand(io, protocols),
  consent: async ({ io, codecs }) => (await import('./commands/consent.ts')).consentCommand(io, codecs),
  keys: async ({ io, protocols }) => (await import('./commands/keys.ts')).keysCommand(io, protocols),
  commands: async ({ io, codecs }) => (await import('./commands/commands.ts')).commandsCommand(io, codecs),
  webhooks: async ({ io, protocols }) => (await import('./commands/webhooks.ts')).webhooksCommand(io, protocols),
};

/** Makes the command line: one file a command. Given the words of a call, it has the command that they name; all where they name none. */
export async function program(io: Io, codecs: CodecRegistry, version: string, words: readonly string[] = []): Promise<Command> {
  const given: Given = { io, codecs, protocols: [...codecs.keys()], version };
  const root = new Command('odograph')
    .description('Telematics ingestion gateway: what was acknowledged is never lost, and lands once.')
    .version(version)
    .showHelpAfterError('(--help shows what there is)');
  const called = words.find((word) => !word.startsWith('-')) ?? '';
  for (const [name, load] of Object.entries(COMMANDS)) {
    if (name === called || !Object.hasOwn(COMMANDS, called)) root.addCommand(await load(given));
  }
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
