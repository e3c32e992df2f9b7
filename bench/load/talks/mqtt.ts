/** MQTT 3.1.1, by hand: CONNECT, then PUBLISH with QoS 1, each of which waits for its PUBACK. */
import { passwordOf } from '../credentials.ts';
import type { Talk } from '../talk.ts';
import { TeltonikaFrames, type FrameOptions } from '../teltonika-frames.ts';

const CONNACK = Uint8Array.of(0x20, 2, 0, 0);
const PUBLISH_QOS_1 = 0x32;
const PUBACK = 0x40;
const PUBACK_BYTES = 4;
const USER_PASSWORD_CLEAN = 0xc2;
const LAST_PACKET_ID = 0xffff;

export function mqttTalk(options: FrameOptions): Talk {
  const frames = new TeltonikaFrames(options);
  const { ident } = frames;
  const topic = text(`odograph/v1/${ident}/teltonika`);
  const packets: { packet: Buffer; idAt: number }[] = [];
  let sent = 0;
  let acknowledged = 0;
  return {
    hello: connect(ident, passwordOf(ident)),
    welcome: { begins: CONNACK, bytes: CONNACK.length },
    next() {
      const frame = frames.next();
      const place = sent % options.window;
      const { packet, idAt } = (packets[place] ??= publishOf(topic, frame.length));
      packet.writeUInt16BE(idOf(sent++), idAt);
      frame.copy(packet, idAt + 2);
      return packet;
    },
    ack(bytes, from, to) {
      if (to - from < PUBACK_BYTES) return 0;
      const id = bytes.readUInt16BE(from + 2);
      if (bytes[from] !== PUBACK || id !== idOf(acknowledged)) throw new Error(`not the PUBACK of ${idOf(acknowledged)}`);
      acknowledged++;
      return PUBACK_BYTES;
    },
  };
}

/** Packet id of a message: 1 to 65,535, and again. */
function idOf(number: number): number {
  return 1 + (number % LAST_PACKET_ID);
}

/** A PUBLISH but for its packet id and payload, and where they go. */
function publishOf(topic: Buffer, payloadBytes: number): { packet: Buffer; idAt: number } {
  const packet = packetOf(PUBLISH_QOS_1, [topic, Buffer.alloc(2 + payloadBytes)]);
  return { packet, idAt: packet.length - payloadBytes - 2 };
}

function connect(ident: string, password: string): Buffer {
  const keepaliveSeconds = 0;
  const head = Buffer.from([4, USER_PASSWORD_CLEAN, 0, keepaliveSeconds]);
  return packetOf(0x10, [text('MQTT'), head, text(ident), text(ident), text(password)]);
}

function text(written: string): Buffer {
  const bytes = Buffer.from(written);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

/** A packet: type and flags, the length of what follows in sevens of bits, the parts. */
function packetOf(head: number, parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  for (let rest = body.length; rest > 0 || length.length === 0; rest >>= 7)
    length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  return Buffer.concat([Buffer.from([head, ...length]), body]);
}
