import type { Source } from '../../capture/import/index.ts';
import { MessageMaker, type ReplayedMessage } from '../../replay/messages.ts';
import { GeoJsonWriter } from '../../replay/output/geojson.ts';
import { jsonLine } from '../../replay/output/json-lines.ts';
import { tableHead, tableLine } from '../../replay/output/message-table.ts';
import { Replay } from '../../replay/replay.ts';
import type { Renaming } from '../../replay/renaming.ts';
import type { DecoderOptions } from '../../replay/session-decoder.ts';
import { Summary } from '../../replay/summary.ts';
import type { NormaliseRules } from '../../pipeline/normalise.ts';
import { note, say, sayJson, sayTable, startProgress, type Io } from '../console-io.ts';
import { utc } from '../registry.ts';
import { endSource } from '../source-options.ts';
import { OutWriter } from './out-writer.ts';

export const FORMATS = ['table', 'jsonl', 'geojson'] as const;
export type Format = (typeof FORMATS)[number];

export interface ShowOptions {
  decoding: DecoderOptions;
  rules: NormaliseRules;
  renaming: Renaming;
  /** How messages are shown; `null` shows the summary alone. */
  format: Format | null;
  /** The summary as one JSON document. */
  json: boolean;
}

interface Printer {
  head: string;
  line(replayed: ReplayedMessage): string | null;
  foot: string;
}

const PRINTERS: Readonly<Record<Format, () => Printer>> = {
  table: () => ({ head: tableHead(), line: tableLine, foot: '' }),
  jsonl: () => ({ head: '', line: (replayed) => `${jsonLine(replayed)}\n`, foot: '' }),
  geojson: () => {
    const writer = new GeoJsonWriter();
    return { head: writer.head(), line: (replayed) => writer.feature(replayed), foot: writer.foot() };
  },
};

/** Idents listed by name. */
const LISTED = 50;

/** Decodes a capture and shows its messages, or what it holds in numbers. Nothing is written anywhere. */
export async function show(io: Io, input: Source, options: ShowOptions): Promise<void> {
  const { decoding, rules, renaming, format, json } = options;
  const replay = new Replay(decoding);
  const maker = new MessageMaker({ rules, renaming });
  const summary = new Summary();
  const out = new OutWriter(io.out);
  const printer = format === null ? null : PRINTERS[format]();
  const progress = startProgress(io, 'bytes', input.sizeBytes ?? 0);
  const take = async (pieces: ReturnType<Replay['take']>): Promise<void> => {
    for (const piece of pieces) {
      const messages = maker.of(piece);
      summary.piece(piece, messages);
      if (printer === null) continue;
      for (const message of messages) {
        const line = printer.line(message);
        if (line !== null) await out.write(line);
      }
    }
  };
  try {
    if (printer !== null) await out.write(printer.head);
    for await (const entry of input.entries) {
      summary.entry(entry);
      await take(replay.take(entry));
      progress.update(input.readBytes());
    }
    await take(replay.end());
    if (printer !== null) await out.write(printer.foot);
    await out.flush();
  } finally {
    progress.stop();
  }
  if (printer !== null) note(io, headline(summary));
  else if (json) sayJson(io, jsonOf(summary));
  else saySummary(io, summary);
  endSource(io, input);
}

function headline({ entries, sessions, frames, messages, faults }: Summary): string {
  const faulty = [...faults.values()].reduce((sum, fault) => sum + fault.frames, 0);
  return `${entries.in + entries.out} entries of ${sessions} sessions: ${frames} frames, ${messages} messages, ${faulty} frames with faults`;
}

function saySummary(io: Io, summary: Summary): void {
  const { entries, bytes, firstAt, lastAt, protocols, faults, idents, otherFrames } = summary;
  say(io, headline(summary));
  say(io, `from ${utc(firstAt)} to ${utc(lastAt)}`);
  say(io, `${entries.in} entries, ${bytes.in} bytes from devices; ${entries.out} entries, ${bytes.out} bytes to them`);
  if (protocols.size === 0) return;
  say(io, '');
  const heading = ['protocol', 'sessions', 'idents', 'frames', 'messages', 'resends', 'positions', 'with faults'];
  sayTable(
    io,
    heading,
    [...protocols].map(([name, totals]) => {
      const { sessions, idents: named, frames, messages, resends, positions, faulty } = totals;
      return [name, sessions, named, frames, messages, resends, positions, faulty];
    }),
  );
  if (faults.size > 0) {
    say(io, '');
    const rows = [...faults].map(([code, { frames, firstAt: at, detail }]) => [code, frames, utc(at), detail]);
    sayTable(io, ['fault', 'frames', 'first', 'which says'], rows);
  }
  if (idents.size === 0) return;
  say(io, '');
  const rows = [...idents].slice(0, LISTED).map(([ident, { protocol, frames, messages, firstAt: from, lastAt: to }]) => {
    return [ident, protocol, frames, messages, utc(from), utc(to)];
  });
  sayTable(io, ['ident', 'protocol', 'frames', 'messages', 'first', 'last'], rows);
  if (idents.size > LISTED) say(io, `and ${idents.size - LISTED}${otherFrames > 0 ? ' or more' : ''} others`);
}

function jsonOf(summary: Summary): object {
  const { entries, bytes, sessions, frames, messages, idleBytes, firstAt, lastAt, protocols, faults, idents, otherFrames } =
    summary;
  return {
    entries,
    bytes,
    idleBytes,
    sessions,
    frames,
    messages,
    firstAt,
    lastAt,
    protocols: Object.fromEntries(protocols),
    faults: Object.fromEntries(faults),
    idents: Object.fromEntries(idents),
    framesOfOtherIdents: otherFrames,
  };
}
