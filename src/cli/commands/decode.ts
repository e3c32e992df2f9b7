import { readFileSync } from 'node:fs';
import { styleText } from 'node:util';
import { Command, Option } from 'commander';
import { placeOf } from '#errors/fault';
import { TRANSPORTS } from '#model/frame-record';
import type { Message } from '#model/message';
import type { Codec, Decoder } from '#protocols/codec';
import { decodersOf } from '#protocols/all';
import { fromHex, toHex } from '#wire/hex';
import { note, say, sayJson, sayTable, type Io } from '../console-io.ts';
import type { Source } from '../../capture/import/index.ts';
import { decodeStream, type DecodedPiece, type DecodedStream } from '../../dissect/decode-stream.ts';
import { dissect, dissectPieces, type Dissection } from '../../dissect/dissect.ts';
import { dissectionLines, type Paint, type Style } from '../dissection-view.ts';
import { CommandFailure } from '../exit-codes.ts';
import { loggedSessions, openLog, type LoggedSession } from '../logged-sessions.ts';
import { withFormatOptions, type SourceOptions } from '../source-options.ts';

interface Options extends SourceOptions {
  dialect?: string;
  explain?: boolean;
  json?: boolean;
}

/** `odograph decode`: shows what bytes mean, without a gateway. */
export function decodeCommand(io: Io, codecs: readonly Codec[], pushed: readonly Decoder[]): Command {
  const names = [codecs, pushed].map((decoders) => decoders.map(({ name }) => name).join(', '));
  const command = new Command('decode')
    .description('show what the bytes of a device, or the body of a push, mean')
    .argument('<hex|file>', 'hex digits, a file with hex digits or raw bytes, what convert reads, or - for standard input')
    .option(
      '-p, --protocol <NAME>',
      `protocol, if the first bytes do not tell: ${names[0]}; always for what clouds push: ${names[1]}`,
    )
    .option('--ident <IDENT>', 'identity an earlier frame gave')
    .option('--dialect <NAME>', 'dialect an earlier frame made known')
    .addOption(
      new Option('--transport <NAME>', 'how the bytes came; udp takes them for one datagram (tcp if not given)').choices(
        TRANSPORTS,
      ),
    )
    .option('--explain', 'name every byte: field, value, unit, meaning; and where decoding stopped')
    .option('--json', 'one JSON document')
    .action(async (input: string, options: Options) => {
      const known = chosen(codecs, pushed, options.protocol);
      const log = pushed.some(({ name }) => name === options.protocol) ? null : await openLog(input, options);
      if (log !== null) return sayLog(io, codecs, await sessionsIn(io, codecs, log, options), options);
      if (options.explain === true) return explain(io, codecs, pushed, input, options);
      const stream = decodeStream(known, bytesOf(input), {
        ident: options.ident ?? null,
        dialect: options.dialect ?? null,
        transport: options.transport ?? 'tcp',
      });
      if (options.json === true) sayJson(io, jsonOf(stream));
      else sayStream(io, stream);
      endWith(stream.pieces);
    });
  return withFormatOptions(command);
}

function sessionsIn(
  io: Io,
  codecs: readonly Codec[],
  log: Source,
  { protocol, ident, dialect }: Options,
): Promise<LoggedSession[]> {
  const byName = new Map(codecs.map((codec) => [codec.name, codec]));
  const named = protocol === undefined ? null : (byName.get(protocol) ?? null);
  const said = { protocol: named, ident: ident ?? null, dialect: dialect ?? null };
  return loggedSessions(io, log, { codecs: byName, decoders: decodersOf(byName), ...said });
}

/** Shows each session of a log or a capture. */
function sayLog(io: Io, codecs: readonly Codec[], sessions: readonly LoggedSession[], { explain: named, json }: Options): void {
  if (json === true) {
    const shown = sessions.map((session) => (named === true ? dissectPieces(codecs, session) : jsonOf(session)));
    sayJson(io, { sessions: shown.map((one, index) => ({ session: sessions[index]?.title, ...one })) });
  } else {
    for (const [index, session] of sessions.entries()) {
      say(io, `${index === 0 ? '' : '\n'}session ${session.title}`);
      if (named === true) sayDissection(io, dissectPieces(codecs, session));
      else sayStream(io, session);
    }
  }
  endWith(sessions.flatMap(({ pieces }) => pieces));
}

/** Fails where pieces have faults. */
function endWith(pieces: readonly Pick<DecodedPiece, 'faults'>[]): void {
  const wrong = pieces.filter(({ faults }) => faults.length > 0).length;
  if (wrong > 0) throw new CommandFailure('input', `${wrong} of ${pieces.length} pieces have faults`);
}

/** Takes the bytes apart until each of them has a name. */
function explain(io: Io, codecs: readonly Codec[], pushed: readonly Decoder[], input: string, options: Options): void {
  if (pushed.some(({ name }) => name === options.protocol))
    throw new CommandFailure(
      'usage',
      `what ${options.protocol} pushes is JSON, which has no fields of bytes: leave out --explain`,
    );
  const dissection = dissect(codecs, bytesOf(input), {
    protocol: options.protocol ?? null,
    ident: options.ident ?? null,
    dialect: options.dialect ?? null,
    transport: options.transport ?? null,
  });
  if (options.json === true) sayJson(io, dissection);
  else sayDissection(io, dissection);
  if (dissection.protocol === null) throw new CommandFailure('input', 'no protocol is recognised; --protocol names one');
  endWith(dissection.pieces);
}

function sayDissection(io: Io, dissection: Dissection): void {
  for (const line of dissectionLines(dissection, io.out.columns ?? EXPLAINED_WIDTH, painter(io))) say(io, line);
}

/** Characters in a line where it does not go to a terminal. */
const EXPLAINED_WIDTH = 120;

const COLOURS: Record<Style, Parameters<typeof styleText>[0]> = {
  title: 'bold',
  quiet: 'dim',
  value: 'cyan',
  key: 'yellow',
  bad: 'red',
  good: 'green',
  plain: 'reset',
};

/** Colours for a terminal; none where `NO_COLOR` is set, or the output goes elsewhere. */
function painter(io: Io): Paint {
  return (style, text) => (style === 'plain' ? text : styleText(COLOURS[style], text, { stream: io.out }));
}

function chosen(codecs: readonly Codec[], pushed: readonly Decoder[], name: string | undefined): Decoder | readonly Codec[] {
  if (name === undefined) return codecs;
  const all = [...codecs, ...pushed];
  const decoder = all.find((one) => one.name === name);
  if (decoder === undefined) {
    throw new CommandFailure('usage', `no protocol is called ${name}: there are ${all.map((one) => one.name).join(', ')}`);
  }
  return decoder;
}

/** Reads hex digits given directly, or a file of hex digits or raw bytes. */
function bytesOf(input: string): Uint8Array {
  const direct = input === '-' ? null : fromHex(input);
  if (direct !== null && direct.length > 0) return direct;
  let content: Buffer;
  try {
    content = readFileSync(input === '-' ? 0 : input);
  } catch (error) {
    throw new CommandFailure('input', `"${input}" is neither hex digits nor a readable file`, { cause: error });
  }
  const bytes = fromHex(content.toString('latin1')) ?? new Uint8Array(content);
  if (bytes.length === 0) throw new CommandFailure('input', 'there are no bytes to decode');
  return bytes;
}

function sayStream(io: Io, { protocol, ident, pieces }: DecodedStream): void {
  say(io, `protocol ${protocol ?? 'unknown'}, ident ${ident === null || ident === '' ? 'not said' : ident}`);
  for (const piece of pieces) {
    if (piece.kind === 'idle') continue;
    say(io, '');
    say(io, `bytes ${piece.from}..${piece.end}: ${piece.kind}${replyText(piece)}`);
    for (const fault of piece.faults) note(io, `  ${fault.code}: ${fault.detail}${placeOf(fault)}`);
    for (const [index, message] of (piece.decoded?.messages ?? []).entries()) sayMessage(io, index, message);
    sayPushed(io, piece);
  }
}

/** What only a cloud states: by what it is known again, and what it says of the right to data. */
function sayPushed(io: Io, { decoded }: DecodedPiece): void {
  const { dedupeKeys = [], consents = [] } = decoded?.pushed ?? {};
  for (const key of dedupeKeys) say(io, `known again by ${key}`);
  for (const { kind, ident, users, scope, cause } of consents) {
    say(io, `consent ${kind}: ${ident ?? users.join(', ')}, ${scope}: ${cause}`);
  }
}

function replyText({ decoded }: DecodedPiece): string {
  return decoded?.reply ? `, reply ${toHex(decoded.reply)}` : '';
}

function sayMessage(io: Io, index: number, message: Message): void {
  const time = message.deviceTime === null ? 'without time' : new Date(message.deviceTime).toISOString();
  const about = message.ident === null ? '' : ` of ${message.ident}`;
  say(io, `message ${index}${about} ${time}${message.stored ? ' from memory' : ''}`);
  const rows: [string, string | number][] = [];
  const { fix } = message;
  if (fix !== null) {
    rows.push(['fix', `${fix.lat}, ${fix.lon}${fix.valid ? '' : ' (not valid)'}`]);
    const { altitudeM, speedKmh, courseDeg, satellites, hdop } = fix;
    for (const [name, value] of Object.entries({ altitudeM, speedKmh, courseDeg, satellites, hdop })) {
      if (value !== null) rows.push([name, value]);
    }
  }
  message.signalKeys.forEach((key, at) => rows.push([key, message.signalValues[at] ?? '']));
  message.stateKeys.forEach((key, at) => rows.push([key, message.stateValues[at] ?? '']));
  for (const { code, alarm } of message.events) rows.push([alarm ? 'alarm' : 'event', code]);
  if (rows.length > 0) sayTable(io, ['what', 'value'], rows);
}

function jsonOf({ protocol, ident, pieces }: DecodedStream): object {
  return {
    protocol,
    ident: ident === '' ? null : ident,
    pieces: pieces
      .filter(({ kind }) => kind !== 'idle')
      .map(({ from, end, kind, decoded, faults }) => ({
        from,
        end,
        kind,
        reply: decoded?.reply ? toHex(decoded.reply) : null,
        faults,
        messages: (decoded?.messages ?? []).map(messageJson),
        ...(decoded?.pushed === undefined ? {} : { pushed: decoded.pushed }),
      })),
  };
}

function messageJson(message: Message): object {
  const { ident, deviceTime, fix, stored, events } = message;
  return {
    ...(ident === null ? {} : { ident }),
    deviceTime: deviceTime === null ? null : new Date(deviceTime).toISOString(),
    fix,
    signals: Object.fromEntries(message.signalKeys.map((key, at) => [key, message.signalValues[at]])),
    states: Object.fromEntries(message.stateKeys.map((key, at) => [key, message.stateValues[at]])),
    events,
    stored,
  };
}
