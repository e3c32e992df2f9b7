import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Line, LineEvents, OpenLine } from './line.ts';
import type { Target } from './target.ts';

/** A UDP socket of a device's own. */
class DatagramLine implements Line {
  readonly acknowledges = false;
  readonly #socket: Socket;

  constructor(socket: Socket, events: LineEvents) {
    this.#socket = socket;
    socket.on('message', (reply) => events.heard(reply));
    socket.on('error', () => undefined);
  }

  send(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => void this.#socket.close(resolve));
  }
}

/** Opens sockets towards one port. */
export function datagramLines({ host, port }: Target): OpenLine {
  return (_owner, events) =>
    new Promise((resolve, reject) => {
      const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
      socket.once('error', reject);
      socket.connect(port, host, () => {
        socket.off('error', reject);
        resolve(new DatagramLine(socket, events));
      });
    });
}
