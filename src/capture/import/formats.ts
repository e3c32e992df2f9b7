/** The formats that can be read, and how each is recognised. */
import { Candump } from './candump.ts';
import { looksLikeCandump } from './candump-line.ts';
import { JsonLines, parseRow } from './json-lines.ts';
import { LineReader } from './line-reader.ts';
import { PacketsReader } from './packets.ts';
import { looksLikePcap, PcapFile } from './pcap-file.ts';
import { looksLikePcapng, PcapngFile } from './pcapng-file.ts';
import { looksLikePlainLine, PlainLines } from './plain-lines.ts';
import type { MakeReader } from './reader.ts';
import { looksLikeTraccarLog, TraccarLog } from './traccar-log.ts';

export const FORMATS = ['traccar-log', 'pcap', 'pcapng', 'candump', 'jsonl', 'mqtt-jsonl', 'hex', 'base64'] as const;
export type SourceFormat = (typeof FORMATS)[number];

export const READERS: Readonly<Record<SourceFormat, MakeReader>> = {
  'traccar-log': (options, report) => new LineReader(new TraccarLog(options, report), report),
  pcap: (options, report) => new PacketsReader(new PcapFile(), options, report),
  pcapng: (options, report) => new PacketsReader(new PcapngFile(options.at), options, report),
  candump: (options, report) => new LineReader(new Candump(options, report), report),
  // A row says itself whether it is an MQTT message.
  jsonl: (options, report) => new LineReader(new JsonLines(options, report), report),
  'mqtt-jsonl': (options, report) => new LineReader(new JsonLines(options, report), report),
  hex: (options, report) => new LineReader(new PlainLines('hex', options, report), report),
  base64: (options, report) => new LineReader(new PlainLines('base64', options, report), report),
};

/** Bytes at a file's beginning by which its format is told. */
export const PROBE_BYTES = 64 * 1024;
const PROBE_LINES = 200;

/** Tells a file's format by its first bytes; `null` where it is none that is known. */
export function detectFormat(start: Uint8Array): SourceFormat | null {
  if (looksLikePcap(start)) return 'pcap';
  if (looksLikePcapng(start)) return 'pcapng';
  if (start.includes(0)) return null;
  const lines = Buffer.from(start)
    .toString('latin1')
    .replace(/^\xef\xbb\xbf/, '')
    .split(/\r?\n/);
  // The last line may be cut.
  if (start.length >= PROBE_BYTES && lines.length > 1) lines.pop();
  const telling = lines.filter((line) => !/^\s*(?:#.*)?$/.test(line)).slice(0, PROBE_LINES);
  if (telling.some(looksLikeTraccarLog)) return 'traccar-log';
  if (telling.some(looksLikeCandump)) return 'candump';
  const row = telling.map((line) => (line.trimStart().startsWith('{') ? parseRow(line) : null)).find((one) => one !== null);
  if (row !== undefined) return typeof row.fields['topic'] === 'string' ? 'mqtt-jsonl' : 'jsonl';
  for (const form of ['hex', 'base64'] as const) {
    const fitting = telling.filter((line) => looksLikePlainLine(line, form)).length;
    if (fitting > 0 && fitting * 2 >= telling.length) return form;
  }
  return null;
}
