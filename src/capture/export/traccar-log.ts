import { toHex } from '#wire/hex';
import type { CaptureEntry } from '../entry.ts';
import type { TransferReport } from '../import/report.ts';
import { traccarNameOf } from '../import/traccar-names.ts';
import { isoTime, NOTHING, textBytes, type EntryWriter } from './writer.ts';

/**
 * Writes the log of a Traccar server of 2022 or later, in UTC, with all bytes in hex, as it does with `logger.decodeTextData` off.
 * A second is its finest time; of a peer it has the address alone, of other transports than TCP and UDP nothing.
 */
export class TraccarLogWriter implements EntryWriter {
  readonly #report: TransferReport;
  readonly #channels = new Map<string, string>();
  #number = 0;

  constructor(report: TransferReport) {
    this.#report = report;
  }

  begin(): Uint8Array {
    return NOTHING;
  }

  write(entry: CaptureEntry): Uint8Array {
    this.#number++;
    const { transport, bytes } = entry;
    if (transport === 'mqtt' || transport === 'http') {
      this.#report.skip('no-such-transport', `entry ${this.#number}`, transport);
      return NOTHING;
    }
    if (bytes.length === 0) {
      this.#report.skip('empty', `entry ${this.#number}`);
      return NOTHING;
    }
    this.#report.count(entry);
    const head = `${isoTime(entry.at).slice(0, 19).replace('T', ' ')}  INFO: `;
    const kind = transport === 'udp' ? 'U' : 'T';
    let channel = this.#channels.get(entry.sessionId);
    let opened = '';
    if (channel === undefined) {
      channel = (this.#channels.size + 1).toString(16).padStart(8, '0');
      this.#channels.set(entry.sessionId, channel);
      if (kind === 'T') opened = `${head}[T${channel}] connected\n`;
    }
    const arrow = entry.direction === 'in' ? '<' : '>';
    const name = traccarNameOf(entry.protocol) ?? 'unknown';
    return textBytes(`${opened}${head}[${kind}${channel}: ${name} ${arrow} ${hostOf(entry.peer)}] ${toHex(bytes)}\n`);
  }

  end(): Uint8Array {
    return NOTHING;
  }
}

/** The address of a peer, which Traccar writes without the port. */
function hostOf(peer: string): string {
  const [, bracketed, plain] = /^\[([^\]]*)\]:\d+$|^([^:]*):\d+$/.exec(peer) ?? [];
  return (bracketed ?? plain ?? peer).replaceAll(/[\s\]]/g, '') || '0.0.0.0';
}
