import { mkdtempSync, rmSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ErrorCode } from '#errors/codes';
import type { FrameRecord } from '#model/frame-record';
import { toHex } from '#wire/hex';
import type { Codec } from '#protocols/codec';
import { TcpListener, type TcpListenerOptions } from '../../src/listen/tcp.ts';
import { StreamSession } from '../../src/session/stream-session.ts';
import { FaultyDisk } from '../../src/spool/faulty-disk.ts';
import { openSpool, type Spool } from '../../src/spool/spool.ts';

const LIMITS = {
  loginDeadlineMs: 60_000,
  idleTimeoutMs: 60_000,
  frameDeadlineMs: 60_000,
  faultsBeforeClose: 5,
  refusedResendsBeforeAck: 3,
};

/** A TCP port on a spool whose disk can be held, without pipeline and sink. */
export class StreamGateway {
  readonly disk = new FaultyDisk();
  readonly closed: (ErrorCode | null)[] = [];
  readonly refused: ErrorCode[] = [];
  /** Names in the client certificates of the sessions that were opened. */
  readonly clientNames: (string | null)[] = [];
  opened = 0;
  /** Added to the clock. */
  laterMs = 0;
  spool!: Spool;
  listener!: TcpListener;
  readonly #directory = mkdtempSync(join(tmpdir(), 'odograph-stream-'));

  static async start(codecs: readonly Codec[], changes: Partial<TcpListenerOptions> = {}): Promise<StreamGateway> {
    const gateway = new StreamGateway();
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

  async #open(codecs: readonly Codec[], changes: Partial<TcpListenerOptions>): Promise<void> {
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
          ledger: { received: () => undefined, refused: (_listener, _protocol, code) => void this.refused.push(code) },
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
