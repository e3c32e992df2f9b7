import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ErrorCode } from '#errors/codes';
import type { FrameRecord } from '#model/frame-record';
import { fromHex } from '#wire/hex';
import { CODECS } from '#protocols/all';
import type { Codec } from '#protocols/codec';
import { Credentials, hashPassword } from '../../src/listen/mqtt/credentials.ts';
import { MqttListener, type MqttListenerOptions } from '../../src/listen/mqtt/listener.ts';
import { MessageSession } from '../../src/session/message-session.ts';
import { FaultyDisk } from '../../src/spool/faulty-disk.ts';
import { openSpool, type Spool } from '../../src/spool/spool.ts';

/** Reads a golden frame of the Teltonika codec. */
export function teltonikaGolden(name: string): Buffer {
  const path = join(import.meta.dirname, '../../protocols/teltonika/golden', `${name}.hex`);
  return Buffer.from(fromHex(readFileSync(path, 'utf8')) as Uint8Array);
}

/** Waits until it holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(2);
}

export const MQTT_LIMITS: MqttListenerOptions['limits'] = {
  connections: 100,
  connectionsPerAddress: 100,
  loginDeadlineMs: 60_000,
  idleTimeoutMs: 60_000,
  packetBytes: 65_536,
  packetsPerSecond: 1_000,
  publishesInFlight: 100,
};

/** Devices that may log in: their user name is their ident, their password `secret-<ident>`. */
export const DEVICES = ['356307042441013', '356307042441014'] as const;

/** An MQTT port on a spool whose disk can be held, without pipeline and sink. */
export class MqttGateway {
  readonly disk = new FaultyDisk();
  readonly closed: (ErrorCode | null)[] = [];
  readonly refused: ErrorCode[] = [];
  received = 0;
  unacknowledged = 0;
  spool!: Spool;
  listener!: MqttListener;
  readonly #directory = mkdtempSync(join(tmpdir(), 'odograph-mqtt-'));

  static async start(changes: Partial<MqttListenerOptions> = {}): Promise<MqttGateway> {
    const gateway = new MqttGateway();
    await gateway.#open(changes);
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

  async #open(changes: Partial<MqttListenerOptions>): Promise<void> {
    this.spool = await openSpool({
      directory: this.#directory,
      budgetBytes: 1e9,
      retention: { ageMs: 0, bytes: 0 },
      now: Date.now,
      onFault: () => undefined,
      disk: this.disk,
      retryMs: { first: 10, last: 50 },
    });
    const credentials = DEVICES.map((ident) => ({
      username: ident,
      passwordHash: hashPassword(`secret-${ident}`),
      ident,
    }));
    const book = new Credentials(credentials, true);
    const ledger = {
      received: () => void this.received++,
      refused: (_listener: string, _protocol: string, code: ErrorCode) => void this.refused.push(code),
    };
    this.listener = await MqttListener.listen({
      name: 'mqtt',
      host: '127.0.0.1',
      port: 0,
      tls: null,
      webSocket: false,
      limits: MQTT_LIMITS,
      protocols: ['teltonika'],
      valve: this.spool,
      now: Date.now,
      logins: { identify: (login) => book.identify(login), close: () => undefined },
      open: ({ peerName, ident, protocol }) =>
        new MessageSession({
          id: '00000000000000aa',
          listener: 'mqtt',
          transport: 'mqtt',
          peerName,
          codecs: [CODECS.get(protocol) as Codec],
          ident,
          parcel: 'stream',
          limits: { faultsBeforeClose: 4, refusedResendsBeforeAck: 1 },
          journal: this.spool,
          ledger,
          admits: () => true,
          now: Date.now,
        }),
      opened: () => undefined,
      closed: (code) => void this.closed.push(code),
      refused: (_protocol, code) => void this.refused.push(code),
      unacknowledged: () => void this.unacknowledged++,
      ...changes,
    });
  }
}
