/** Takes vehicles out of a capture file whose data may not be kept. */
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { GatewayError } from '#errors/gateway-error';
import type { EpochMs } from '#model/clocks';
import type { FrameRecord, Transport } from '#model/frame-record';
import type { DecoderRegistry } from '#protocols/registry';
import { scrubbed, WITHDRAWN } from '../pipeline/kept.ts';
import type { ConsentGate } from '../pipeline/ports.ts';
import { wordsOf } from '../pipeline/redact.ts';
import { nodeDisk } from '../spool/disk.ts';
import type { CaptureEntry } from './entry.ts';
import type { CaptureItem } from './file/items.ts';
import { newReport, readCaptureItems, type CaptureReport } from './file/reader.ts';
import { CaptureWriter } from './file/writer.ts';

export interface PurgedCapture {
  entries: number;
  /** Left out. */
  removed: number;
  /** Left in, without what they said of some vehicles. */
  divided: number;
  /** Ranges that match no checksum: nobody can tell what they say, and they are left out. */
  corruptRanges: number;
}

const SUFFIX = '.purge';
/** Whose sessions are one device's each; those of brokers and clouds are of many, and each piece is judged by itself. */
const ONE_DEVICE: ReadonlySet<Transport> = new Set(['tcp', 'tls', 'udp']);

/**
 * Writes a capture anew without withdrawn vehicles, and puts it in the place of the old one. Killed at any moment it leaves the one or
 * the other. Where nothing has to go the file stays as it is. Rejects with `capture_invalid`.
 */
export async function purgeCapture(
  path: string,
  decoders: DecoderRegistry,
  gate: ConsentGate,
  now: EpochMs,
): Promise<PurgedCapture> {
  const sessions = await stoppedSessions(path, gate);
  const purged: PurgedCapture = { entries: 0, removed: 0, divided: 0, corruptRanges: 0 };
  const made = path + SUFFIX;
  await rm(made, { force: true });
  const writer = await CaptureWriter.open(made, now);
  try {
    const report = newReport();
    for await (const item of itemsOf(path, report)) {
      if (item.kind === 'gap') {
        writer.gap(item);
        continue;
      }
      purged.entries++;
      const kept = keptOf(item.entry, sessions, decoders, gate);
      if (kept === null) purged.removed++;
      else {
        if (kept !== item.entry) purged.divided++;
        await writer.add(kept);
      }
    }
    purged.corruptRanges = report.corruptRanges;
  } finally {
    await writer.close();
  }
  const isChanged = purged.removed + purged.divided + purged.corruptRanges > 0;
  if (isChanged) await takePlace(made, path);
  else await rm(made);
  return purged;
}

async function* itemsOf(path: string, report: CaptureReport): AsyncGenerator<CaptureItem> {
  try {
    yield* readCaptureItems(createReadStream(path), path, report);
  } catch (cause) {
    if (cause instanceof GatewayError) throw cause;
    throw new GatewayError('capture_invalid', `${path} cannot be read: ${String(cause)}`, { cause });
  }
}

async function takePlace(made: string, path: string): Promise<void> {
  try {
    await nodeDisk.rename(made, path);
    await nodeDisk.syncDirectory(dirname(path));
  } catch (cause) {
    throw new GatewayError('capture_invalid', `${path} cannot be replaced: ${String(cause)}`, { cause });
  }
}

/** A connection is a device's from its first byte on, though only a login says whose. */
async function stoppedSessions(path: string, gate: ConsentGate): Promise<ReadonlySet<string>> {
  const sessions = new Set<string>();
  for await (const item of itemsOf(path, newReport())) {
    if (item.kind === 'gap' || !ONE_DEVICE.has(item.entry.transport)) continue;
    if (isNamed(item.entry, gate)) sessions.add(item.entry.sessionId);
  }
  return sessions;
}

function isNamed(entry: CaptureEntry, gate: ConsentGate): boolean {
  const { ident, bytes } = entry;
  const place = { seq: 0, record: recordOf(entry) };
  const stops = (name: string): boolean => gate.stops(place, name);
  if (ident !== null && stops(ident)) return true;
  return [...wordsOf(bytes)].some(stops);
}

/** What of an entry may be kept; `null` for nothing. */
function keptOf(
  entry: CaptureEntry,
  sessions: ReadonlySet<string>,
  decoders: DecoderRegistry,
  gate: ConsentGate,
): CaptureEntry | null {
  if (ONE_DEVICE.has(entry.transport)) return sessions.has(entry.sessionId) ? null : entry;
  if (entry.direction === 'in') {
    const changed = scrubbed({ seq: 0, record: recordOf(entry) }, decoders, gate);
    if (changed === null) return entry;
    return changed.fault === WITHDRAWN ? null : { ...entry, ident: changed.ident, bytes: changed.frame };
  }
  return isNamed(entry, gate) ? null : entry;
}

function recordOf({
  at,
  transport,
  listener,
  peer,
  sessionId,
  protocol,
  ident,
  dialect,
  companyId,
  bytes,
}: CaptureEntry): FrameRecord {
  const facts = { transport, listener, peer, sessionId, ident, dialect, frame: bytes };
  const company = companyId === undefined ? {} : { companyId };
  return {
    ...facts,
    ...company,
    receivedAt: at,
    protocol: protocol ?? 'unknown',
    codecVersion: 0,
    fault: null,
    faultDetail: null,
  };
}
