/**
 * A bare server for Teltonika or Astra Telematics over TCP: it finds each frame by its length, counts, and acknowledges at once. Sends its port
 * to its parent.
 */
import { createServer, type AddressInfo } from 'node:net';

interface Protocol {
  /** Bytes of the login at the front, 0 where it is not whole. */
  loginBytes(bytes: Buffer): number;
  loginAck: Uint8Array;
  /** Bytes from which on the length of a frame is known. */
  headBytes: number;
  frameBytes(bytes: Buffer, at: number): number;
  ack(bytes: Buffer, at: number): Uint8Array;
}

const SIX = Uint8Array.of(6);
/** `$`, with which an Astra login begins. */
const DOLLAR = 0x24;

// Login: length u16 · IMEI 15. Frame: 00000000 · length u32 · codec u8 · count u8 · …
const TELTONIKA: Protocol = {
  loginBytes: (bytes) => (bytes.length < 17 ? 0 : 17),
  loginAck: Uint8Array.of(1),
  headBytes: 10,
  frameBytes: (bytes, at) => bytes.readUInt32BE(at + 4) + 12,
  ack: (bytes, at) => Uint8Array.of(0, 0, 0, bytes[at + 9] as number),
};

// Login: a line. Frame: letter · length u16, all of it · …
const ASTRA: Protocol = {
  loginBytes: (bytes) => bytes.indexOf('\r\n') + 2,
  loginAck: SIX,
  headBytes: 3,
  frameBytes: (bytes, at) => bytes.readUInt16BE(at + 1),
  ack: () => SIX,
};

let frames = 0;
const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
  let protocol: Protocol | null = null;
  let rest: Buffer | null = null;
  socket.on('error', () => undefined);
  socket.on('end', () => socket.end());
  socket.on('data', (chunk) => {
    const bytes: Buffer = rest === null ? chunk : Buffer.concat([rest, chunk]);
    rest = bytes;
    let at = 0;
    if (protocol === null) {
      const spoken = bytes[0] === DOLLAR ? ASTRA : TELTONIKA;
      at = spoken.loginBytes(bytes);
      if (at < 2) return;
      protocol = spoken;
      socket.write(protocol.loginAck);
    }
    while (bytes.length - at >= protocol.headBytes) {
      const end = at + protocol.frameBytes(bytes, at);
      if (end > bytes.length) break;
      frames++;
      socket.write(protocol.ack(bytes, at));
      at = end;
    }
    rest = at < bytes.length ? bytes.subarray(at) : null;
  });
});
server.listen({ host: '127.0.0.1', port: 0, backlog: 4096 }, () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(frames < 0 ? 1 : 0));
