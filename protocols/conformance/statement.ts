/**
 * What a codec makes of bytes, as plain JSON: the part of a golden that is compared in full.
 *
 * Times are ISO strings, bytes hex, numbers exactly what the codec gave. Signals and states are objects in the stated order;
 * a key stated twice has an array. An identity that is a view on the frame is written `frame[from,end)`, one made of JSON as its text,
 * other ones as hex.
 * Of a message, what is empty is left out.
 */
import type { Fault } from '#errors/fault';
import { identityOf, type Fix, type Message } from '#model/message';
import type { Decoded, Pushed } from '#protocols/codec';
import { isoOrNull, keyedValues } from '#model/plain-json';
import { toHex } from '#wire/hex';
import type { Drive } from './drive.ts';

export interface FaultStatement {
  code: string;
  /** Of a refused range: its place in the golden's bytes. */
  from?: number;
  end?: number;
  /** Offset from the start of the frame or range; `null` where the detail names the place. */
  offset: number | null;
  detail: string;
}

export interface Statement {
  /** `refused` where `split` gives no frame but refused ranges. */
  kind: Decoded['kind'] | 'refused';
  ident: string | null;
  dialect: string | null;
  messages: Record<string, unknown>[];
  faults: FaultStatement[];
  /** Of refused ranges: what `replyToRefused` says to the last of them. */
  reply: string | null;
  refusal: string | null;
  /** Of what a cloud pushes. */
  pushed?: Record<string, unknown>;
}

/** States a decoded frame. `frame` is the array that was decoded. */
export function stateDecoded(decoded: Decoded, frame: Uint8Array): Statement {
  return {
    kind: decoded.kind,
    ident: decoded.ident,
    dialect: decoded.dialect,
    messages: decoded.messages.map((message) => stateMessage(message, frame)),
    faults: decoded.faults.map(({ code, offset, detail }) => ({ code, offset, detail })),
    reply: hexOrNull(decoded.reply),
    refusal: hexOrNull(decoded.refusal),
    ...(decoded.pushed === undefined ? {} : { pushed: statePushed(decoded.pushed) }),
  };
}

/** States the refused ranges of a drive that found no frame. */
export function stateRefused(drive: Drive): Statement {
  const faults = drive.refused.map(({ at, bytes, fault }) => stateRange(at, at + bytes.length, fault));
  const reply = hexOrNull(drive.refused.at(-1)?.reply ?? null);
  return { kind: 'refused', ident: null, dialect: null, messages: [], faults, reply, refusal: null };
}

function stateRange(from: number, end: number, { code, offset, detail }: Fault): FaultStatement {
  return { code, from, end, offset, detail };
}

function stateMessage(message: Message, frame: Uint8Array): Record<string, unknown> {
  const { ident, deviceTime, fix, events, stored } = message;
  return {
    ...(ident === null ? {} : { ident }),
    deviceTime: isoOrNull(deviceTime),
    ...(fix === null ? {} : { fix: stateFix(fix) }),
    ...(message.signalKeys.length === 0 ? {} : { signals: keyedValues(message.signalKeys, message.signalValues) }),
    ...(message.stateKeys.length === 0 ? {} : { states: keyedValues(message.stateKeys, message.stateValues) }),
    ...(events.length === 0 ? {} : { events: events.map(({ code, alarm }) => ({ code, alarm })) }),
    ...(stored ? { stored } : {}),
    identity: stateIdentity(identityOf(message), frame),
  };
}

function stateFix(fix: Fix): Record<string, unknown> {
  const { lat, lon, fixTime, valid, altitudeM, speedKmh, courseDeg, satellites, hdop } = fix;
  return { lat, lon, fixTime: isoOrNull(fixTime), valid, altitudeM, speedKmh, courseDeg, satellites, hdop };
}

function stateIdentity(identity: Uint8Array, frame: Uint8Array): string {
  const from = identity.byteOffset - frame.byteOffset;
  const isView = identity.buffer === frame.buffer && from >= 0 && from + identity.length <= frame.length;
  return isView ? `frame[${from},${from + identity.length})` : (jsonIn(identity) ?? toHex(identity));
}

/** Bytes that are a JSON list or object, as a reviewer reads them; `null` where they are none. */
function jsonIn(bytes: Uint8Array): string | null {
  const text = Buffer.from(bytes).toString('utf8');
  return /^(\[[^\p{Cc}\uFFFD]*\]|\{[^\p{Cc}\uFFFD]*\})$/u.test(text) ? text : null;
}

function statePushed({ dedupeKeys, consents }: Pushed): Record<string, unknown> {
  return { dedupeKeys, consents: consents.map((consent) => ({ ...consent, at: isoOrNull(consent.at) })) };
}

function hexOrNull(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : (jsonIn(bytes) ?? toHex(bytes));
}
