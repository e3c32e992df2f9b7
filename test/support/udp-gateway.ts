import { createSocket, type Socket } from 'node:dgram';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode } from '#errors/codes';
import type { FrameRecord } from '#model/frame-record';
import { toHex } from '#wire/hex';
import type { Codec } from '#protocols/codec';
import { UdpListener, type UdpListenerOptions } from '../../src/listen/udp.ts';
import { MessageSession } from '../../src/session/message-session.ts';
import { FaultyDisk } from '../../src/spool/faulty-disk.ts';
import { openSpool, type Spool } from '../../src/spool/spool.ts';

/** A UDP port on a spool whose disk can be held, without pipeline and sink. */
export class UdpGateway {
  readonly disk = new FaultyDisk();
  readonly closed: (ErrorCode | null)[] = [];
  /** Refused by the listener or by a session. */
  readonly refused: ErrorCode[] = [];
  opened = 0;
  /** Added to the clock. */
  laterMs = 0;
  admits = true;
  spool!: Spool;
  listener!: UdpListener;
  readonly #directory = mkdtempSync(join(tmpdir(), 'odograph-udp-'));

  static async start(codecs: readonly Codec[], changes: Partial<UdpListenerOptions> = {}): Promise<UdpGateway> {
    const gateway = new UdpGateway();
    await gateway.#open(codecs, changes);
    return gateway;
  }

  get port(): number {
    return this.listener.port;
  }

  /** What has been made durable, in order. */
  async durable(): Promise<FrameRecord[]> {
    const reader = this.spool.reader(1);
    const records: FrameRecord[] = [];
    while (records.length < this.spool.stats().committedRecords) {
      for (const { record } of (await reader.next(100)) ?? []) records.push(record);
    }
    reader.close();
    return records;
  }

  async stop(): Promise<void> {
    this.disk.releaseSyncs();
    this.disk.failWrites(null);
    await this.listener.close();
    await this.spool.close();
    rmSync(this.#directory, { recursive: true });
  }

  async #open(codecs: readonly Codec[], changes: Partial<UdpListenerOptions>): Promise<void> {
    this.spool = await openSpool({
      directory: this.#directory,
      budgetBytes: 1e9,
      retention: { ageMs: 0, bytes: 0 },
      now: Date.now,
      onFault: () => undefined,
      disk: this.disk,
      retryMs: { first: 10, last: 50 },
    });
    const now = (): number => Date.now() + this.laterMs;
    const ledger = {
      received: () => undefined,
      refused: (_listener: string, _protocol: string, code: ErrorCode) => void this.refused.push(code),
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
