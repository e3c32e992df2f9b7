/** The TCP connections and UDP conversations of a packet capture, as sessions. */
import type { EpochMs } from '#model/clocks';
import type { CaptureEntry } from '../entry.ts';
import type { ReadOptions } from './reader.ts';
import type { TransferReport } from './report.ts';
import { RecentMap } from './recent-map.ts';
import { sessionIdOf } from './session-ids.ts';
import { endText, tellSides, type End, type Sides } from './sides.ts';
import type { TcpSegment, UdpDatagram } from './tcp-segment.ts';
import { TcpStream } from './tcp-stream.ts';

/** Conversations remembered at a time, and bytes that all of them may hold. */
export const BOUNDS = { conversations: 20_000, heldBytes: 64 * 1024 * 1024 };

/** A packet's ends and when it went by. */
export interface Passing {
  source: string;
  destination: string;
  at: EpochMs;
  packetNumber: number;
}

interface Conversation {
  sides: Sides | null;
  sessionId: string;
  /** Text of the end whose packets are `streams.near`. */
  near: string;
  streams: { near: TcpStream; far: TcpStream } | null;
  /** Sequence number of the SYN of each side. */
  opened: { near: number | null; far: number | null };
  ended: boolean;
  encrypted: boolean | null;
}

export class Conversations {
  readonly #options: ReadOptions;
  readonly #report: TransferReport;
  readonly #give: (entry: CaptureEntry) => void;
  readonly #known: RecentMap<Conversation>;
  readonly #mostHeldBytes: number;
  #heldBytes = 0;
  /** The packet under way, for what streams tell while they take it. */
  #current: Passing = { source: '', destination: '', at: 0, packetNumber: 0 };

  constructor(options: ReadOptions, report: TransferReport, give: (entry: CaptureEntry) => void, bounds = BOUNDS) {
    this.#options = options;
    this.#report = report;
    this.#give = give;
    this.#known = new RecentMap(bounds.conversations);
    this.#mostHeldBytes = bounds.heldBytes;
  }

  /** Takes a TCP segment. */
  segment(passing: Passing, segment: TcpSegment): void {
    this.#current = passing;
    const conversation = this.#connection(passing, segment);
    const { streams } = conversation;
    if (streams === null || conversation.sides === null) {
      if (segment.length > 0) this.#report.skip('other-port', where(passing), portsOf(segment));
      return;
    }
    const isNear = endText({ address: passing.source, port: segment.sourcePort }) === conversation.near;
    const [mine, other] = isNear ? [streams.near, streams.far] : [streams.far, streams.near];
    const before = mine.heldBytes + other.heldBytes;
    if (segment.ack !== null && !segment.reset) other.acknowledged(segment.ack);
    const seq = segment.syn ? (segment.seq + 1) >>> 0 : segment.seq;
    // What a reset carries says why it was sent, and is no part of the stream.
    if (!segment.reset) mine.add({ seq, bytes: segment.payload, length: segment.length, at: passing.at });
    mine.passed(passing.at);
    other.passed(passing.at);
    if (segment.reset || segment.fin) conversation.ended = true;
    if (segment.reset) finish(conversation);
    this.#heldBytes += mine.heldBytes + other.heldBytes - before;
    this.#limitHeld();
  }

  /** Takes a datagram. */
  datagram(passing: Passing, datagram: UdpDatagram): void {
    this.#current = passing;
    const source = { address: passing.source, port: datagram.sourcePort };
    const destination = { address: passing.destination, port: datagram.destinationPort };
    const key = keyOf('udp', source, destination);
    let conversation = this.#known.get(key);
    if (conversation === undefined) {
      const sides = tellSides(source, destination, null, this.#options.ports);
      const sessionId = sides === null ? '' : sessionIdOf('udp', endText(sides.device), endText(sides.gateway));
      conversation = newConversation(endText(source), sides, sessionId);
      this.#remember(key, conversation);
      this.#noteGuess(sides, passing);
    }
    if (conversation.sides === null) this.#report.skip('other-port', where(passing), portsOf(datagram));
    else if (datagram.payload.length < datagram.length) {
      this.#report.skip('cut-datagram', where(passing), `${datagram.payload.length} bytes of ${datagram.length}`);
    } else if (datagram.length === 0) this.#report.skip('empty', where(passing));
    else {
      const isIn = endText(source) === endText(conversation.sides.device);
      this.#give(this.#entry(conversation, conversation.sides, isIn, 'udp', datagram.payload, passing.at));
    }
  }

  /** The capture has ended: gives what is held. */
  end(): void {
    for (const conversation of this.#known.values()) finish(conversation);
  }

  /** Finds the connection of a segment, or begins one: a SYN that is not the known one's opens the ports anew. */
  #connection(passing: Passing, segment: TcpSegment): Conversation {
    const source = { address: passing.source, port: segment.sourcePort };
    const destination = { address: passing.destination, port: segment.destinationPort };
    const key = keyOf('tcp', source, destination);
    let conversation = this.#known.get(key);
    const near = endText(source);
    const side = conversation === undefined || conversation.near === near ? 'near' : 'far';
    if (conversation !== undefined && segment.syn && isAnew(conversation, side, segment)) {
      this.#forget(conversation);
      conversation = undefined;
    }
    if (conversation === undefined) {
      conversation = this.#open(passing, segment, source, destination);
      this.#remember(key, conversation);
    }
    if (segment.syn) {
      const mine = conversation.near === near ? 'near' : 'far';
      if (conversation.opened[mine] === null) conversation.streams?.[mine].begin(segment.seq);
      conversation.opened[mine] = segment.seq;
    }
    return conversation;
  }

  #open(passing: Passing, segment: TcpSegment, source: End, destination: End): Conversation {
    const caller = segment.ack === null ? 'source' : 'destination';
    const sides = tellSides(source, destination, segment.syn ? caller : null, this.#options.ports);
    this.#noteGuess(sides, passing);
    const sessionId =
      sides === null ? '' : sessionIdOf('tcp', endText(sides.device), endText(sides.gateway), passing.packetNumber);
    const conversation = newConversation(endText(source), sides, sessionId);
    if (sides === null) return conversation;
    const isNearDevice = endText(source) === endText(sides.device);
    conversation.streams = {
      near: this.#stream(conversation, sides, isNearDevice),
      far: this.#stream(conversation, sides, !isNearDevice),
    };
    return conversation;
  }

  #stream(conversation: Conversation, sides: Sides, isIn: boolean): TcpStream {
    const place = (): string => where(this.#current);
    const name = `${endText(sides.device)} ${isIn ? '>' : '<'} ${sides.gateway.port}`;
    return new TcpStream(
      (bytes, at) => {
        if (this.#isEncrypted(conversation, isIn, bytes)) this.#report.skip('encrypted', place(), name);
        else this.#give(this.#entry(conversation, sides, isIn, 'tcp', bytes, at));
      },
      {
        gap: (bytes) => this.#report.note('gap', place(), `${bytes} bytes, ${name}`),
        repeated: () => this.#report.note('retransmission', place(), name),
        beforeStart: () => this.#report.skip('before-start', place(), name),
        jumped: () => this.#report.note('jump', place(), name),
      },
    );
  }

  /** A connection of which the device's first bytes are a TLS handshake is of no use without its keys. */
  #isEncrypted(conversation: Conversation, isIn: boolean, bytes: Uint8Array): boolean {
    if (isIn) conversation.encrypted ??= isClientHello(bytes);
    return conversation.encrypted === true;
  }

  #entry(
    { sessionId }: Conversation,
    { device, gateway }: Sides,
    isIn: boolean,
    transport: 'tcp' | 'udp',
    bytes: Uint8Array,
    at: EpochMs,
  ): CaptureEntry {
    return {
      at,
      direction: isIn ? 'in' : 'out',
      transport,
      listener: String(gateway.port),
      peer: endText(device),
      sessionId,
      protocol: this.#options.ports.get(gateway.port) ?? this.#options.protocol,
      ident: this.#options.ident,
      dialect: null,
      bytes: bytes.slice(),
    };
  }

  #noteGuess(sides: Sides | null, passing: Passing): void {
    if (sides?.known !== 'guessed') return;
    this.#report.note('side-guessed', where(passing), `${endText(sides.device)} calls ${endText(sides.gateway)}`);
  }

  #remember(key: string, conversation: Conversation): void {
    const evicted = this.#known.set(key, conversation);
    if (evicted !== undefined) this.#forget(evicted);
  }

  #forget(conversation: Conversation): void {
    const { streams } = conversation;
    if (streams !== null) this.#heldBytes -= streams.near.heldBytes + streams.far.heldBytes;
    finish(conversation);
  }

  /** Gives up the holes of the connections that were silent longest, until enough memory is free. */
  #limitHeld(): void {
    if (this.#heldBytes <= this.#mostHeldBytes) return;
    for (const conversation of this.#known.values()) {
      if (this.#heldBytes <= this.#mostHeldBytes / 2) return;
      this.#forget(conversation);
    }
  }
}

function newConversation(near: string, sides: Sides | null, sessionId: string): Conversation {
  return { sides, sessionId, near, streams: null, opened: { near: null, far: null }, ended: false, encrypted: null };
}

function finish({ streams }: Conversation): void {
  streams?.near.end();
  streams?.far.end();
}

/** Whether a SYN opens another connection between the same ports, and does not repeat or answer the known one's. */
function isAnew({ opened, ended, streams }: Conversation, side: 'near' | 'far', segment: TcpSegment): boolean {
  const known = opened[side];
  if (known !== null) return known !== segment.seq;
  // The answer to a SYN is the other half of the same connection, unless that is over.
  if (segment.ack !== null) return ended;
  // A capture may have the answer before the SYN.
  return streams?.[side].expects((segment.seq + 1) >>> 0) !== true;
}

function isClientHello(bytes: Uint8Array): boolean {
  return bytes.length >= 6 && bytes[0] === 0x16 && bytes[1] === 0x03 && (bytes[2] as number) <= 4 && bytes[5] === 0x01;
}

/** The same for both directions. */
function keyOf(transport: string, a: End, b: End): string {
  const [one, two] = [endText(a), endText(b)];
  return one < two ? `${transport} ${one} ${two}` : `${transport} ${two} ${one}`;
}

function where({ packetNumber }: Passing): string {
  return `packet ${packetNumber}`;
}

function portsOf({ sourcePort, destinationPort }: { sourcePort: number; destinationPort: number }): string {
  return `${sourcePort} > ${destinationPort}`;
}
