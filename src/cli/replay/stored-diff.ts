import { GatewayError } from '#errors/gateway-error';
import type { Source } from '../../capture/import/index.ts';
import type { NormaliseRules } from '../../pipeline/normalise.ts';
import { compare, type Change, type FrameChange, type MessageChange } from '../../replay/diff.ts';
import { MessageMaker, type ReplayedMessage } from '../../replay/messages.ts';
import { frameChangeText } from '../../replay/output/diff-text.ts';
import { identOf, type Piece } from '../../replay/piece.ts';
import type { Renaming } from '../../replay/renaming.ts';
import { piecesOf } from '../../replay/replay.ts';
import type { DecoderOptions } from '../../replay/session-decoder.ts';
import { FrameStater, presentUnit, signalsOf, type StatedFrame } from '../../replay/stated.ts';
import type { Connection } from '../../sink/clickhouse/connection.ts';
import { judgeFailure } from '../../sink/clickhouse/insert-errors.ts';
import {
  contentOf,
  keyOf,
  keyOfStored,
  storedMessages,
  type MessageQuestion,
  type StoredMessage,
} from '../../sink/clickhouse/stored-messages.ts';
import { say, startProgress, type Io } from '../console-io.ts';
import { CommandFailure } from '../exit-codes.ts';
import { OutWriter } from './out-writer.ts';

/** A frame of the capture with what it says now. */
interface Read {
  stated: StatedFrame;
  piece: Piece;
  messages: ReplayedMessage[];
}

/** Messages looked up at a time. */
const BATCH = 500;

/**
 * Compares what the present codecs make of a capture with what is stored of the same messages, and shows where they differ. Throws
 * where they do.
 */
export async function sayStoredDiff(
  io: Io,
  connection: Connection,
  input: Source,
  options: { decoding: DecoderOptions; rules: NormaliseRules; renaming: Renaming },
): Promise<void> {
  const { decoding, rules, renaming } = options;
  const maker = new MessageMaker({ rules, renaming });
  const stater = new FrameStater();
  const out = new OutWriter(io.out);
  const units = new Map<string, string>();
  const totals = { frames: 0, messages: 0, changed: 0 };
  const progress = startProgress(io, 'bytes', input.sizeBytes ?? 0);
  let batch: Read[] = [];
  let waiting = 0;
  const settle = async (): Promise<void> => {
    for (const change of await changesIn(connection, batch)) {
      totals.changed++;
      await out.write(`${totals.changed === 1 ? '' : '\n'}${frameChangeText(change, { before: units, after: units })}`);
    }
    batch = [];
    waiting = 0;
  };
  try {
    for await (const piece of piecesOf(input.entries, decoding)) {
      const stated = stater.state(piece);
      const messages = maker.of(piece);
      if (stated === null) continue;
      // Frames that came together are looked up together: what is stored of them is told apart by its time of receipt alone.
      if (waiting >= BATCH && batch.at(-1)?.piece.at !== piece.at) await settle();
      for (const key of signalsOf(stated)) {
        const unit = presentUnit(key);
        if (unit !== null) units.set(key, unit);
      }
      totals.frames++;
      totals.messages += messages.length;
      batch.push({ stated, piece, messages });
      waiting += messages.length;
      progress.update(input.readBytes());
    }
    await settle();
    await out.flush();
  } finally {
    progress.stop();
  }
  const { frames, messages, changed } = totals;
  if (changed > 0) throw new CommandFailure('refused', `${changed} of ${frames} frames differ from what is stored`);
  say(io, `all ${messages} messages of ${frames} frames are stored as the present codecs decode them`);
}

async function changesIn(connection: Connection, batch: readonly Read[]): Promise<FrameChange[]> {
  const frames = batch.flatMap(({ piece, messages }) => {
    const idents = new Set(messages.map(({ message }) => message.ident));
    if (idents.size === 0 && identOf(piece) !== '') idents.add(identOf(piece));
    return [...idents].map((ident) => ({ ident, receivedAt: piece.at }));
  });
  const asked = batch.flatMap(({ messages }) => messages.map(({ message }) => message));
  const stored = new Map((await lookUp(connection, { messages: asked, frames })).map((row) => [keyOfStored(row), row]));
  const wanted = new Set(asked.map(keyOf));
  const extra = Map.groupBy(
    [...stored.values()].filter((row) => !wanted.has(keyOfStored(row))),
    ({ ident, receivedAt }) => `${ident} ${receivedAt}`,
  );
  return batch.flatMap((read) => changeOf(read, stored, extra));
}

async function lookUp(connection: Connection, question: MessageQuestion): Promise<StoredMessage[]> {
  try {
    return await storedMessages(connection, question);
  } catch (cause) {
    const { code, detail } = judgeFailure(cause);
    throw new GatewayError(code, `ClickHouse gives no messages: ${detail}`, { cause });
  }
}

function changeOf(
  { stated, piece, messages }: Read,
  stored: ReadonlyMap<string, StoredMessage>,
  extra: Map<string, StoredMessage[]>,
): FrameChange[] {
  const parts: MessageChange[] = [];
  for (const { message } of messages) {
    const found = stored.get(keyOf(message));
    const now = contentOf(message);
    const changes: Change[] = found === undefined ? [{ path: 'message', after: now }] : changesOf(found, now, piece);
    const deviceTime = message.deviceTime === null ? null : new Date(message.observedAt).toISOString();
    if (changes.length > 0) parts.push({ message: { before: message.index, after: message.index }, deviceTime, changes });
  }
  const idents = new Set([...messages.map(({ message }) => message.ident), identOf(piece)]);
  for (const ident of idents) {
    const key = `${ident} ${piece.at}`;
    for (const row of extra.get(key) ?? []) {
      const changes = [{ path: 'message', before: row.content }];
      parts.push({ message: { before: null, after: null }, deviceTime: new Date(row.deviceTime).toISOString(), changes });
    }
    // Of frames that came at once, one is told of what none of them says any more.
    extra.delete(key);
  }
  return parts.length === 0 ? [] : [{ before: stated, after: stated, parts }];
}

/** A resend is stored with the time of the last of its copies: what depends on that is not compared then. */
function changesOf(found: StoredMessage, now: Record<string, unknown>, piece: Piece): Change[] {
  const changes = compare('', found.content, now);
  return found.receivedAt === piece.at
    ? changes
    : changes.filter(({ path }) => !['backlog', 'observedAt', 'clockRepair'].includes(path));
}
