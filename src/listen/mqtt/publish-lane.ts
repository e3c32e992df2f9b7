import type { Duplex } from 'node:stream';

export interface PublishLaneOptions {
  stream: Duplex;
  /** Whether what comes may be taken here: the client has its CONNACK, and is not being cut off. */
  isOpen(): boolean;
  /** The protocol whose frames are published under a topic of the client's own; `null` where it is none. */
  protocolOf(topic: string): string | null;
  /** Takes a publish. `done` is called without an error once it is to be acknowledged. */
  take(protocol: string, payload: Uint8Array, done: (error?: Error) => void): void;
}

/** PUBLISH with QoS 1 that is not to be retained, the first time and again (MQTT 3.1.1 §3.3.1). */
const PUBLISH = 0x32;
const PUBLISH_AGAIN = 0x3a;
const PUBACK = 0x40;
const LENGTH_BYTES = 4;

/** Where the parts of a publish lie in a chunk. */
interface Place {
  topic: number;
  topicEnd: number;
  end: number;
}

/**
 * Takes publishes with QoS 1 past the broker: what a device does all day is a packet of known form that goes nowhere but to the spool, and
 * parser, handlers and writer of a whole broker cost more than all else that is done for it (`npm run bench -- e2e/mqtt`).
 *
 * A chunk is taken where it consists of such packets alone, each whole; everything else is the broker's, whose parser begins and ends at the same
 * packets then. Acks leave in the order of the publishes, since receipts come in that order on either way.
 *
 * PUBLISH: 32 or 3a · remaining length, 1 to 4 · topic length u16 · topic · packet id u16 · payload
 */
export class PublishLane {
  readonly #options: PublishLaneOptions;
  /** The topic published under last, and its protocol: most devices have one. */
  #topic: Buffer = Buffer.alloc(0);
  #protocol: string | null = null;
  #isCorked = false;

  constructor(options: PublishLaneOptions) {
    this.#options = options;
  }

  /** Takes a chunk that begins where a packet does; false where it is the broker's. */
  take(chunk: Buffer): boolean {
    const { stream } = this.#options;
    // Who does not read its acks is dealt with by the broker.
    if (stream.writableLength > 0 || !this.#options.isOpen()) return false;
    for (let at = 0; at < chunk.length;) {
      const place = placeOf(chunk, at);
      if (place === null || !this.#isOwn(chunk, place)) return false;
      at = place.end;
    }
    for (let at = 0; at < chunk.length;) {
      // One of them may have had the client cut off: what is behind it will be sent again.
      if (!this.#options.isOpen()) return true;
      const place = placeOf(chunk, at) as Place;
      if (this.#isOwn(chunk, place)) this.#publish(chunk, place);
      at = place.end;
    }
    return true;
  }

  #publish(chunk: Buffer, { topicEnd, end }: Place): void {
    const [high, low] = [chunk[topicEnd] as number, chunk[topicEnd + 1] as number];
    this.#options.take(this.#protocol ?? '', chunk.subarray(topicEnd + 2, end), (error) => {
      if (error === undefined) this.#acknowledge(high, low);
    });
  }

  /** Tells whether the topic is one of the client's own; its protocol is known then. */
  #isOwn(chunk: Buffer, { topic, topicEnd }: Place): boolean {
    if (this.#protocol !== null && chunk.compare(this.#topic, 0, this.#topic.length, topic, topicEnd) === 0) return true;
    this.#topic = Buffer.from(chunk.subarray(topic, topicEnd));
    this.#protocol = this.#options.protocolOf(this.#topic.toString());
    return this.#protocol !== null;
  }

  /** Acks of one turn leave in one write. */
  #acknowledge(high: number, low: number): void {
    const { stream } = this.#options;
    if (!stream.writable) return;
    if (!this.#isCorked) {
      this.#isCorked = true;
      stream.cork();
      queueMicrotask(() => {
        this.#isCorked = false;
        stream.uncork();
      });
    }
    stream.write(Uint8Array.of(PUBACK, 2, high, low));
  }
}

/** Where the publish lies that begins there; `null` where what begins is none, or not whole, or not as it must be. */
function placeOf(chunk: Buffer, at: number): Place | null {
  if (chunk[at] !== PUBLISH && chunk[at] !== PUBLISH_AGAIN) return null;
  let length = 0;
  let from = at + 1;
  for (let bytes = 0; ; bytes++) {
    const byte = chunk[from++];
    if (byte === undefined || bytes === LENGTH_BYTES) return null;
    length += (byte & 0x7f) << (7 * bytes);
    if (byte < 0x80) break;
  }
  const end = from + length;
  const topic = from + 2;
  if (end > chunk.length || topic > end) return null;
  const topicEnd = topic + (((chunk[from] as number) << 8) | (chunk[from + 1] as number));
  if (topicEnd + 2 > end) return null;
  const isNumbered = chunk[topicEnd] !== 0 || chunk[topicEnd + 1] !== 0;
  return isNumbered ? { topic, topicEnd, end } : null;
}
