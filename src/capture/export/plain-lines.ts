import { toHex } from '#wire/hex';
import type { CaptureEntry } from '../entry.ts';
import type { PlainForm } from '../import/plain-lines.ts';
import type { TransferReport } from '../import/report.ts';
import { isoTime, NOTHING, textBytes, type EntryWriter } from './writer.ts';

/** Writes lines of hex or base64 with all that is known of an entry before its bytes. */
export class PlainLinesWriter implements EntryWriter {
  readonly #form: PlainForm;
  readonly #report: TransferReport;
  #number = 0;

  constructor(form: PlainForm, report: TransferReport) {
    this.#form = form;
    this.#report = report;
  }

  begin(): Uint8Array {
    return textBytes(`# time, < from the device or > to it, what is known, ${this.#form}\n`);
  }

  write(entry: CaptureEntry): Uint8Array {
    this.#number++;
    const { at, direction, bytes, sessionId, transport, listener, peer, protocol, ident, dialect } = entry;
    if (bytes.length === 0) {
      this.#report.skip('empty', `entry ${this.#number}`);
      return NOTHING;
    }
    this.#report.count(entry);
    const known = { session: sessionId, transport, listener, peer, protocol, ident, dialect };
    const words = Object.entries(known).map(([name, value]) =>
      value === null || value === '' ? '' : `${name}=${escaped(value)} `,
    );
    const body = this.#form === 'hex' ? toHex(bytes) : Buffer.from(bytes).toString('base64');
    const arrow = direction === 'in' ? '<' : '>';
    return textBytes(`${isoTime(at)} ${arrow} ${words.join('')}${body}\n`);
  }

  end(): Uint8Array {
    return NOTHING;
  }
}

/** What a word cannot hold, as in a URL; a lone half of a character becomes what stands for one that is unknown. */
function escaped(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}
