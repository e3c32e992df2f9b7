import { createHash, type Hash } from 'node:crypto';
import type { CaptureEntry } from '../capture/entry.ts';

/**
 * Names what a reingest writes: the same capture, decoded by the same codecs in the same way, has the same name, and so its
 * rows are known again. Any difference gives another.
 */
export class Fingerprint {
  readonly #hash: Hash = createHash('sha256');

  /** `settings` is all that the rows depend on besides the capture. */
  constructor(settings: string) {
    this.#part(Buffer.from(settings));
  }

  /** Adds an entry; what was sent to the device leaves no rows. */
  add(entry: CaptureEntry): void {
    if (entry.direction === 'out') return;
    const { at, transport, listener, peer, sessionId, protocol, ident, dialect, companyId, bytes } = entry;
    const company = companyId === undefined ? [] : [companyId];
    this.#part(Buffer.from(JSON.stringify([at, transport, listener, peer, sessionId, protocol, ident, dialect, ...company])));
    this.#part(bytes);
  }

  /** 16 hex digits, as the id of a spool has them; never all zeros. */
  toString(): string {
    const digits = this.#hash.copy().digest('hex').slice(0, 16);
    return /^0+$/.test(digits) ? '0000000000000001' : digits;
  }

  /** Each part with its length, so that none runs into the next. */
  #part(bytes: Uint8Array): void {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    this.#hash.update(length).update(bytes);
  }
}
