import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';

const HEADER_BYTES = 12;
const A = 1;
const NAME_NOT_FOUND = 3;

/** A name server for tests. It answers questions for IPv4 addresses out of a table that may change at any moment. */
export class DnsServer {
  /** Addresses by name; a name that is missing does not exist, one of `silent` is never answered. */
  readonly names = new Map<string, readonly string[]>();
  readonly silent = new Set<string>();
  readonly asked: string[] = [];
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('message', (question, peer) => {
      const answer = this.#answerTo(question);
      if (answer !== null) socket.send(answer, peer.port, peer.address);
    });
  }

  static async open(): Promise<DnsServer> {
    const socket = createSocket('udp4');
    const server = new DnsServer(socket);
    socket.bind(0, '127.0.0.1');
    await once(socket, 'listening');
    return server;
  }

  /** As the configuration names it. */
  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  close(): void {
    this.#socket.close();
  }

  #answerTo(question: Buffer): Buffer | null {
    const labels: string[] = [];
    let at = HEADER_BYTES;
    for (let length = question.readUInt8(at); length > 0; length = question.readUInt8(at)) {
      labels.push(question.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const type = question.readUInt16BE(at + 1);
    const asked = question.subarray(HEADER_BYTES, at + 5);
    const name = labels.join('.').toLowerCase();
    this.asked.push(name);
    if (this.silent.has(name)) return null;
    const found = this.names.get(name);
    const addresses = type === A ? (found ?? []) : [];
    const header = Buffer.alloc(HEADER_BYTES);
    question.copy(header, 0, 0, 2);
    // A response, recursion wanted and there.
    header.writeUInt16BE(0x8180 | (found === undefined ? NAME_NOT_FOUND : 0), 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(addresses.length, 6);
    const records = addresses.map((address) =>
      // The name again, type A, class IN, time to live 0, four bytes.
      Buffer.from([0xc0, HEADER_BYTES, 0, A, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
    );
    return Buffer.concat([header, asked, ...records]);
  }
}
