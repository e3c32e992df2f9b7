/** Captures from history: what the spool still has, and from ClickHouse what it no longer has. Each frame once. */
import { GatewayError } from '#errors/gateway-error';
import type { FrameRecord } from '#model/frame-record';
import { identKey } from '#model/tracker';
import { newSession } from '#protocols/codec';
import type { DecoderRegistry } from '#protocols/registry';
import { interpret } from '../pipeline/interpret.ts';
import { WITHDRAWN } from '../pipeline/kept.ts';
import type { Connection } from '../sink/clickhouse/connection.ts';
import { judgeFailure } from '../sink/clickhouse/insert-errors.ts';
import { framesHistory, type StoredFrame } from '../sink/clickhouse/frames-history.ts';
import type { SpoolHistory } from '../spool/history.ts';
import type { CaptureEntry } from './entry.ts';
import { isWithin, Selector, type Selection, type Span } from './selection.ts';

export interface HistoryOptions {
  selection: Selection;
  span: Span;
  decoders: DecoderRegistry;
  /** Those of all processes of a gateway; none where they are not asked. */
  spools: readonly SpoolHistory[];
  clickhouse: Connection | null;
  /** Called when one more segment of a spool is read. */
  onProgress: () => void;
}

/** What was taken from where. */
export interface HistoryCounts {
  spool: number;
  clickhouse: number;
}

/** Gives what was received, in the order of its times. History holds what devices sent; what was said to them is not kept. */
export async function* captureHistory(options: HistoryOptions, counts: HistoryCounts): AsyncGenerator<CaptureEntry> {
  const { spools, clickhouse } = options;
  const sources: AsyncGenerator<CaptureEntry>[] = [];
  if (clickhouse !== null) sources.push(fromClickHouse(options, clickhouse, counts));
  for (const spool of spools) sources.push(fromSpool(options, spool, counts));
  yield* merged(sources);
}

async function* fromSpool(
  { selection, span, decoders, onProgress }: HistoryOptions,
  spool: SpoolHistory,
  counts: HistoryCounts,
): AsyncGenerator<CaptureEntry> {
  const selector = new Selector(selection);
  let segments = 0;
  for await (const { entry, segment } of spool.records()) {
    for (; segments < segment; segments++) onProgress();
    const { record } = entry;
    if (!isWithin(record.receivedAt, span) || !selector.takesWay(record.listener, record.peer)) continue;
    // What was reingested is a copy of a capture; what the disk has spoiled is nothing a device has sent; a tombstone is nothing.
    if (record.transport === 'replay' || record.fault === 'spool_corrupt' || record.fault === WITHDRAWN) continue;
    if (selector.byIdent && !isAbout(record, selector, decoders)) continue;
    counts.spool++;
    yield entryOf(record, record.frame);
  }
}

/** What a cloud pushes may be filed under one vehicle and speak of others. */
function isAbout(record: FrameRecord, selector: Selector, decoders: DecoderRegistry): boolean {
  const { ident, decoded } = interpret(record, decoders);
  if (selector.takesIdent(ident)) return true;
  return decoded?.messages.some((message) => message.ident !== null && selector.takesIdent(message.ident)) ?? false;
}

async function* fromClickHouse(
  { selection, span, decoders, spools }: HistoryOptions,
  connection: Connection,
  counts: HistoryCounts,
): AsyncGenerator<CaptureEntry> {
  const except = spools.flatMap(({ spoolId, firstSeq }) =>
    spoolId === null ? [] : [{ spoolId, fromSeq: firstSeq ?? Number.MAX_SAFE_INTEGER }],
  );
  const idents = [...new Set(selection.idents.flatMap((ident) => [ident, ident.trim(), identKey(ident)]))];
  try {
    for await (const stored of framesHistory(connection, { ...selection, idents, ...span, except })) {
      counts.clickhouse++;
      yield entryOfStored(stored, decoders);
    }
  } catch (cause) {
    if (isEmpty(cause)) return;
    const { code, detail } = judgeFailure(cause);
    throw new GatewayError(code, `ClickHouse gives no frames: ${detail}`, { cause });
  }
}

/** Tables that nobody has made yet hold nothing. */
function isEmpty(error: unknown): boolean {
  const type = error instanceof Error && 'type' in error ? error.type : null;
  return type === 'UNKNOWN_DATABASE' || type === 'UNKNOWN_TABLE';
}

function entryOf(
  record: Omit<FrameRecord, 'codecVersion' | 'fault' | 'faultDetail' | 'frame'>,
  bytes: Uint8Array,
): CaptureEntry {
  const { receivedAt, transport, listener, peer, sessionId, protocol, ident, dialect, companyId } = record;
  return {
    at: receivedAt,
    direction: 'in',
    transport,
    listener,
    peer,
    sessionId,
    protocol: protocol === 'unknown' ? null : protocol,
    ident,
    dialect,
    ...(companyId === undefined ? {} : { companyId }),
    bytes,
  };
}

/** Gives a stored frame as it came. ClickHouse keeps the ident a frame is filed under; before a login the session knew none. */
export function entryOfStored(stored: StoredFrame, decoders: DecoderRegistry): CaptureEntry {
  const { protocol, transport, frame, dialect } = stored;
  let ident: string | null = stored.ident === '' ? null : stored.ident;
  try {
    if (ident !== null && decoders.get(protocol)?.decode(frame, newSession(transport)).kind === 'login') ident = null;
  } catch {
    // A codec that throws is our bug, and none of the frame's: it is captured as it was filed.
  }
  return entryOf({ ...stored, ident, dialect: dialect === '' ? null : dialect }, frame);
}

/** Streams that are each in order, as one. */
async function* merged(sources: readonly AsyncGenerator<CaptureEntry>[]): AsyncGenerator<CaptureEntry> {
  const heads = await Promise.all(sources.map(async (source) => ({ source, next: await source.next() })));
  try {
    for (;;) {
      let first: (typeof heads)[number] | null = null;
      let firstAt = Infinity;
      for (const head of heads) {
        if (head.next.done === true || head.next.value.at >= firstAt) continue;
        first = head;
        firstAt = head.next.value.at;
      }
      if (first === null) return;
      yield first.next.value as CaptureEntry;
      first.next = await first.source.next();
    }
  } finally {
    await Promise.all(sources.map((source) => source.return(undefined)));
  }
}
