import type { Socket } from 'node:net';
import type { ErrorCode } from '#errors/codes';
import type { FrameRecord } from '#model/frame-record';
import { toHex } from '#wire/hex';
import type { Codec } from '#protocols/codec';
import { TcpListener, type TcpListenerOptions } from '../../src/listen/tcp.ts';
import { StreamSession } from '../../src/session/stream-session.ts';
import type { FaultyDisk } from '../../src/spool/faulty-disk.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { HeldSpool } from './held-spool.ts';

const LIMITS = {
  loginDeadlineMs: 60_000,
  idleTimeoutMs: 60_000,
  frameDeadlineMs: 60_000,
  faultsBeforeClose: 5,
  refusedResendsBeforeAck: 3,
};

/** A TCP port on a spool whose disk can be held, without pipeline and sink. */
export class StreamGateway {
  readonly closed: (ErrorCode | null)[] = [];
  readonly refused: ErrorCode[] = [];
  /** Names in the client certificates of the sessions that were opened. */
  readonly clientNames: (string | null)[] = [];
  opened = 0;
  /** Added to the clock. */
  laterMs = 0;
  listener!: TcpListener;
  #held!: HeldSpool;

  static async start(codecs: readonly Codec[], changes: Partial<TcpListenerOptions> = {}): Promise<StreamGateway> {
    const gateway = new StreamGateway();
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

  async #open(codecs: readonly Codec[], changes: Partial<TcpListenerOptions>): Promise<void> {
    this.#held = await HeldSpool.open();
    const now = (): number => Date.now() + this.laterMs;
    this.listener = await TcpListener.listen({
      name: 'streams',
      host: '127.0.0.1',
      port: 0,
      limits: { connections: 100, connectionsPerAddress: 100, handshakeDeadlineMs: 5_000 },
      valve: this.spool,
      now,
      open: (peer, peerName, clientName) => {
        this.clientNames.push(clientName);
        return new StreamSession({
          id: String(this.opened).padStart(16, '0'),
          listener: 'streams',
          transport: 'tls',
          peerName,
          codecs,
          ident: clientName,
          limits: LIMITS,
          journal: this.spool,
          ledger: {
            received: (listener, protocol) => this.#held.ledger.received(listener, protocol),
            refused: (listener, protocol, code) => {
              this.refused.push(code);
              this.#held.ledger.refused(listener, protocol, code);
            },
          },
          admits: () => true,
          now,
          peer,
        });
      },
      opened: () => void this.opened++,
      closed: (code) => void this.closed.push(code),
      ...changes,
    });
  }
}

/** A tracker on a connection of whatever kind. */
export class StreamDevice {
  heard = '';
  ended = false;
  readonly socket: Socket;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk: Buffer) => {
      this.heard += toHex(chunk);
    });
    socket.on('close', () => {
      this.ended = true;
    });
    socket.on('error', () => undefined);
  }

  say(...chunks: readonly Uint8Array[]): void {
    for (const chunk of chunks) this.socket.write(chunk);
  }

  leave(): void {
    this.socket.destroy();
  }
}
