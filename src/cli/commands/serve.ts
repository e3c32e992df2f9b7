import { flushCompileCache } from 'node:module';
import { Command } from 'commander';
import type { Gateway } from '../../app.ts';
import type { Config } from '../../config/schema.ts';
import { seatsWithSpools } from '../../processes/folders.ts';
import { createLogger, isPretty, type Logger } from '../../observe/logger.ts';
import { configOf, withConfigOptions } from '../config-options.ts';
import { note, say, type Io } from '../console-io.ts';
import { EXIT_CODES } from '../exit-codes.ts';

/** Signals closer together than this are one. */
const SAME_SIGNAL_MS = 1_000;

/** `odograph serve`: the gateway itself, until SIGTERM or SIGINT. */
export function serveCommand(io: Io, protocols: readonly string[], version: string): Command {
  const command = withConfigOptions(new Command('serve')).description('run the gateway until SIGTERM or SIGINT');
  return command.action(async () => {
    const { config } = configOf(command, io, protocols);
    const logger = createLogger(config.log);
    endOnBugs(logger);
    const asked = stopSignal(io);
    const { gateway, stop } = await start({ config, logger, version });
    // Node would keep it at an orderly end only.
    flushCompileCache();
    if (isPretty(config.log)) sayWhatToTry(io, config, gateway);
    // The log goes elsewhere, and somebody sits there all the same.
    else if (io.err.isTTY === true) note(io, firstKeyLines(gateway));
    const signal = await asked;
    logger.info({ signal, drainMs: config.shutdown.drainMs }, 'stopping; a second signal ends at once');
    await stop();
  });
}

/** Where a gateway is reached, the first of its processes. */
type Reached = Pick<Gateway, 'ports' | 'adminPort' | 'apiPort' | 'firstKey'>;

/** Starts the gateway: here, or in as many processes as it needs. What each needs is loaded by it alone, since it is half of all there is to load. */
async function start(options: {
  config: Config;
  logger: Logger;
  version: string;
}): Promise<{ gateway: Reached; stop: () => Promise<void> }> {
  const { config } = options;
  // A process that there is no more may have left what is not stored yet.
  if (config.processes > 1 || seatsWithSpools(config).length > 0) {
    const { Processes } = await import('../../app-processes.ts');
    const processes = await Processes.start(options);
    return { gateway: processes.first, stop: () => processes.stop() };
  }
  const { Gateway } = await import('../../app.ts');
  const gateway = await Gateway.start(options);
  return { gateway, stop: () => gateway.stop() };
}

/**
 * Resolves with the first signal that asks for an end. A second one does not wait: what is acknowledged is in the spool. One
 * that follows at once is the same Ctrl-C, which reaches us from the terminal and again through npm.
 */
function stopSignal(io: Io): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    let askedAt: number | null = null;
    const onSignal = (signal: NodeJS.Signals) => {
      if (askedAt !== null && performance.now() - askedAt > SAME_SIGNAL_MS) {
        note(io, `${signal} again: ending without draining; the spool has what was acknowledged`);
        process.exit(EXIT_CODES.refused.code);
      }
      askedAt ??= performance.now();
      resolve(signal);
    };
    process.on('SIGTERM', onSignal).on('SIGINT', onSignal);
  });
}

/** An error nobody caught ends the process: what was acknowledged is in the spool, and the next start goes on from there. */
function endOnBugs(logger: Logger): void {
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error, code: 'bug_invariant' }, 'an error nobody caught');
    process.exit(EXIT_CODES.bug.code);
  });
}

function sayWhatToTry(io: Io, config: Config, gateway: Reached): void {
  const ports = config.listeners.map(({ name, host, protocols }) => {
    return `  ${name.padEnd(12)} ${host}:${gateway.ports[name]}  ${protocols.join(', ')}`;
  });
  say(
    io,
    `
Odograph takes devices on
${ports.join('\n')}
shows its health on http://${config.admin.host}:${gateway.adminPort} (/readyz, /metrics),
and has its API on ${config.api.certFile === undefined ? 'http' : 'https'}://${config.api.host}:${gateway.apiPort} (/openapi.json).
${io.out.isTTY === true ? firstKeyLines(gateway) : ''}
In another terminal:
  npm run odograph -- trackers register 356307042441013 --provider targa
  npm run odograph -- simulate
  npm run odograph -- trackers list
  npm run odograph -- query 'SELECT * FROM messages ORDER BY stored_at DESC LIMIT 5'
`,
  );
}

/** The key is shown on a terminal only: what a service writes ends in logs. */
function firstKeyLines({ firstKey }: Reached): string {
  if (firstKey === null) return '';
  return `
The first key was made: it opens the API and the console. It is shown this once, and stands in ${firstKey.file}

  ${firstKey.secret}
`;
}
