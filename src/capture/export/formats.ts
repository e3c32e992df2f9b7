/** The formats that can be written. */
import type { SourceFormat } from '../import/formats.ts';
import { CandumpWriter } from './candump.ts';
import { frameRow, JsonLinesWriter, mqttRow } from './json-lines.ts';
import { PacketsWriter } from './packets.ts';
import { PlainLinesWriter } from './plain-lines.ts';
import { TraccarLogWriter } from './traccar-log.ts';
import type { MakeWriter } from './writer.ts';

export const WRITERS: Readonly<Record<SourceFormat, MakeWriter>> = {
  'traccar-log': (report) => new TraccarLogWriter(report),
  pcap: (report) => new PacketsWriter('pcap', report),
  pcapng: (report) => new PacketsWriter('pcapng', report),
  candump: (report) => new CandumpWriter(report),
  jsonl: (report) => new JsonLinesWriter(frameRow, report),
  'mqtt-jsonl': (report) => new JsonLinesWriter(mqttRow, report),
  hex: (report) => new PlainLinesWriter('hex', report),
  base64: (report) => new PlainLinesWriter('base64', report),
};
