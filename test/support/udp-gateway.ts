import { createSocket, type Socket } from 'node:dgram';
import type { ErrorCode } from '#errors/codes';
import type { FrameRecord } from '#model/frame-record';
import { toHex } from '#wire/hex';
import type { Codec } from '#protocols/codec';
import { UdpListener, type UdpListenerOptions } from '../../src/listen/udp.ts';
import { MessageSession } from '../../src/session/message-session.ts';
import type { FaultyDisk } from '../../src/spool/faulty-disk.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { HeldSpool } from './held-spool.ts';

/** A UDP port on a spool whose disk can be held, without pipeline and sink. */
export class UdpGateway {
  readonly closed: (ErrorCode | null)[] = [];
  /** Refused by the listener or by a session. */
  readonly refused: ErrorCode[] = [];
  opened = 0;
  /** Added to the clock. */
  laterMs = 0;
  admits = true;
  listener!: UdpListener;
  #held!: HeldSpool;

  static async start(codecs: readonly Codec[], changes: Partial<UdpListenerOptions> = {}): Promise<UdpGateway> {
    const gateway = new UdpGateway();
    await gateway.#open(codecs, changes);
    return gateway;
  }

  get port(): number {
    return this.listener.port;
  }

  get disk(): FaultyDisk {
    return this.#held.disk;
  }

  get spool(): Spool {
    return this.#held.spool;
  }

  /** What has been made durable, in order. */
  durable(): Promise<FrameRecord[]> {
    return this.#held.durable();
  }

  stop(): Promise<void> {
    return this.#held.stop(this.listener);
  }

  async #open(codecs: readonly Codec[], changes: Partial<UdpListenerOptions>): Promise<void> {
    this.#held = await HeldSpool.open();
    const now = (): number => Date.now() + this.laterMs;
    const ledger = {
      received: (listener: string, protocol: string) => this.#held.ledger.received(listener, protocol),
      refused: (listener: string, protocol: string, code: ErrorCode) => {
        this.refused.push(code);
        this.#held.ledger.refused(listener, protocol, code);
      },
    };
    this.listener = await UdpListener.listen({
      name: 'datagrams',
      host: '127.0.0.1',
      port: 0,
      limits: { connections: 100, connectionsPerAddress: 100, idleTimeoutMs: 60_000 },
      receiveBufferBytes: 1_000_000,
      waitingBytes: 1_000_000,
      valve: this.spool,
      now,
      open: (peerName) =>
        new MessageSession({
          id: String(this.opened).padStart(16, '0'),
          listener: 'datagrams',
          transport: 'udp',
          peerName,
          codecs,
          ident: null,
          parcel: 'datagram',
          limits: { faultsBeforeClose: 4, refusedResendsBeforeAck: 3 },
          journal: this.spool,
          ledger,
          admits: () => this.admits,
          now,
        }),
      opened: () => void this.opened++,
      closed: (code) => void this.closed.push(code),
      refused: (code) => void this.refused.push(code),
      ...changes,
    });
  }
}

/** A tracker on a UDP socket of its own. */
export class UdpDevice {
  /** Replies heard, as hex. */
  readonly heard: string[] = [];
  readonly #socket: Socket;
  readonly #port: number;

  constructor(port: number) {
    this.#port = port;
    this.#socket = createSocket('udp4');
    this.#socket.on('message', (reply) => void this.heard.push(toHex(reply)));
    this.#socket.on('error', () => undefined);
  }

  /** Sends each as a datagram of its own. Resolves when they have left. */
  async say(...datagrams: readonly Uint8Array[]): Promise<void> {
    for (const datagram of datagrams) {
      await new Promise((sent) => {
        this.#socket.send(datagram, this.#port, '127.0.0.1', sent);
      });
    }
  }

  leave(): void {
    this.#socket.close();
  }
}
