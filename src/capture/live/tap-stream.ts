import { Readable } from 'node:stream';
import type { Clock } from '#model/clocks';
import type { TappedSession } from '../../session/tap.ts';
import type { CaptureEntry } from '../entry.ts';
import { BlockBuilder } from '../file/block.ts';
import { encodeFileHead } from '../file/layout.ts';
import { Selector, type Selection } from '../selection.ts';
import { UnnamedSessions } from './unnamed-sessions.ts';

export interface TapStreamOptions {
  selection: Selection;
  now: Clock;
  /** Bytes that may wait for a slow reader; entries beyond are lost, and counted. */
  waitingBytes: number;
  /** So many entries were lost. */
  onLost(entries: number): void;
  onClose(): void;
}

/** Bytes of a block. */
const BLOCK_BYTES = 64 * 1024;
/** Longest time an entry waits for its block to be full, ms. */
const BLOCK_AGE_MS = 100;

/**
 * What one listener hears of the sessions of a gateway, as the bytes of a capture. It never waits for its reader: what does
 * not fit is lost, and a gap in the capture says how much.
 */
export class TapStream extends Readable {
  readonly #options: TapStreamOptions;
  readonly #selector: Selector;
  readonly #unnamed = new UnnamedSessions();
  /** Whole blocks, oldest first. */
  #blocks: Uint8Array[] = [];
  #waitingBytes = 0;
  #block = new BlockBuilder();
  #timer: NodeJS.Timeout | null = null;
  /** Entries lost since the last gap was told. */
  #lost = 0;
  /** The reader takes more. */
  #wanted = false;
  #ending = false;

  constructor(options: TapStreamOptions) {
    super({ highWaterMark: BLOCK_BYTES });
    this.#options = options;
    this.#selector = new Selector(options.selection);
    this.push(encodeFileHead(options.now()));
  }

  /** Takes bytes of a session, where they are asked for. */
  offer(direction: 'in' | 'out', session: TappedSession, bytes: Uint8Array): void {
    if (this.#ending || !this.#selector.takesWay(session.listener, session.peer)) return;
    const at = this.#options.now();
    if (!this.#selector.byIdent) {
      this.#keep({ at, direction, ...session, bytes });
      return;
    }
    if (session.ident === null) {
      this.#unnamed.add({ at, direction, ...session, bytes: bytes.slice() });
      return;
    }
    const takes = this.#selector.takesIdent(session.ident);
    // What a connection said before it named its device, the login first of all, belongs to the device.
    const { entries, dropped } = this.#unnamed.take(session.sessionId);
    if (!takes) return;
    if (dropped > 0) this.#lose(dropped);
    for (const entry of entries) this.#keep(entry);
    this.#keep({ at, direction, ...session, bytes });
  }

  /** The gateway ends: what waits is still given to the reader. */
  finish(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.#seal();
    this.#flow();
  }

  override _read(): void {
    this.#wanted = true;
    this.#flow();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#ending = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#blocks = [];
    this.#options.onClose();
    callback(error);
  }

  #keep(entry: CaptureEntry): void {
    if (this.#waitingBytes + this.#block.sizeBytes + entry.bytes.length > this.#options.waitingBytes) {
      this.#lose(1);
      return;
    }
    this.#tellLost(entry.at);
    this.#block.add(entry);
    if (this.#block.sizeBytes >= BLOCK_BYTES) {
      this.#seal();
      this.#flow();
    } else this.#sealSoon();
  }

  #lose(entries: number): void {
    this.#lost += entries;
    this.#options.onLost(entries);
    // Somebody who hears nothing more must still hear that.
    this.#sealSoon();
  }

  #tellLost(at: number): void {
    if (this.#lost === 0) return;
    this.#block.gap({ at, lost: this.#lost });
    this.#lost = 0;
  }

  #sealSoon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#seal();
      this.#flow();
    }, BLOCK_AGE_MS).unref();
  }

  #seal(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    // A gap is told when there is room again, so that a reader that stays behind is told once.
    if (this.#ending || this.#waitingBytes < this.#options.waitingBytes / 2) this.#tellLost(this.#options.now());
    if (this.#block.isEmpty) return;
    // Not packed: the gateway has better to do, and whoever writes the file packs it.
    const block = this.#block.encode('none');
    this.#block = new BlockBuilder();
    this.#blocks.push(block);
    this.#waitingBytes += block.length;
  }

  #flow(): void {
    while (this.#wanted) {
      const block = this.#blocks.shift();
      if (block === undefined) break;
      this.#waitingBytes -= block.length;
      this.#wanted = this.push(block);
    }
    if (this.#lost > 0 && this.#blocks.length === 0 && !this.#ending) this.#sealSoon();
    if (this.#ending && this.#blocks.length === 0 && this.#wanted && !this.destroyed) this.push(null);
  }
}
