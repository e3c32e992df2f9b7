/** TCP (RFC 9293) and UDP (RFC 768) headers. */
import type { IpPacket } from './ip.ts';
import { viewOf } from './packet-file.ts';

export interface TcpSegment {
  sourcePort: number;
  destinationPort: number;
  seq: number;
  ack: number | null;
  syn: boolean;
  fin: boolean;
  reset: boolean;
  payload: Uint8Array;
  length: number;
}

export interface UdpDatagram {
  sourcePort: number;
  destinationPort: number;
  payload: Uint8Array;
  length: number;
}

export const TCP_FLAGS = { fin: 0x01, syn: 0x02, reset: 0x04, push: 0x08, ack: 0x10 } as const;
export const TCP_HEAD_BYTES = 20;
export const UDP_HEAD_BYTES = 8;

/** Reads a segment; `null` where it ends inside its header. */
export function readTcp({ payload, length }: IpPacket): TcpSegment | null {
  if (payload.length < TCP_HEAD_BYTES) return null;
  const view = viewOf(payload);
  const headBytes = ((payload[12] as number) >> 4) * 4;
  if (headBytes < TCP_HEAD_BYTES || payload.length < headBytes || length < headBytes) return null;
  const flags = payload[13] as number;
  return {
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    seq: view.getUint32(4),
    ack: (flags & TCP_FLAGS.ack) === 0 ? null : view.getUint32(8),
    syn: (flags & TCP_FLAGS.syn) !== 0,
    fin: (flags & TCP_FLAGS.fin) !== 0,
    reset: (flags & TCP_FLAGS.reset) !== 0,
    payload: payload.subarray(headBytes),
    length: length - headBytes,
  };
}

/** Reads a datagram; `null` where it ends inside its header. */
export function readUdp({ payload, length }: IpPacket): UdpDatagram | null {
  if (payload.length < UDP_HEAD_BYTES) return null;
  const view = viewOf(payload);
  const said = view.getUint16(4) - UDP_HEAD_BYTES;
  const whole = Math.min(length - UDP_HEAD_BYTES, Math.max(said, 0));
  return {
    sourcePort: view.getUint16(0),
    destinationPort: view.getUint16(2),
    payload: payload.subarray(UDP_HEAD_BYTES, UDP_HEAD_BYTES + whole),
    length: whole,
  };
}
