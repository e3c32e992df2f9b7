import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import { GatewayError } from '#errors/gateway-error';
import { isOpen, type Command as DeviceCommand } from '#model/command';
import type { CodecRegistry } from '#protocols/registry';
import { providerTable } from '../../../providers/table.ts';
import type { Store } from '../../../store/store.ts';
import { configOf, withConfigOptions } from '../../config-options.ts';
import { note, say, sayJson, type Io } from '../../console-io.ts';
import { durationBetween } from '../../duration-option.ts';
import { CommandFailure } from '../../exit-codes.ts';
import { numberBetween } from '../../number-option.ts';
import { utc, withRegistry } from '../../registry.ts';
import { addresseeCalled, type Addressee } from './addressee.ts';
import { waitOf } from './wait.ts';

interface Options {
  expires?: number;
  attempts: number;
  addressed?: boolean;
  wait?: number;
  json?: boolean;
}

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const POLL_MS = 100;

/** `odograph commands send`: queues a command, and waits for its answer where it is told to. */
export function sendCommand(io: Io, codecs: CodecRegistry): Command {
  const command = withConfigOptions(new Command('send'))
    .description('send a command to a device, now or when it connects')
    .argument('<tracker>', 'oid, tracker id, foreign tracker id or serial number, or an ident that was heard')
    .argument('<text>', "the command in the device's own language, for example getinfo")
    .option(
      '--expires <TIME>',
      'time after which it is not sent any more; 24h if not given',
      durationBetween(SECOND, 720 * HOUR),
    )
    .option('--attempts <COUNT>', 'sessions that may carry it until one brings an answer', numberBetween(1, 100), 3)
    .option('--addressed', 'name the device in the command, where the protocol can (Teltonika: Codec 14 in place of 12)')
    .option('--wait <TIME>', 'wait so long for the answer; not at all if not given', durationBetween(SECOND, HOUR))
    .option('--json', 'one JSON document');
  return command.action(async (name: string, text: string, options: Options) => {
    const { config } = configOf(command, io, [...codecs.keys()]);
    await withRegistry(config, async (store) => {
      const addressee = await addresseeCalled(store, codecs, providerTable(config.providers), name);
      const queued = await queue(store, addressee, text, options);
      if (options.json !== true) announce(io, queued, addressee);
      const last = options.wait === undefined ? queued : await answered(store, queued, options.wait);
      if (options.json === true) sayJson(io, last);
      if (options.wait !== undefined) report(io, last, await waitOf(store, codecs, last), options);
    });
  });
}

async function queue(store: Store, { ident, codecs }: Addressee, text: string, options: Options): Promise<DeviceCommand> {
  const { expires = 24 * HOUR, attempts, addressed = false } = options;
  // Whether a session carries it is seen when there is one; whether the text can be written at all, at once.
  const context = { ident, dialect: null, transport: 'tcp' } as const;
  if (!codecs.some((codec) => (codec.encodeCommand?.(text, addressed, context) ?? null) !== null)) {
    throw new GatewayError('command_unsupported', `${codecs.map(({ name }) => name).join(', ')} has no command "${text}"`);
  }
  const queuedAt = Date.now();
  return store.commands.add({ ident, text, addressed, maxAttempts: attempts, queuedAt, expiresAt: queuedAt + expires });
}

function announce(io: Io, { id, ident, text, expiresAt }: DeviceCommand, { heard }: Addressee): void {
  note(io, `command ${id} for ${ident} is queued until ${utc(expiresAt)}: ${text}`);
  if (heard === null) note(io, `nothing was heard of the device yet: the command waits for a login as ${ident}`);
}

/** Gives the command as it is when something final is known of it, or when the time is over. */
async function answered(store: Store, { id }: DeviceCommand, withinMs: number): Promise<DeviceCommand> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const command = await store.commands.byId(id);
    if (command === null) throw new GatewayError('command_unknown', `command ${id} is gone`);
    if (!isOpen(command) || performance.now() >= deadline) return command;
    await pause(POLL_MS);
  }
}

function report(io: Io, { id, status, result }: DeviceCommand, waitsFor: string, { json }: Options): void {
  if (status === 'answered') {
    if (json !== true) say(io, result ?? '');
    return;
  }
  if (status === 'queued' || status === 'sent') {
    throw new CommandFailure('unavailable', `command ${id} is not answered yet, it waits for ${waitsFor}`);
  }
  throw new CommandFailure('refused', `command ${id} ${status}${result === null ? '' : `: ${result}`}`);
}
