import { existsSync, readFileSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import { CODECS, decodersOf } from '#protocols/all';
import type { Source } from '../../capture/import/index.ts';
import type { Config } from '../../config/schema.ts';
import { parseTarget, type Target } from '../../replay/play/target.ts';
import type { DecodeSource } from '../../replay/decode-file.ts';
import { Renaming } from '../../replay/renaming.ts';
import type { DecoderOptions } from '../../replay/session-decoder.ts';
import { withConnection } from '../clickhouse-access.ts';
import { configOf, withConfigOptions } from '../config-options.ts';
import { note, type Io } from '../console-io.ts';
import { durationBetween } from '../duration-option.ts';
import { CommandFailure } from '../exit-codes.ts';
import { decodeOf, savedDecode, saveDecode, sayDiff } from '../replay/compare.ts';
import { decodingOf } from '../replay/options.ts';
import { codecsOfRef, type RefCodecs } from '../replay/ref-codecs.ts';
import { reingest } from '../replay/reingest.ts';
import { FORMATS, show, type Format } from '../replay/show.ts';
import { sayStoredDiff } from '../replay/stored-diff.ts';
import { endSource, openNamed, withSourceOptions, type SourceOptions } from '../source-options.ts';

interface Options extends SourceOptions {
  format?: Format;
  json?: boolean;
  tracker?: (readonly [string, string])[];
  save?: string;
  diff?: string;
  to?: Target;
  speed: number;
  ackTimeout: number;
  ca?: string;
  username: string;
  passwordFile?: string;
  write?: boolean;
}

/** `odograph replay`: captures through the present code. */
export function replayCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(withSourceOptions(new Command('replay')))
    .description('decode a capture with the present codecs; nothing is written or sent unless it is asked for')
    .argument('<file>', 'capture file, or what another tool has logged')
    .addOption(new Option('--format <FORM>', 'show the messages, not only what the capture holds in numbers').choices(FORMATS))
    .option('--json', 'numbers as one JSON document')
    .option('--tracker <A=B>', 'what the device A sent is B’s; may be repeated', pair)
    .option('--save <FILE>', 'keep the decode, to compare it with that of another version')
    .option('--diff <A..B>', 'compare decodes: saved ones, versions of this repository, or "stored": what ClickHouse has')
    .option('--to <URL>', 'play it against a gateway: tcp://, tls://, udp://, mqtt://, mqtts://, http://, https://', target)
    .option('--speed <TIMES>', 'with --to: 1x as it was captured, 10x ten times as fast, max without waiting', speed, 1)
    .option(
      '--ack-timeout <DURATION>',
      'with --to: patience for a connection and for each reply',
      durationBetween(1_000, 3_600_000),
      10_000,
    )
    .option('--ca <FILE>', 'with --to: certificates to be trusted, PEM')
    .option('--username <NAME>', 'with --to: name to log in with over MQTT or HTTP; {ident} stands for the device', '{ident}')
    .option('--password-file <FILE>', 'with --to: file with the password, if the URL has none')
    .option('--write', 'store the messages in the ClickHouse of the configuration; what is there already is not written again');
  return command.action(async (file: string, options: Options) => {
    const { config } = configOf(command, io, protocols);
    checkOptions(file, options);
    const decoding = decodingOf(config, options);
    const renaming = new Renaming(options.tracker ?? []);
    await run(io, config, file, options, decoding, renaming);
  });
}

async function run(
  io: Io,
  config: Config,
  file: string,
  options: Options,
  decoding: DecoderOptions,
  renaming: Renaming,
): Promise<void> {
  const { format, json = false, save, diff, to, write } = options;
  const open = () => openNamed(file, options);
  if (to !== undefined) {
    const { speed: times, ackTimeout } = options;
    const line = { ...loginOf(to, options), timeoutMs: ackTimeout, ca: options.ca === undefined ? null : textOf(options.ca) };
    // Loaded by this way of replaying alone: it brings an MQTT client.
    const { playTo } = await import('../replay/play.ts');
    await playTo(io, open, { target: to, speed: times, ackTimeoutMs: ackTimeout, line, decoding, renaming, json });
  } else if (write === true) {
    await withConnection(config, io, (connection) => reingest(io, config, connection, open, { decoding, renaming, json }));
  } else if (diff === 'stored') {
    const input = await open();
    const rules = config.pipeline;
    await withConnection(config, io, (connection) => sayStoredDiff(io, connection, input, { decoding, rules, renaming }));
    endSource(io, input);
  } else if (diff !== undefined) {
    await diffVersions(io, open, diff, decoding);
  } else if (save !== undefined) {
    const input = await open();
    const frames = await saveDecode(io, save, input, decoding);
    note(io, `${save} holds ${frames} frames`);
    endSource(io, input);
  } else {
    await show(io, await open(), { decoding, rules: config.pipeline, renaming, format: format ?? null, json });
  }
}

function checkOptions(file: string, { format, save, diff, to, write, json }: Options): void {
  if (file === '-' && (to !== undefined || write === true || diff !== undefined)) {
    throw new CommandFailure('usage', 'standard input can be read only once: name a file');
  }

  const chosen = Object.entries({ format, save, diff, to, write: write === true ? write : undefined }).filter(
    ([, value]) => value !== undefined,
  );
  if (chosen.length > 1) {
    throw new CommandFailure('usage', `${chosen.map(([name]) => `--${name}`).join(' and ')} exclude each other`);
  }
  if (json === true && (format !== undefined || save !== undefined || diff !== undefined)) {
    throw new CommandFailure('usage', '--json is for the numbers; --format jsonl gives messages as JSON');
  }
}

function pair(text: string, before: readonly (readonly [string, string])[] = []): (readonly [string, string])[] {
  const at = text.indexOf('=');
  if (at < 1 || at === text.length - 1) throw new InvalidArgumentError('It takes two idents, A=B.');
  return [...before, [text.slice(0, at), text.slice(at + 1)]];
}

function speed(text: string): number {
  if (text === 'max') return Infinity;
  const times = Number(/^(\d+(?:\.\d+)?)x$/.exec(text)?.[1]);
  if (!(times > 0)) throw new InvalidArgumentError('It takes 1x, 10x or the like, or max.');
  return times;
}

function target(text: string): Target {
  const parsed = parseTarget(text);
  if (typeof parsed === 'string') throw new InvalidArgumentError(`${parsed}.`);
  return parsed;
}

function loginOf({ url }: Target, { username, passwordFile }: Options): { username: string; password: string | null } {
  const name = url.username === '' ? username : decodeURIComponent(url.username);
  const inUrl = url.password === '' ? null : decodeURIComponent(url.password);
  return { username: name, password: passwordFile === undefined ? inUrl : textOf(passwordFile).replace(/\r?\n$/, '') };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new CommandFailure('input', `${path} cannot be read: ${String(cause)}`, { cause });
  }
}

/** Compares two decodes. Each is a saved one where a file is called so, otherwise a version; one left out is what runs now. */
async function diffVersions(io: Io, open: () => Promise<Source>, diff: string, decoding: DecoderOptions): Promise<void> {
  const names = sidesOf(diff);
  const refs = new Map<string, RefCodecs>();
  const inputs: Source[] = [];
  const sourceOf = async (name: string): Promise<DecodeSource> => {
    if (existsSync(name)) return savedDecode(name);
    const input = await open();
    inputs.push(input);
    // Two decodes go through the file side by side: one of them says how far.
    const shown = inputs.length === 1 ? io : null;
    const ref = refs.get(name);
    if (ref !== undefined) {
      const { codecs, decoders, unitOf } = ref;
      const protocol = codecs.get(decoding.protocol?.name ?? '') ?? null;
      return decodeOf(ref.name, input, { ...decoding, codecs, decoders, protocol }, shown, unitOf);
    }
    // A version of the repository knows no DBC files of the configuration: beside it, neither does this one.
    const plain = { ...decoding, codecs: CODECS, decoders: decodersOf(CODECS) };
    return decodeOf('this version', input, refs.size > 0 ? plain : decoding, shown);
  };
  try {
    for (const name of names) if (name !== '' && !existsSync(name)) refs.set(name, await codecsOfRef(name));
    const [before, after] = names;
    await sayDiff(io, await sourceOf(before), await sourceOf(after));
    // Whoever read it, the file is the same.
    const [input] = inputs;
    if (input !== undefined) endSource(io, input);
  } finally {
    for (const ref of refs.values()) await ref.remove();
  }
}

/** The two sides of `A..B`. Names of files may hold dots of their own; those of versions never hold two. */
function sidesOf(diff: string): [string, string] {
  for (let at = diff.indexOf('..'); at >= 0; at = diff.indexOf('..', at + 1)) {
    const [before, after] = [diff.slice(0, at), diff.slice(at + 2)];
    if (before + after !== '' && mayBeName(before) && mayBeName(after)) return [before, after];
  }
  throw new CommandFailure('usage', '--diff takes A..B, A.. or ..B, where the one left out is what runs now, or stored');
}

function mayBeName(text: string): boolean {
  return !text.includes('..') || existsSync(text);
}
