/** What may be kept of a record: all of it, unless the right to the data of a vehicle that it speaks of has ended. */
import type { FrameRecord } from '#model/frame-record';
import { identityOf, type Message } from '#model/message';
import { identKey } from '#model/tracker';
import type { DecoderRegistry } from '#protocols/registry';
import { toHex } from '#wire/hex';
import { interpret, type Interpretation } from './interpret.ts';
import type { ConsentGate, SpoolEntry } from './ports.ts';
import { withoutVehicles, wordsOf } from './redact.ts';

/** The code of a record of which only its place is left. */
export const WITHDRAWN = 'consent_withdrawn';

const NO_BYTES = new Uint8Array();

/** A part of a record. */
export interface KeptPart {
  /** With what may be kept of its bytes, or none where those cannot be divided; a tombstone where nothing may be kept. */
  record: FrameRecord;
  /** Nothing of it may be kept. */
  isGone: boolean;
  /** Idents nothing may be kept of, as `identKey` has them. */
  stopped: ReadonlySet<string>;
}

/** Gives what may be kept of a record; `null` for all of it. Throws where the gate does. */
export function keptOf(
  entry: SpoolEntry,
  meant: Interpretation,
  decoders: DecoderRegistry,
  gate: ConsentGate,
): KeptPart | null {
  if (gate.isOpen) return null;
  const { record } = entry;
  const messages = meant.decoded?.messages ?? [];
  const stopped = stoppedIn(entry, meant, gate);
  if (stopped.size === 0) return null;
  const isStopped = (ident: string): boolean => stopped.has(identKey(ident));
  const left = messages.filter((message) => !isStopped(message.ident ?? meant.ident));
  if (left.length === 0) return { record: tombstoneOf(record), isGone: true, stopped };
  const ident = record.ident !== null && isStopped(record.ident) ? null : record.ident;
  const frame = withoutVehicles(record.frame, stopped);
  const divided = frame === null ? null : { ...record, ident, frame };
  const isWhole = divided !== null && says(divided, left, meant.ident, decoders);
  return { record: isWhole ? divided : { ...record, ident, frame: NO_BYTES }, isGone: false, stopped };
}

/** What is left in the place of a record: when and by which way it came, and nothing that it said. */
export function tombstoneOf(record: FrameRecord): FrameRecord {
  const nothing = { peer: '', sessionId: '', ident: null, dialect: null, faultDetail: null, frame: NO_BYTES };
  return { ...record, ...nothing, fault: WITHDRAWN };
}

/** Gives a record of which less may be kept than it has; `null` where it may stay as it is. */
export function scrubbed(entry: SpoolEntry, decoders: DecoderRegistry, gate: ConsentGate): FrameRecord | null {
  if (gate.isOpen || entry.record.fault === WITHDRAWN) return null;
  const kept = keptOf(entry, interpret(entry.record, decoders), decoders, gate);
  if (kept === null) return null;
  // A record of no bytes could not be read again: what it said of others is stored, and its place is kept.
  return kept.isGone || kept.record.frame.length === 0 ? tombstoneOf(entry.record) : kept.record;
}

/** The idents a record names that nothing may be kept of. */
function stoppedIn(entry: SpoolEntry, { ident, decoded, quarantine }: Interpretation, gate: ConsentGate): ReadonlySet<string> {
  const named = new Set<string>([ident, entry.record.ident ?? '']);
  for (const message of decoded?.messages ?? []) if (message.ident !== null) named.add(message.ident);
  const consents = decoded?.pushed?.consents ?? [];
  for (const consent of consents) if (consent.ident !== null) named.add(consent.ident);
  // What could not be read, or says who may be heard, may name a vehicle where nobody looks for it.
  if (quarantine !== null || consents.length > 0) for (const word of wordsOf(entry.record.frame)) named.add(word);
  const stopped = new Set<string>();
  for (const one of named) if (one !== '' && gate.stops(entry, one)) stopped.add(identKey(one));
  return stopped;
}

/** Tells whether a record says these messages, and no other. */
function says(record: FrameRecord, messages: readonly Message[], ident: string, decoders: DecoderRegistry): boolean {
  const meant = interpret(record, decoders);
  const said = meant.decoded?.messages ?? [];
  if (said.length !== messages.length) return false;
  return said.every((one, i) => {
    const other = messages[i] as Message;
    return (one.ident ?? meant.ident) === (other.ident ?? ident) && toHex(identityOf(one)) === toHex(identityOf(other));
  });
}
