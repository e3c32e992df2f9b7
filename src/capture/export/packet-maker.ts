/**
 * Makes the IP packets that could have carried entries: a handshake for each TCP session, then a segment for each entry with
 * sequence numbers, acknowledgements and checksums that hold, so that any reader of packets puts the same bytes together.
 * The gateway has an address of those set apart for documentation, and so has a device whose address nobody knows.
 */
import type { CaptureEntry } from '../entry.ts';
import { TCP, UDP } from '../import/ip.ts';
import { usualPort } from '../import/traccar-names.ts';
import { TCP_FLAGS, TCP_HEAD_BYTES, UDP_HEAD_BYTES } from '../import/tcp-segment.ts';
import { addressBytes, ipPacket, type Flow } from './ip-packet.ts';

/** Bytes of one segment: a longer entry is sent in several. An IP packet holds 65535 with its headers. */
const MOST_SEGMENT_BYTES = 32 * 1024;
/** Bytes of one datagram. */
export const MOST_DATAGRAM_BYTES = 65_507;

const GATEWAY = { 4: '192.0.2.1', 6: '2001:db8::1' } as const;
const UNKNOWN_PORT = 5000;
const FIRST_PORT = 49_152;
const PORTS = 65_536 - FIRST_PORT;
const WINDOW = 65_535;

interface Session {
  sessionId: string;
  flow: Flow;
  /** Next sequence number of each side; `null` before the handshake. */
  next: { in: number; out: number } | null;
}

export class PacketMaker {
  readonly #sessions = new Map<string, Session>();
  /** Which session has a pair of ends now. */
  readonly #owners = new Map<string, Session>();

  /** The packets of an entry; its bytes must not be more than a datagram holds where it is one. */
  packetsOf(entry: CaptureEntry): Uint8Array[] {
    const session = this.#session(entry);
    return entry.transport === 'udp' ? [datagram(session.flow, entry)] : segments(session, entry);
  }

  #session(entry: CaptureEntry): Session {
    const { sessionId, transport } = entry;
    let session = this.#sessions.get(sessionId);
    if (session === undefined) {
      session = { sessionId, flow: flowOf(entry, this.#sessions.size), next: null };
      this.#sessions.set(sessionId, session);
    }
    const { flow } = session;
    const ends = `${transport === 'udp' ? 'udp' : 'tcp'} ${flow.device}:${flow.devicePort} ${flow.gatewayPort}`;
    // A session between the same ends as another one that was open opens the connection again.
    if (this.#owners.get(ends) !== session) session.next = null;
    this.#owners.set(ends, session);
    return session;
  }
}

/** Ends of a session: as the entry says them, made up where it does not. */
function flowOf({ peer, listener, protocol }: CaptureEntry, index: number): Flow {
  const [, bracketed, plain, port] = /^(?:\[([^\]]*)\]|([^:]*)):(\d{1,5})$/.exec(peer) ?? [];
  const host = bracketed ?? plain ?? peer;
  const device = addressBytes(host) === null ? madeUpAddress(index) : host;
  const devicePort = isPort(port) ? Number(port) : FIRST_PORT + (index % PORTS);
  const gatewayPort = isPort(listener) ? Number(listener) : (usualPort(protocol) ?? UNKNOWN_PORT);
  return { device, devicePort, gateway: device.includes(':') ? GATEWAY[6] : GATEWAY[4], gatewayPort };
}

function isPort(text: string | undefined): boolean {
  return text !== undefined && /^\d{1,5}$/.test(text) && Number(text) > 0 && Number(text) < 65_536;
}

/** One of 198.18.0.0/15, which is set apart for tests of networks: two sessions have the same ends only after 2^31 others. */
function madeUpAddress(index: number): string {
  const number = Math.floor(index / PORTS) % 2 ** 17;
  return `198.${18 + (number >> 16)}.${(number >> 8) & 0xff}.${number & 0xff}`;
}

function segments(session: Session, { direction, bytes, sessionId }: CaptureEntry): Uint8Array[] {
  const made: Uint8Array[] = [];
  session.next ??= handshake(session.flow, sessionId, made);
  const { next, flow } = session;
  const other = direction === 'in' ? 'out' : 'in';
  for (let at = 0; at < bytes.length; at += MOST_SEGMENT_BYTES) {
    const piece = bytes.subarray(at, at + MOST_SEGMENT_BYTES);
    const flags = TCP_FLAGS.ack | (at + piece.length === bytes.length ? TCP_FLAGS.push : 0);
    made.push(segment(flow, direction, { seq: next[direction], ack: next[other], flags }, piece));
    next[direction] = (next[direction] + piece.length) >>> 0;
  }
  return made;
}

function handshake(flow: Flow, sessionId: string, made: Uint8Array[]): { in: number; out: number } {
  // Numbers that differ from session to session, and are the same each time.
  const device = Number.parseInt(sessionId.slice(0, 8), 16) >>> 0;
  const gateway = Number.parseInt(sessionId.slice(8, 16), 16) >>> 0;
  const next = { in: (device + 1) >>> 0, out: (gateway + 1) >>> 0 };
  const none = new Uint8Array(0);
  made.push(
    segment(flow, 'in', { seq: device, ack: 0, flags: TCP_FLAGS.syn }, none),
    segment(flow, 'out', { seq: gateway, ack: next.in, flags: TCP_FLAGS.syn | TCP_FLAGS.ack }, none),
    segment(flow, 'in', { seq: next.in, ack: next.out, flags: TCP_FLAGS.ack }, none),
  );
  return next;
}

function segment(
  flow: Flow,
  direction: 'in' | 'out',
  { seq, ack, flags }: { seq: number; ack: number; flags: number },
  payload: Uint8Array,
): Uint8Array {
  const bytes = new Uint8Array(TCP_HEAD_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  writePorts(view, flow, direction);
  view.setUint32(4, seq);
  view.setUint32(8, ack);
  view.setUint8(12, (TCP_HEAD_BYTES / 4) << 4);
  view.setUint8(13, flags);
  view.setUint16(14, WINDOW);
  bytes.set(payload, TCP_HEAD_BYTES);
  return ipPacket(flow, direction, TCP, bytes, 16);
}

function datagram(flow: Flow, { direction, bytes: payload }: CaptureEntry): Uint8Array {
  const bytes = new Uint8Array(UDP_HEAD_BYTES + payload.length);
  const view = new DataView(bytes.buffer);
  writePorts(view, flow, direction);
  view.setUint16(4, bytes.length);
  bytes.set(payload, UDP_HEAD_BYTES);
  return ipPacket(flow, direction, UDP, bytes, 6);
}

function writePorts(view: DataView, { devicePort, gatewayPort }: Flow, direction: 'in' | 'out'): void {
  view.setUint16(0, direction === 'in' ? devicePort : gatewayPort);
  view.setUint16(2, direction === 'in' ? gatewayPort : devicePort);
}
