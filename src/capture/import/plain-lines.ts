/**
 * Reads lines of hex or base64, a frame a line. Before the bytes may stand, in this order, what is known of them:
 *
 *     # a comment; blank lines are passed over
 *     000f333536333037303432343431303133
 *     [2026-08-21T09:18:51.250Z] 356307042441013 00 0f 33 35 …
 *     1755767931.25 < session=a1 ident=356307042441013 protocol=teltonika transport=udp peer=203.0.113.9:40122 000f…
 *
 * A time (ISO 8601, or seconds or milliseconds since 1970), `<` or `>`, `name=value` words with `%xx` for what a word cannot
 * hold, and an ident that cannot be taken for hex.
 */
import type { EpochMs } from '#model/clocks';
import { TRANSPORTS, type Transport } from '#model/frame-record';
import { fromHex } from '#wire/hex';
import type { CaptureEntry } from '../entry.ts';
import { NO_ENTRIES, timeOr, type LineFormat } from './line-reader.ts';
import type { ReadOptions } from './reader.ts';
import type { TransferReport } from './report.ts';
import { sessionIdOf } from './session-ids.ts';
import { parseDateTime, parseEpoch } from './times.ts';

export type PlainForm = 'hex' | 'base64';

const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;
const NAMED = /^(session|ident|dialect|protocol|transport|listener|peer)=(\S+)$/;
const DIRECTIONS: Readonly<Record<string, 'in' | 'out'>> = {
  '<': 'in',
  '<-': 'in',
  in: 'in',
  '>': 'out',
  '->': 'out',
  out: 'out',
};
const SESSION_ID = /^[0-9a-f]{16}$/;
/** Seconds since 1970 from 2000 to 2100: ten digits, which could be five bytes of hex. */
const EARLIEST_S = 946_684_800;
const LATEST_S = 4_102_444_800;

/** Reads base64, plain or for URLs, with or without its padding; `null` for anything else. */
export function fromBase64(text: string): Uint8Array | null {
  const unpadded = text.indexOf('=');
  if (!BASE64.test(text) || (unpadded < 0 ? text.length : unpadded) % 4 === 1) return null;
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** Reads hex digits as people write them: `000f`, `00 0f`, `00:0F`, `0x00,0x0f`, `\x00\x0f`; `null` for anything else. */
function fromLooseHex(text: string): Uint8Array | null {
  return /[^0-9a-fA-F\s]/.test(text)
    ? fromHex(text.replaceAll(/0x|\\x/gi, '').replaceAll(/(?<=[0-9a-f]{2})[:,-]/gi, ''))
    : fromHex(text);
}

interface Given {
  at: EpochMs | null;
  direction: 'in' | 'out';
  named: Map<string, string>;
  bytes: Uint8Array;
}

/** Shorter or unpadded base64 is as likely a word. */
const SURELY_BASE64 = /(?:^|\s)(?:[A-Za-z0-9+/_-]{4}){3,}(?:[A-Za-z0-9+/_-]{4}|[A-Za-z0-9+/_-]{3}=|[A-Za-z0-9+/_-]{2}==)\s*$/;

/** Tells whether a line could be one of this form; comments and blank lines could be of any. */
export function looksLikePlainLine(line: string, form: PlainForm): boolean {
  const parsed = parseLine(line, form, () => null);
  return parsed !== null && parsed.bytes.length > 0 && (form === 'hex' || SURELY_BASE64.test(line));
}

function parseLine(line: string, form: PlainForm, local: ReadOptions['localTime']): Given | null {
  const words = line.trim().split(/\s+/);
  const { at, used } = timeOf(words, local);
  words.splice(0, used);
  const direction = words.length > 1 ? DIRECTIONS[words[0] as string] : undefined;
  if (direction !== undefined) words.shift();
  const named = new Map<string, string>();
  while (words.length > 1) {
    const [, name, value] = NAMED.exec(words[0] as string) ?? [];
    if (name === undefined || value === undefined) break;
    const decoded = unescaped(value);
    if (decoded === null) return null;
    named.set(name, decoded);
    words.shift();
  }
  const [first = ''] = words;
  if (words.length > 1 && isIdent(first, form, words.length)) named.set('ident', (words.shift() as string).replace(/:$/, ''));
  const bytes = form === 'hex' ? fromLooseHex(words.join(' ')) : fromBase64(words.length === 1 ? (words[0] as string) : '');
  return bytes === null ? null : { at, direction: direction ?? 'in', named, bytes };
}

function unescaped(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}

function isIdent(word: string, form: PlainForm, words: number): boolean {
  if (!/^[A-Za-z0-9._:-]{1,64}$/.test(word)) return false;
  return form === 'hex' ? fromLooseHex(word) === null : words === 2;
}

/** Reads the time at the beginning of a line, and how many words it takes. */
function timeOf(words: readonly string[], local: ReadOptions['localTime']): { at: EpochMs | null; used: number } {
  for (const used of [1, 2]) {
    if (words.length <= used) break;
    const text = words
      .slice(0, used)
      .join(' ')
      .replace(/^[[(]/, '')
      .replace(/[\])]:?$|:$/, '');
    const at = parseDateTime(text, local) ?? (used === 1 ? epochWord(text) : null);
    if (at !== null) return { at, used };
  }
  return { at: null, used: 0 };
}

function epochWord(text: string): EpochMs | null {
  if (/^\d{9,10}\.\d{1,9}$/.test(text) || /^\d{13}$/.test(text)) return parseEpoch(Number(text));
  const seconds = /^\d{10}$/.test(text) ? Number(text) : 0;
  return seconds >= EARLIEST_S && seconds <= LATEST_S ? parseEpoch(seconds) : null;
}

export class PlainLines implements LineFormat {
  readonly #form: PlainForm;
  readonly #options: ReadOptions;
  readonly #report: TransferReport;

  constructor(form: PlainForm, options: ReadOptions, report: TransferReport) {
    this.#form = form;
    this.#options = options;
    this.#report = report;
  }

  line(text: string, number: number): readonly CaptureEntry[] {
    // No base64 and no word of ours begins with this mark.
    const said = text.replace(/(?:^|\s)#.*$/, '').trim();
    if (said === '') return NO_ENTRIES;
    const given = parseLine(said, this.#form, this.#options.localTime);
    if (given === null || given.bytes.length === 0) {
      this.#report.skip('not-understood', `line ${number}`, said);
      return NO_ENTRIES;
    }
    const { at, direction, named, bytes } = given;
    const transport = transportCalled(named.get('transport')) ?? this.#options.transport;
    const ident = named.get('ident') ?? this.#options.ident;
    const session = named.get('session') ?? '';
    const entry: CaptureEntry = {
      at: timeOr(at, this.#options, this.#report, number),
      direction,
      transport,
      listener: named.get('listener') ?? '',
      peer: named.get('peer') ?? '',
      sessionId: SESSION_ID.test(session) ? session : sessionIdOf('line', session, transport, ident ?? ''),
      protocol: named.get('protocol') ?? this.#options.protocol,
      ident,
      dialect: named.get('dialect') ?? null,
      bytes,
    };
    return [entry];
  }
}

/** The transport of a name, or `null`. */
export function transportCalled(name: string | undefined): Transport | null {
  return TRANSPORTS.find((one) => one === name) ?? null;
}
