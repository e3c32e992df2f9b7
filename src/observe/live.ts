/**
 * What the pipeline makes of frames, as it happens, for whoever listens: a line of JSON a message, and one for each frame that
 * left none. Nothing waits for a listener: what it does not read is lost to it, and a line says how much.
 */
import { Readable } from 'node:stream';
import type { EpochMs } from '#model/clocks';
import type { NormalisedMessage } from '#model/normalised';
import type { ErrorCode } from '#errors/codes';
import type { FrameOutcome } from '../pipeline/ports.ts';

/** One line. */
export interface LiveLine {
  receivedAt: EpochMs;
  listener: string;
  protocol: string;
  peer: string;
  ident: string;
  /** Empty where nobody registered the ident. */
  trackerOid: string;
  provider: string;
  column: FrameOutcome['column'];
  /** Why the frame, or a part of it, is in quarantine. */
  fault: { code: ErrorCode; detail: string } | null;
  /** `null` for a frame without messages. */
  message: LiveMessage | null;
}

export interface LiveMessage {
  observedAt: EpochMs;
  backlog: boolean;
  position: { lat: number; lon: number; valid: boolean; speedKmh: number | null; courseDeg: number | null } | null;
  signals: Record<string, number>;
  states: Record<string, string>;
  events: readonly string[];
}

/** Said in place of lines that were lost. */
export interface LostLines {
  lost: number;
}

/** Which lines are wanted. Empty lists want all. */
export interface LiveWish {
  /** Idents or oids of trackers. */
  names: readonly string[];
  listeners: readonly string[];
  protocols: readonly string[];
  /** Only what is in quarantine. */
  faultsOnly: boolean;
}

export interface LiveOptions {
  /** Listeners at a time. */
  most: number;
  /** Bytes that may wait for one of them. */
  waitingBytes: number;
}

/** Gives out what the pipeline makes of frames. While nobody listens it costs a comparison a frame. */
export class LiveFeed {
  readonly #options: LiveOptions;
  readonly #streams = new Set<LiveStream>();

  constructor(options: LiveOptions) {
    this.#options = options;
  }

  /** Streams that are open. */
  get listeners(): number {
    return this.#streams.size;
  }

  publish(outcome: FrameOutcome): void {
    if (this.#streams.size === 0) return;
    const lines = linesOf(outcome);
    for (const stream of this.#streams) stream.offer(lines);
  }

  /** Opens a stream of lines; `null` where too many are open. */
  listen(wish: LiveWish): Readable | null {
    if (this.#streams.size >= this.#options.most) return null;
    const stream = new LiveStream(wish, this.#options.waitingBytes, () => this.#streams.delete(stream));
    this.#streams.add(stream);
    return stream;
  }

  /** Ends all streams. */
  close(): void {
    for (const stream of this.#streams) stream.finish();
  }
}

class LiveStream extends Readable {
  readonly #wish: LiveWish;
  readonly #waitingBytes: number;
  readonly #onClose: () => void;
  #lost = 0;
  #ending = false;

  constructor(wish: LiveWish, waitingBytes: number, onClose: () => void) {
    super({ highWaterMark: waitingBytes });
    this.#wish = wish;
    this.#waitingBytes = waitingBytes;
    this.#onClose = onClose;
  }

  offer(lines: readonly LiveLine[]): void {
    if (this.#ending) return;
    for (const line of lines) {
      if (!isWanted(line, this.#wish)) continue;
      if (this.readableLength >= this.#waitingBytes) {
        this.#lost++;
        continue;
      }
      if (this.#lost > 0) this.push(`${JSON.stringify({ lost: this.#lost } satisfies LostLines)}\n`);
      this.#lost = 0;
      this.push(`${JSON.stringify(line)}\n`);
    }
  }

  finish(): void {
    if (this.#ending) return;
    this.#ending = true;
    this.push(null);
  }

  override _read(): void {
    // Lines come when they come.
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#ending = true;
    this.#onClose();
    callback(error);
  }
}

function isWanted({ ident, trackerOid, listener, protocol, fault }: LiveLine, wish: LiveWish): boolean {
  const { names, listeners, protocols, faultsOnly } = wish;
  return (
    (names.length === 0 || names.includes(ident) || names.includes(trackerOid)) &&
    (listeners.length === 0 || listeners.includes(listener)) &&
    (protocols.length === 0 || protocols.includes(protocol)) &&
    (!faultsOnly || fault !== null)
  );
}

function linesOf({ record, column, ident, messages, quarantine }: FrameOutcome): LiveLine[] {
  const { receivedAt, listener, protocol, peer } = record;
  const frame = { receivedAt, listener, protocol, peer, column, fault: quarantine };
  if (messages.length === 0) return [{ ...frame, ident, trackerOid: '', provider: '', message: null }];
  return messages.map((message) => ({
    ...frame,
    ident: message.ident,
    trackerOid: message.trackerOid,
    provider: message.provider,
    message: live(message),
  }));
}

function live({
  observedAt,
  backlog,
  position,
  signalKeys,
  signalValues,
  stateKeys,
  stateValues,
  events,
}: NormalisedMessage): LiveMessage {
  const place =
    position === null
      ? null
      : {
          lat: position.lat,
          lon: position.lon,
          valid: position.valid && position.distrust === null,
          speedKmh: position.speedKmh,
          courseDeg: position.courseDeg,
        };
  return {
    observedAt,
    backlog,
    position: place,
    signals: Object.fromEntries(signalKeys.map((key, i) => [key, signalValues[i] as number])),
    states: Object.fromEntries(stateKeys.map((key, i) => [key, stateValues[i] as string])),
    events: events.map(({ code }) => code),
  };
}
