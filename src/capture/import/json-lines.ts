/**
 * Reads JSON lines: frames with what is known of them, and MQTT dumps.
 *
 *     {"hex":"000f33…","at":"2026-08-21T09:18:51.250Z","direction":"in","session":"a1","ident":"356307042441013"}
 *     {"tst":"2026-08-21T09:18:51.250112Z+0000","topic":"odograph/v1/356307042441013/teltonika","qos":1,"payloadlen":17,"payload":"…"}
 *
 * A row with a `topic` is an MQTT message, as `mosquitto_sub -F %j` (or `%J`) prints it or as other tools do. Names are taken
 * as they are commonly written; what a row does not say is taken from the options.
 */
import type { EpochMs } from '#model/clocks';
import type { Transport } from '#model/frame-record';
import type { CaptureEntry } from '../entry.ts';
import { parseTopic } from '../../listen/mqtt/topics.ts';
import { topicRule, type TopicRule } from '../../listen/mqtt/topic-rule.ts';
import { bytesOfLine } from './line-cutter.ts';
import { NO_ENTRIES, timeOr, type LineFormat } from './line-reader.ts';
import { transportCalled } from './plain-lines.ts';
import { readPayload, type Payload } from './json-payload.ts';
import type { ReadOptions } from './reader.ts';
import type { TransferReport } from './report.ts';
import { sessionIdOf } from './session-ids.ts';
import { parseDateTime, parseEpoch } from './times.ts';

export type Row = Readonly<Record<string, unknown>>;

const TIMES = ['at', 'tst', 'timestamp', 'time', 'ts', 'receivedAt', 'received_at', 'date'];
/** Rows of one `decoderInstance` of the published frames share a connection. */
const SESSIONS = ['session', 'sessionId', 'session_id', 'connection', 'clientId', 'client_id', 'decoderInstance'];
const IDENTS = ['ident', 'imei', 'device', 'deviceId', 'device_id'];
const SESSION_ID = /^[0-9a-f]{16}$/;
const OWN_REPLY = /^(odograph\/v1\/[^/]+\/[^/]+)\/reply$/;

/** The first of some fields that holds a text or a number, as text. */
function said(row: Row, names: readonly string[]): string | null {
  for (const name of names) {
    const value = row[name];
    if (typeof value === 'string' && value !== '') return value;
    if (typeof value === 'number') return String(value);
  }
  return null;
}

export class JsonLines implements LineFormat {
  readonly #options: ReadOptions;
  readonly #report: TransferReport;
  readonly #rules: readonly TopicRule[];

  constructor(options: ReadOptions, report: TransferReport) {
    this.#options = options;
    this.#report = report;
    this.#rules = options.topics.map(topicRule);
  }

  line(text: string, number: number): readonly CaptureEntry[] {
    const row = parseRow(text);
    if (row === null) {
      this.#report.skip('not-understood', `line ${number}`, text);
      return NO_ENTRIES;
    }
    const payload = this.#payload(row.fields, row.verbatim);
    if (payload.bytes === null) {
      this.#report.skip(payload.why, `line ${number}`, payload.detail);
      return NO_ENTRIES;
    }
    if (payload.doubt !== null) this.#report.note(payload.doubt, `line ${number}`, payload.detail);
    if (payload.bytes.length > 0) return [this.#entry(row.fields, payload.bytes, number)];
    this.#report.skip('empty', `line ${number}`);
    return NO_ENTRIES;
  }

  /** The bytes, in whatever way a row says them. */
  #payload(row: Row, verbatim: boolean): Payload {
    const hex = said(row, ['hex', 'payloadHex', 'payload_hex']);
    if (hex !== null) return readPayload({ value: hex, form: 'hex', length: null, verbatim });
    const base64 = said(row, ['base64', 'payloadBase64', 'payload_base64', 'payload_b64']);
    if (base64 !== null) return readPayload({ value: base64, form: 'base64', length: null, verbatim });
    const text = row['text'];
    if (typeof text === 'string') return readPayload({ value: text, form: 'text', length: null, verbatim });
    const named = said(row, ['encoding', 'payloadEncoding', 'payload_encoding']);
    const value = row['payload'] ?? row['message'] ?? row['data'] ?? row['bytes'];
    const length = typeof row['payloadlen'] === 'number' ? row['payloadlen'] : null;
    return readPayload({ value, form: formCalled(named) ?? this.#options.payload, length, verbatim });
  }

  #entry(row: Row, bytes: Uint8Array, number: number): CaptureEntry {
    const topic = said(row, ['topic']);
    const told = topic === null ? null : this.#topic(topic);
    const ident = said(row, IDENTS) ?? told?.ident ?? this.#options.ident;
    const transport = topic === null ? this.#transport(row) : 'mqtt';
    // What other transports bring is everybody's, whatever a script calls a company.
    const companyId = transport === 'http' || transport === 'kafka' ? said(row, ['company']) : null;
    return {
      at: timeOr(this.#time(row), this.#options, this.#report, number),
      direction: directionOf(row, topic),
      transport,
      listener: said(row, ['listener']) ?? topic ?? '',
      peer: said(row, ['peer']) ?? '',
      sessionId: sessionOf(row, transport, ident ?? topic?.replace(OWN_REPLY, '$1') ?? ''),
      protocol: said(row, ['protocol']) ?? told?.protocol ?? this.#options.protocol,
      ident,
      dialect: said(row, ['dialect']),
      ...(companyId === null ? {} : { companyId }),
      bytes,
    };
  }

  #transport(row: Row): Transport {
    return transportCalled(said(row, ['transport']) ?? '') ?? this.#options.transport;
  }

  #topic(topic: string): { ident: string | null; protocol: string | null } | null {
    const name = topic.replace(OWN_REPLY, '$1');
    for (const rule of this.#rules) {
      const found = rule.match(name);
      if (found !== null) return found;
    }
    return parseTopic(name);
  }

  #time(row: Row): EpochMs | null {
    for (const name of TIMES) {
      const value = row[name];
      if (typeof value === 'number') return parseEpoch(value);
      if (typeof value !== 'string') continue;
      const at = /^\d+(?:\.\d+)?$/.test(value) ? parseEpoch(Number(value)) : parseDateTime(value, this.#options.localTime);
      if (at !== null) return at;
    }
    return null;
  }
}

/** The session a row names; else all rows of one device, or of one topic, are one. */
function sessionOf(row: Row, transport: Transport, who: string): string {
  const session = said(row, SESSIONS) ?? '';
  return SESSION_ID.test(session) ? session : sessionIdOf('json', transport, session, who);
}

function formCalled(name: string | null): ReadOptions['payload'] | null {
  if (name === 'hex' || name === 'base64' || name === 'text') return name;
  return name === 'utf8' || name === 'utf-8' ? 'text' : null;
}

function directionOf(row: Row, topic: string | null): 'in' | 'out' {
  const word = said(row, ['direction', 'dir']);
  if (word !== null) return word === 'out' || word === '>' ? 'out' : 'in';
  return topic !== null && OWN_REPLY.test(topic) ? 'out' : 'in';
}

/**
 * Parses a line as an object. `verbatim` where the line is not UTF-8: mosquitto_sub puts payload bytes into its JSON as they
 * are, so that each character of a text stands for one byte.
 */
export function parseRow(line: string): { fields: Row; verbatim: boolean } | null {
  const utf8 = utf8Of(line);
  try {
    const fields: unknown = JSON.parse(utf8 ?? line);
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return null;
    return { fields: fields as Row, verbatim: utf8 === null };
  } catch {
    return null;
  }
}

function utf8Of(line: string): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytesOfLine(line));
  } catch {
    return null;
  }
}
