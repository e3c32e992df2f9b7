/** Frames that will be in quarantine once ClickHouse has them, and are in the spool until then. */
import type { SpoolSeq } from '#model/frame-record';
import type { DecoderRegistry } from '#protocols/registry';
import { isWithin, Selector } from '../capture/selection.ts';
import { interpret } from '../pipeline/interpret.ts';
import { WITHDRAWN } from '../pipeline/kept.ts';
import type { SpoolEntry } from '../pipeline/ports.ts';
import { idOf, type QuarantinedFrame, type QuarantineFilter } from '../reading/quarantine.ts';
import { readCheckpointFile } from '../spool/checkpoint.ts';
import { nodeDisk } from '../spool/disk.ts';
import { SpoolHistory } from '../spool/history.ts';

/** Gives the trackers of frames: `null` for those that are nobody's. */
export type FindOwners = (frames: readonly QuarantinedFrame[]) => Promise<readonly QuarantinedFrame['tracker'][]>;

export interface WaitingOptions {
  /** Folder of the spool. A gateway may be writing to it. */
  directory: string;
  decoders: DecoderRegistry;
  owners: FindOwners;
  /** Records before this one are not looked at, whatever waits: reading them takes time. */
  notBefore: SpoolSeq;
}

/** Reads what waits in a spool behind its checkpoint, the newest first. */
export async function waitingFrames(options: WaitingOptions, filter: QuarantineFilter): Promise<QuarantinedFrame[]> {
  const { directory, decoders, owners, notBefore } = options;
  if (filter.state === 'retried') return [];
  const spool = await SpoolHistory.open(directory);
  try {
    if (spool.spoolId === null) return [];
    const checkpoint = await readCheckpointFile(nodeDisk, directory);
    const storedThrough = checkpoint === null || checkpoint === 'unreadable' ? 0 : checkpoint.seq;
    const selector = new Selector(filter);
    const found: QuarantinedFrame[] = [];
    for await (const { entry } of spool.records(Math.max(notBefore, storedThrough + 1))) {
      const { listener, peer, protocol, receivedAt } = entry.record;
      if (!isWithin(receivedAt, filter) || !selector.takesWay(listener, peer)) continue;
      if (filter.protocols.length > 0 && !filter.protocols.includes(protocol)) continue;
      const frame = quarantinedOf(spool.spoolId, entry, decoders);
      if (frame !== null && isMeant(frame, filter, selector)) found.push(frame);
    }
    const trackers = await owners(found);
    return found
      .map((frame, i) => ({ ...frame, tracker: trackers[i] ?? null }))
      .filter((frame) => isOf(frame, filter))
      .toReversed();
  } finally {
    await spool.close();
  }
}

function isMeant({ code, ident }: QuarantinedFrame, { codes }: QuarantineFilter, selector: Selector): boolean {
  return (codes.length === 0 || codes.includes(code)) && selector.takesIdent(ident);
}

function isOf({ tracker, companyId: at }: QuarantinedFrame, { companyId, trackerOids }: QuarantineFilter): boolean {
  if (trackerOids.length > 0 && !trackerOids.includes(tracker?.oid ?? '')) return false;
  return companyId === null || at === companyId || tracker?.companyId === companyId;
}

/** A record as the quarantine will have it; `null` where it will not. */
function quarantinedOf(spoolId: string, entry: SpoolEntry, decoders: DecoderRegistry): QuarantinedFrame | null {
  const { seq, record } = entry;
  if (record.fault === WITHDRAWN) return null;
  const { ident, quarantine } = interpret(record, decoders);
  if (quarantine === null) return null;
  const place = { spoolId, spoolSeq: seq, rowIndex: 0 };
  const { receivedAt, protocol, codecVersion, transport, listener, peer, sessionId, frame } = record;
  const facts = { receivedAt, protocol, codecVersion, transport, listener, peer, sessionId, frame: frame.slice() };
  const { dialect, companyId = '' } = record;
  return {
    id: idOf(place),
    ...place,
    ...facts,
    ...quarantine,
    ident,
    companyId,
    dialect: dialect ?? '',
    tracker: null,
    retry: null,
    stored: false,
  };
}
