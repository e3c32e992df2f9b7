import { InvalidArgumentError, Option, type Command } from 'commander';
import { TRANSPORTS, type Transport } from '#model/frame-record';
import {
  openSource,
  PAYLOADS,
  SOURCES,
  type OpenOptions,
  type PayloadForm,
  type Source,
  type SourceName,
} from '../capture/import/index.ts';
import type { TransferReport } from '../capture/import/report.ts';
import { parseDateTime, parseEpoch, timeZone, utcTime, type LocalTime } from '../capture/import/times.ts';
import { note, type Io } from './console-io.ts';
import { durationBetween } from './duration-option.ts';
import { CommandFailure } from './exit-codes.ts';

/** What a command line says of a file that something else has written. */
export interface SourceOptions {
  from: SourceName | 'auto';
  protocol?: string;
  ident?: string;
  transport?: Transport;
  port?: Map<number, string | null>;
  timeZone?: LocalTime;
  at?: number;
  topic?: string[];
  payload: PayloadForm;
  canWindow?: number;
}

const SECOND_MS = 1_000;

/** Adds the options that say what a file is and what it does not say itself. */
export function withSourceOptions(command: Command): Command {
  return withFormatOptions(
    command
      .option('-p, --protocol <NAME>', 'protocol of what the file names none for')
      .option('--ident <IDENT>', 'device of what the file names none for; the box that CAN frames are said to come from')
      .addOption(
        new Option('--transport <NAME>', 'how the bytes came, where the file does not say (tcp if not given)').choices(
          TRANSPORTS,
        ),
      ),
  );
}

/** Adds those of them that are about the file alone. */
export function withFormatOptions(command: Command): Command {
  return command
    .addOption(new Option('--from <FORMAT>', 'what the file is').choices(['auto', ...SOURCES]).default('auto'))
    .option('--port <PORT[=PROTOCOL]>', 'of packets, take only what went to this port of the gateway; may be repeated', addPort)
    .option('--time-zone <NAME>', 'of times without one: Europe/Madrid, +02:00; UTC if not given', zoneCalled)
    .option('--at <TIME>', "time of what the file gives none; the file's own if not given", timeCalled)
    .option('--topic <PATTERN>', 'of MQTT dumps, how topics name {ident} and {protocol}; may be repeated', addTopic)
    .addOption(new Option('--payload <FORM>', 'of MQTT dumps, what payloads are written in').choices(PAYLOADS).default('auto'))
    .option(
      '--can-window <TIME>',
      'CAN frames of so much time make one record; 1s if not given',
      durationBetween(SECOND_MS, 60 * SECOND_MS),
    );
}

function addPort(text: string, before: Map<number, string | null> = new Map()): Map<number, string | null> {
  const [, port, protocol] = /^(\d{1,5})(?:=([a-z][a-z0-9-]*))?$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError('It takes a port such as 5027 or 5027=teltonika.');
  return new Map([...before, [Number(port), protocol ?? null]]);
}

function addTopic(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

function zoneCalled(name: string): LocalTime {
  const zone = timeZone(name);
  if (zone === null) throw new InvalidArgumentError('It takes a name such as Europe/Madrid, or an offset such as +02:00.');
  return zone;
}

function timeCalled(text: string): number {
  const at = parseDateTime(text, utcTime) ?? (/^\d+(\.\d+)?$/.test(text) ? parseEpoch(Number(text)) : null);
  if (at === null) throw new InvalidArgumentError('It takes a time such as 2026-08-21T09:18:51Z.');
  return at;
}

/** Opens the file that a command line names. */
export function openNamed(path: string, options: SourceOptions): Promise<Source> {
  const { from, protocol, ident, transport, port, timeZone: localTime, at, topic, payload, canWindow } = options;
  const said: OpenOptions = { format: from, payload };
  if (transport !== undefined) said.transport = transport;
  if (protocol !== undefined) said.protocol = protocol;
  if (ident !== undefined) said.ident = ident;
  if (port !== undefined) said.ports = port;
  if (at !== undefined) said.at = at;
  if (topic !== undefined) said.topics = topic;
  if (localTime !== undefined) said.localTime = localTime;
  if (canWindow !== undefined) said.canWindowMs = canWindow;
  return openSource(path, said);
}

/** Says what was left out of a transfer, and what was taken with a doubt: how often, why, and where first. */
export function noteReport(io: Io, { skipped, noted }: Pick<TransferReport, 'skipped' | 'noted'>): void {
  for (const [word, remarks] of [
    ['skipped', skipped],
    ['note', noted],
  ] as const) {
    for (const { reason, means, count, first } of remarks) {
      const places = first.map(({ where, detail }) => (detail === '' ? where : `${where} (${detail})`)).join(', ');
      note(io, `${word}: ${count} × ${means} [${reason}]: ${places}${count > first.length ? ', …' : ''}`);
    }
  }
}

/** Says, of a file that was read to its end, what was left out of it. Throws where it is a damaged capture. */
export function endSource(io: Io, { path, report }: Pick<Source, 'path' | 'report'>): void {
  noteReport(io, report);
  if (report.isDamaged) throw new CommandFailure('input', `${path} is damaged: this is what could be read of it`);
}
