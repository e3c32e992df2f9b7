/**
 * Reads the log of a Traccar server, in every form it has had since 2013. A line is what one read of a socket gave, or one
 * write; the entries of a channel are a session.
 *
 *     2026-08-21 09:18:51  INFO: [T8f620617: teltonika < 203.0.113.9] 000f3335…      since 2022, T for TCP, U for UDP
 *     2026-08-21 09:18:51  INFO: [T8f620617: gl200 < 203.0.113.9] +RESP:GTFRI,…$     since 2024, where all bytes are printable
 *     2020-08-21 09:18:51  INFO: [8f620617: gps103 < 203.0.113.9] HEX: 2323…         since 2019
 *     2015-09-24 09:41:34 DEBUG: [FEC47FBE: 5001 <- 203.0.113.9] - HEX: 2830…        the port, not the protocol
 *     2014-02-25 23:42:17 DEBUG: [5036 <- 203.0.113.9] - HEX: 2830…                  no channel
 *     2013-04-07 18:16:38 org.traccar.….log FINE: [5003 <- 203.0.113.9] - (HEX: …)   in one line, or cut before FINE
 */
import type { EpochMs } from '#model/clocks';
import { fromHex } from '#wire/hex';
import type { CaptureEntry } from '../entry.ts';
import { bytesOfLine } from './line-cutter.ts';
import { NO_ENTRIES, type LineFormat } from './line-reader.ts';
import type { ReadOptions } from './reader.ts';
import type { TransferReport } from './report.ts';
import { RecentMap } from './recent-map.ts';
import { sessionIdOf } from './session-ids.ts';
import { parseDateTime, utcTime } from './times.ts';
import { codecOfTraccar } from './traccar-names.ts';

const LEVEL = '(?:TRACE|DEBUG|INFO|WARN(?:ING)?|ERROR|SEVERE|CONFIG|FINE(?:R|ST)?)';
const DATE = String.raw`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d{1,6})?`;
const AMERICAN_DATE = String.raw`[A-Z][a-z]{2} \d{1,2}, \d{4} \d{1,2}:\d\d:\d\d [AP]M`;
/** Date, perhaps the logger's name, level. */
const HEAD = new RegExp(String.raw`^(${DATE})\s+(?:\S+\s+){0,2}?${LEVEL}\s*:\s?(.*)$`);
/** The two lines of java.util.logging: date and logger, then level and message. */
const UPPER_LINE = new RegExp(String.raw`^(${DATE}|${AMERICAN_DATE})\s+\S+(?:\s\S+)?$`);
const LOWER_LINE = new RegExp(String.raw`^${LEVEL}\s*: (.*)$`);
const BYTES = /^\[(?:([TU])?([0-9A-Fa-f]{8}): )?([A-Za-z0-9._-]+) (<-?|-?>) ([^\]]*)\] ?(.*)$/;
const STATUS = /^\[[TU]?([0-9A-Fa-f]{8})\] (connected|disconnected|id: ([^,\s]+))/;

/** Channels remembered at a time. */
const MOST_CHANNELS = 50_000;

interface Channel {
  sessionId: string;
  ident: string | null;
}

/** Tells whether a line of text has the head of a log line of Traccar. */
export function looksLikeTraccarLog(line: string): boolean {
  return HEAD.test(line) || BYTES.test(LOWER_LINE.exec(line)?.[1] ?? '');
}

export class TraccarLog implements LineFormat {
  readonly #options: ReadOptions;
  readonly #report: TransferReport;
  readonly #channels = new RecentMap<Channel>(MOST_CHANNELS);
  /** Time of the upper of two lines. */
  #pending: EpochMs | null = null;
  /** True once a line has shown that this log prints printable bytes as they are. */
  #printsText = false;

  constructor(options: ReadOptions, report: TransferReport) {
    this.#options = options;
    this.#report = report;
  }

  line(text: string, number: number): readonly CaptureEntry[] {
    const pending = this.#pending;
    this.#pending = null;
    const [, date, body] = HEAD.exec(text) ?? [];
    if (date !== undefined && body !== undefined) {
      const at = parseDateTime(date, this.#options.localTime);
      if (at !== null) return this.#message(body, at, number);
      this.#report.skip('not-understood', `line ${number}`, text);
      return NO_ENTRIES;
    }
    const lower = LOWER_LINE.exec(text)?.[1];
    if (lower !== undefined && pending !== null) return this.#message(lower, pending, number);
    this.#pending = this.#upperLine(text);
    if (this.#pending === null) this.#report.skip('other-line', `line ${number}`, text);
    return NO_ENTRIES;
  }

  #upperLine(text: string): EpochMs | null {
    const date = UPPER_LINE.exec(text)?.[1];
    if (date === undefined) return null;
    return parseDateTime(/^\d/.test(date) ? date : isoOf(date), this.#options.localTime);
  }

  #message(body: string, at: EpochMs, number: number): readonly CaptureEntry[] {
    const [whole, kind, channel, name = '', arrow = '', host = '', written = ''] = BYTES.exec(body) ?? [];
    if (whole === undefined) {
      this.#status(body, number);
      return NO_ENTRIES;
    }
    const bytes = this.#bytes(written, number);
    if (bytes === null) return NO_ENTRIES;
    if (channel === undefined) this.#report.note('no-channel', `line ${number}`);
    // One channel serves all datagrams of a port.
    const key = kind === 'U' || channel === undefined ? `${channel ?? name} ${host}` : channel.toLowerCase();
    const { sessionId, ident } = this.#channel(key, number);
    const entry: CaptureEntry = {
      at,
      direction: arrow.startsWith('<') ? 'in' : 'out',
      transport: kind === 'U' ? 'udp' : 'tcp',
      listener: name,
      peer: host === '0.0.0.0' ? '' : host,
      sessionId,
      protocol: codecOfTraccar(name) ?? this.#options.protocol,
      ident,
      dialect: null,
      bytes,
    };
    return [entry];
  }

  /** A connection's beginning or end, or the device that Traccar found a channel to be of. */
  #status(body: string, number: number): void {
    const [, id = '', what, ident] = STATUS.exec(body) ?? [];
    const key = id.toLowerCase();
    if (what === undefined) this.#report.skip('other-line', `line ${number}`, body);
    else if (ident === undefined) this.#channels.take(key);
    // Of UDP it says nothing: the channel is that of all devices, and its key is not looked for.
    else if (!body.startsWith('[U')) this.#channel(key, number).ident = ident;
  }

  #channel(key: string, number: number): Channel {
    const known = this.#channels.get(key);
    if (known !== undefined) return known;
    const channel = { sessionId: sessionIdOf('traccar', key, number), ident: this.#options.ident };
    this.#channels.set(key, channel);
    return channel;
  }

  #bytes(written: string, number: number): Uint8Array | null {
    const [, labelled] = /^(?:- )?\(?HEX: ?(.*?)\)?$/.exec(written) ?? [];
    if (labelled !== undefined) return this.#hex(labelled, number);
    const text = written.replace(/^- /, '');
    if (/^(?:[0-9a-f]{2})+$/.test(text)) {
      const bytes = fromHex(text) as Uint8Array;
      // A log that prints text would have printed these bytes as the text they are.
      if (!this.#printsText || !bytes.every(isPrintable)) return bytes;
      this.#report.note('taken-as-text', `line ${number}`, text);
    }
    const bytes = bytesOfLine(text.replaceAll(String.raw`\r`, '\r').replaceAll(String.raw`\n`, '\n'));
    if (bytes.length === 0 || !bytes.every(isPrintable)) {
      this.#report.skip('not-understood', `line ${number}`, written);
      return null;
    }
    this.#printsText = true;
    return bytes;
  }

  #hex(digits: string, number: number): Uint8Array | null {
    const bytes = fromHex(digits);
    if (bytes === null) this.#report.skip('cut-off', `line ${number}`, digits.slice(-20));
    else if (bytes.length === 0) this.#report.skip('empty', `line ${number}`);
    return bytes?.length === 0 ? null : bytes;
  }
}

function isPrintable(byte: number): boolean {
  return (byte >= 0x20 && byte < 0x7f) || byte === 0x0d || byte === 0x0a;
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Apr 7, 2013 6:16:38 PM`, as Java writes it in America, in the order of ISO 8601; empty where it is no date. */
function isoOf(date: string): string {
  const [month = '', day = '', year = '', hour = '', minute = '', second = '', half = ''] = date.split(/[ ,:]+/);
  const time = {
    year: Number(year),
    month: MONTHS.indexOf(month) + 1,
    day: Number(day),
    hour: (Number(hour) % 12) + (half === 'PM' ? 12 : 0),
    minute: Number(minute),
    second: Number(second),
    ms: 0,
  };
  const at = utcTime(time);
  return at === null ? '' : new Date(at).toISOString().slice(0, 19);
}
