/**
 * Puts frames out of quarantine through the present codecs again, by the way of a reingested capture: split, decoded, normalised, and
 * their rows written by the sink. What is stored already is not written again, so trying twice leaves what trying once does.
 */
import { randomBytes } from 'node:crypto';
import type { Clock } from '#model/clocks';
import type { ErrorCode } from '#errors/codes';
import { entryOfStored } from '../capture/history.ts';
import type { NormaliseRules } from '../pipeline/normalise.ts';
import { OutcomeMaker } from '../pipeline/outcome.ts';
import { WITHDRAWN } from '../pipeline/kept.ts';
import type { ConsentGate, FrameOutcome } from '../pipeline/ports.ts';
import type { ProviderTable } from '../providers/table.ts';
import { isRetried, type QuarantinedFrame, type RetryResult } from '../reading/quarantine.ts';
import { identOf, type Piece } from '../replay/piece.ts';
import { recordFor } from '../replay/records.ts';
import { NO_RENAMING } from '../replay/renaming.ts';
import { Replay } from '../replay/replay.ts';
import type { DecoderOptions } from '../replay/session-decoder.ts';
import type { Connection } from '../sink/clickhouse/connection.ts';
import { ClickHouseSink, type SinkOptions } from '../sink/clickhouse/sink.ts';
import { deviceTimeOf, refusedRowIndex } from '../sink/clickhouse/rows.ts';
import { keyOf, keyOfStored, storedMessages } from '../sink/clickhouse/stored-messages.ts';
import { ClickHouseTables } from '../sink/clickhouse/tables.ts';
import type { TrackerRegistry } from '../store/tracker-store.ts';
import { ownersOf } from './owners.ts';

export interface RetryParts {
  connection: Connection;
  decoding: Pick<DecoderOptions, 'codecs' | 'decoders'>;
  registry: Pick<TrackerRegistry, 'trackersCalled'>;
  providers: ProviderTable;
  rules: NormaliseRules;
  /** How the sink cuts its batches. */
  sink: Omit<SinkOptions, 'tables' | 'spoolId' | 'storedThrough' | 'now'>;
  /** Gives what says whose data may not be kept. */
  gate: (spoolId: string) => Promise<ConsentGate>;
  now: Clock;
}

/** What came of a frame. */
export interface Retried {
  id: string;
  /** `stored`: in full; `duplicate`: all of it was stored before; `failed`: it stays in quarantine, what could be read of it is stored. */
  result: RetryResult;
  /** Why it failed; `null` where it did not. */
  code: ErrorCode | null;
  detail: string;
  codecVersion: number;
  /** Messages that it says, and those of them that were not stored before. */
  messages: number;
  newMessages: number;
}

/** Frames looked up at a time. */
const CHUNK = 100;
/** Places of what is found in one frame: a frame of junk may hold several. */
const PIECES = 4_096;

/**
 * Tries frames again; gives what came of each, in their order, once all is stored and noted. One that was read before stays so, whatever
 * codecs are tried now. Rejects where ClickHouse does not answer.
 */
export async function retryFrames(
  frames: readonly QuarantinedFrame[],
  parts: RetryParts,
  signal: AbortSignal,
): Promise<Retried[]> {
  const results = new Map<string, Omit<Retried, 'id'>>();
  for (const group of Map.groupBy(frames, (frame) => frame.spoolId).values()) {
    // Rows that ClickHouse refused stand beside their frame: it is tried once.
    const unique = new Map(group.map((frame) => [frame.spoolSeq, frame]));
    const sorted = [...unique.values()].sort((a, b) => a.spoolSeq - b.spoolSeq);
    await retrySpool(sorted, parts, signal, results);
  }
  return frames.map((frame) => ({ id: frame.id, ...(results.get(keyOfFrame(frame)) as Omit<Retried, 'id'>) }));
}

const keyOfFrame = ({ spoolId, spoolSeq }: QuarantinedFrame): string => `${spoolId}-${spoolSeq}`;

async function retrySpool(
  frames: readonly QuarantinedFrame[],
  parts: RetryParts,
  signal: AbortSignal,
  results: Map<string, Omit<Retried, 'id'>>,
): Promise<void> {
  const { connection, now } = parts;
  // Each try has a name of its own: what was stored before is known by its record ids.
  const ownId = randomBytes(8).toString('hex');
  const gate = await parts.gate(ownId);
  const sink = await ClickHouseSink.open({
    ...parts.sink,
    tables: new ClickHouseTables(connection),
    spoolId: ownId,
    storedThrough: 0,
    now,
  });
  try {
    for (let at = 0; at < frames.length; at += CHUNK) {
      signal.throwIfAborted();
      const chunk = frames.slice(at, at + CHUNK);
      const judged = await judge(chunk, parts, gate);
      const known = await knownOf(connection, judged);
      const counted = new Map<QuarantinedFrame, { messages: number; newMessages: number }>();
      for (const { frame, outcomes } of judged) {
        const counts = { messages: 0, newMessages: 0 };
        for (const outcome of outcomes) {
          const messages = outcome.messages.filter((message) => !known.has(keyOf(message)));
          counts.messages += outcome.messages.length;
          counts.newMessages += messages.length;
          if (sink.full) await sink.room();
          const record = { ...outcome.record, transport: 'replay' as const };
          if (messages.length > 0) sink.put({ ...outcome, messages, record, quarantine: null });
        }
        counted.set(frame, counts);
      }
      await sink.flush(signal);
      const refused = await refusedRows(connection, ownId, chunk);
      for (const { frame, outcomes, failure } of judged) {
        const counts = counted.get(frame) ?? { messages: 0, newMessages: 0 };
        const version = outcomes.at(-1)?.record.codecVersion ?? parts.decoding.decoders.get(frame.protocol)?.version ?? 0;
        const row = refused.get(frame.spoolSeq);
        counts.newMessages -= row?.messages ?? 0;
        const why = failure ?? row ?? null;
        results.set(keyOfFrame(frame), { ...resultOf(why, counts), ...counts, codecVersion: version });
      }
      await noteResults(connection, ownId, chunk, results, now());
    }
  } finally {
    sink.close();
  }
}

interface Failure {
  code: ErrorCode;
  detail: string;
}

/** A frame with what it leaves. */
interface Judged {
  frame: QuarantinedFrame;
  outcomes: FrameOutcome[];
  failure: Failure | null;
}

async function judge(frames: readonly QuarantinedFrame[], parts: RetryParts, gate: ConsentGate): Promise<Judged[]> {
  const { decoding, registry, providers, rules } = parts;
  const taken = frames.map((frame) => ({ frame, pieces: piecesOf(frame, decoding) }));
  const idents = taken.flatMap(({ pieces }) => pieces.flatMap(identsIn));
  const owners = await ownersOf(registry, providers, idents);
  let at = 0;
  const outcomes = new OutcomeMaker({
    decoders: decoding.decoders,
    owners: { find: (protocol, ident, companyId) => owners.at(protocol, ident, at, companyId) },
    rules,
    duplicateWindow: frames.length * PIECES,
    gate,
  });
  return taken.map(({ frame, pieces }) => {
    at = frame.receivedAt;
    const judged: Judged = { frame, outcomes: [], failure: beyondRetry(frame, pieces) };
    if (judged.failure !== null) return judged;
    for (const [i, piece] of pieces.entries()) take(judged, piece, frame.spoolSeq * PIECES + i, outcomes);
    return judged;
  });
}

function piecesOf(frame: QuarantinedFrame, { codecs, decoders }: RetryParts['decoding']): Piece[] {
  if (frame.code === 'spool_corrupt') return [];
  const replay = new Replay({ codecs, decoders, protocol: null, ident: null });
  const { companyId, ...stored } = frame;
  const entry = entryOfStored({ ...stored, ...(companyId === '' ? {} : { companyId }) }, decoders);
  return [...replay.take(entry), ...replay.end()].filter(({ kind }) => kind !== 'idle');
}

function identsIn(piece: Piece): string[] {
  return [identOf(piece), ...(piece.decoded?.messages ?? []).flatMap(({ ident }) => (ident === null ? [] : [ident]))];
}

function beyondRetry({ code }: QuarantinedFrame, pieces: readonly Piece[]): Failure | null {
  if (code === 'spool_corrupt') return { code, detail: 'the disk has spoiled these bytes: no codec can read them' };
  if (pieces.length === 0) return { code: 'wire_unknown', detail: 'no frame is in these bytes' };
  if (pieces.length > PIECES) return { code: 'wire_length', detail: `more than ${PIECES} frames are in these bytes` };
  return null;
}

function take(judged: Judged, piece: Piece, seq: number, outcomes: OutcomeMaker): void {
  const record = recordFor(piece, NO_RENAMING);
  if (typeof record === 'string') {
    const [fault] = piece.faults;
    const unnamed = {
      code: 'session_login_required',
      detail: 'the frame names no device, and its session had named none',
    } as const;
    judged.failure ??= fault === undefined ? unnamed : { code: fault.code, detail: fault.detail };
    return;
  }
  const outcome = outcomes.of({ seq, record });
  if (outcome.column === 'refused') judged.failure ??= { code: WITHDRAWN, detail: 'the right to its data has ended' };
  else judged.outcomes.push(outcome);
  judged.failure ??= outcome.quarantine;
}

/** Messages that are stored already. */
async function knownOf(connection: Connection, judged: readonly Judged[]): Promise<ReadonlySet<string>> {
  const messages = judged
    .flatMap(({ outcomes }) => outcomes.flatMap((outcome) => outcome.messages))
    // A codec with a bug may say what is no time.
    .filter((message) => Number.isFinite(deviceTimeOf(message)));
  const stored = messages.length === 0 ? [] : await storedMessages(connection, { messages, frames: [] });
  return new Set(stored.map(keyOfStored));
}

/** Why rows of frames could not be written even now, by the position of the frame. */
async function refusedRows(
  connection: Connection,
  ownId: string,
  frames: readonly QuarantinedFrame[],
): Promise<ReadonlyMap<number, Failure & { messages: number }>> {
  const [first, last] = [refusedRowIndex('messages', 0), refusedRowIndex('messages', 0xffff)];
  const rows = await connection.rows<{ seq: string; code: ErrorCode; detail: string; messages: string }>(
    `SELECT intDiv(spool_seq, ${PIECES}) AS seq, argMin(code, row_index) AS code, argMin(detail, row_index) AS detail,
       countIf(row_index BETWEEN ${first} AND ${last}) AS messages FROM ${connection.database}.quarantine
     WHERE spool_id = {spool:UInt64} AND spool_seq >= {from:UInt64} AND spool_seq < {to:UInt64} GROUP BY seq`,
    {
      spool: digitsOf(ownId),
      from: (frames[0]?.spoolSeq ?? 0) * PIECES,
      to: ((frames.at(-1)?.spoolSeq ?? 0) + 1) * PIECES,
    },
  );
  return new Map(rows.map(({ seq, code, detail, messages }) => [Number(seq), { code, detail, messages: Number(messages) }]));
}

function digitsOf(spoolId: string): string {
  return BigInt(`0x${spoolId}`).toString();
}

function resultOf(
  failure: Failure | null,
  { newMessages, messages }: { messages: number; newMessages: number },
): Pick<Retried, 'result' | 'code' | 'detail'> {
  if (failure !== null) return { result: 'failed', code: failure.code, detail: failure.detail };
  // A frame may say nothing, as a heartbeat does.
  return { result: messages > 0 && newMessages === 0 ? 'duplicate' : 'stored', code: null, detail: '' };
}

function noteResults(
  connection: Connection,
  ownId: string,
  frames: readonly QuarantinedFrame[],
  results: ReadonlyMap<string, Omit<Retried, 'id'>>,
  at: number,
): Promise<void> {
  const open = frames.filter((frame) => !isRetried(frame));
  if (open.length === 0) return Promise.resolve();
  const rows = open.map((frame) => {
    const { result, code, detail, codecVersion, newMessages } = results.get(keyOfFrame(frame)) as Omit<Retried, 'id'>;
    return {
      spool_id: digitsOf(frame.spoolId),
      retry_spool_id: digitsOf(ownId),
      spool_seq: frame.spoolSeq,
      retried_at: new Date(at).toISOString().replace('T', ' ').slice(0, -1),
      result,
      code: code ?? '',
      detail,
      codec_version: codecVersion,
      new_messages: newMessages,
    };
  });
  return connection.insertObjects('quarantine_retries', rows);
}
