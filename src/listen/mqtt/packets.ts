/**
 * MQTT 3.1.1 as bytes: where a packet ends, where the parts of a publish lie, and what the gateway says itself. What a client sends once a
 * connection or once a minute is read by mqtt-packet.
 *
 * Packet (§2.2): type and flags u8 · remaining length, 1 to 4 bytes of 7 bits each, the lowest first · the rest.
 */
import { parser, type Packet } from 'mqtt-packet';

const LENGTH_BYTES = 4;
/** The first half of the first byte of a PUBLISH (§3.3.1). */
const PUBLISH = 0x30;
/** A reply has QoS 0: the PUBACK is the ack, and what gets lost is not asked for again. */
const PUBLISH_ONCE = 0x30;

/** First bytes of the acks of a publish with QoS 1 and 2, and of the end of the latter. */
export const ACK = { puback: 0x40, pubrec: 0x50, pubcomp: 0x70 } as const;
/** CONNACK return codes (§3.2.2.3). */
export const RETURN_CODE = { accepted: 0, version: 1, login: 4, notAuthorized: 5 } as const;
/** Granted where a filter is not (§3.9.3). */
export const NOT_GRANTED = 0x80;
export const PINGRESP: Uint8Array = Buffer.of(0xd0, 0);

/** A packet of such a length that nobody may send, or a length that is none. */
export const MALFORMED = -1;

/** Where the packet ends that begins there, which may be behind `to`; 0 while its header is not whole; or `MALFORMED`. */
export function packetEnd(bytes: Uint8Array, from: number, to: number, mostBytes: number): number {
  let length = 0;
  for (let i = 0; i < LENGTH_BYTES; i++) {
    const at = from + 1 + i;
    if (at >= to) return length > mostBytes ? MALFORMED : 0;
    const byte = bytes[at] as number;
    length += (byte & 0x7f) << (7 * i);
    if (byte < 0x80) return length > mostBytes ? MALFORMED : at + 1 + length;
  }
  return MALFORMED;
}

/** Where the parts of a publish lie. */
export interface PublishParts {
  qos: 0 | 1 | 2;
  topicFrom: number;
  topicEnd: number;
  /** Two bytes, or none with QoS 0, end here: the payload begins. */
  payloadFrom: number;
}

export function isPublish(first: number): boolean {
  return (first & 0xf0) === PUBLISH;
}

/** Finds the parts of the whole publish in `[from, end)`; `null` where it is none. Topic length u16 · topic · packet id u16, but with QoS 0 · payload. */
export function publishParts(bytes: Uint8Array, from: number, end: number): PublishParts | null {
  const qos = ((bytes[from] as number) >> 1) & 3;
  let at = from + 1;
  while ((bytes[at++] as number) >= 0x80);
  if (qos === 3 || at + 2 > end) return null;
  const topicFrom = at + 2;
  const topicEnd = topicFrom + (((bytes[at] as number) << 8) | (bytes[at + 1] as number));
  const payloadFrom = qos === 0 ? topicEnd : topicEnd + 2;
  return payloadFrom > end ? null : { qos: qos as 0 | 1 | 2, topicFrom, topicEnd, payloadFrom };
}

/** Reads a whole packet; `null` where it is none. */
export function readPacket(bytes: Uint8Array): Packet | null {
  let found: Packet | null = null;
  let isBroken = false;
  const reader = parser();
  reader.on('packet', (packet) => (found = packet));
  reader.on('error', () => (isBroken = true));
  try {
    reader.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  } catch {
    // It reads past the end of some packets that are too short.
    return null;
  }
  return isBroken ? null : found;
}

export function connack(returnCode: number): Uint8Array {
  return Buffer.of(0x20, 2, 0, returnCode);
}

/** PUBACK, PUBREC or PUBCOMP of a packet id. */
export function ack(first: number, id: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(4);
  bytes[0] = first;
  bytes[1] = 2;
  bytes[2] = id >> 8;
  bytes[3] = id & 0xff;
  return bytes;
}

/** Grants are QoS, or `NOT_GRANTED`, one for each filter. */
export function suback(id: number, grants: readonly number[]): Uint8Array {
  return Buffer.from([0x90, ...lengthBytes(2 + grants.length), id >> 8, id & 0xff, ...grants]);
}

export function unsuback(id: number): Uint8Array {
  return Buffer.of(0xb0, 2, id >> 8, id & 0xff);
}

/** A publish of the gateway's own. */
export function publishOnce(topic: string, payload: Uint8Array): Uint8Array {
  const name = Buffer.from(topic);
  const length = lengthBytes(2 + name.length + payload.length);
  return Buffer.concat([Buffer.of(PUBLISH_ONCE, ...length, name.length >> 8, name.length & 0xff), name, payload]);
}

function lengthBytes(length: number): number[] {
  return length < 0x80 ? [length] : [(length & 0x7f) | 0x80, ...lengthBytes(length >> 7)];
}
