import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { ErrorCode } from '#errors/codes';
import type { FrameRecord } from '#model/frame-record';
import { fromHex } from '#wire/hex';
import { CODECS } from '#protocols/all';
import type { Codec } from '#protocols/codec';
import { REFUSED_RESENDS_BEFORE_ACK } from '../../src/app-mqtt.ts';
import { Credentials, hashPassword } from '../../src/listen/mqtt/credentials.ts';
import { MqttListener, type MqttListenerOptions } from '../../src/listen/mqtt/listener.ts';
import { MqttSubscriber, type MqttSubscriberOptions } from '../../src/listen/mqtt/subscriber.ts';
import { MessageSession } from '../../src/session/message-session.ts';
import type { FaultyDisk } from '../../src/spool/faulty-disk.ts';
import type { Spool } from '../../src/spool/spool.ts';
import { HeldSpool } from './held-spool.ts';

/** Reads a golden frame of a codec. */
export function goldenFrame(protocol: string, name: string): Buffer {
  const path = join(import.meta.dirname, '../../protocols', protocol, 'golden', `${name}.hex`);
  return Buffer.from(fromHex(readFileSync(path, 'utf8')) as Uint8Array);
}

/** Reads a golden frame of the Teltonika codec. */
export function teltonikaGolden(name: string): Buffer {
  return goldenFrame('teltonika', name);
}

/** Waits until it holds. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(2);
}

export const MQTT_LIMITS: MqttListenerOptions['limits'] = {
  connections: 100,
  connectionsPerAddress: 100,
  handshakeDeadlineMs: 60_000,
  loginDeadlineMs: 60_000,
  idleTimeoutMs: 60_000,
  packetBytes: 65_536,
  publishesInFlight: 100,
};

/** Devices that may log in: their user name is their ident, their password `secret-<ident>`. */
export const DEVICES = ['356307042441013', '356307042441014', '860000000000017'] as const;

/**
 * A spool whose disk can be held, with an MQTT port or a subscription in front of it and nothing behind it: no pipeline, no
 * sink.
 */
export class MqttGateway {
  readonly closed: (ErrorCode | null)[] = [];
  readonly refused: ErrorCode[] = [];
  opened = 0;
  received = 0;
  unacknowledged = 0;
  #front!: MqttListener | MqttSubscriber;
  #held!: HeldSpool;

  /** With a port of its own, where `DEVICES` may log in. */
  static async start(changes: Partial<MqttListenerOptions> = {}): Promise<MqttGateway> {
    const gateway = new MqttGateway();
    gateway.#held = await HeldSpool.open();
    gateway.#front = await gateway.#listen(changes);
    return gateway;
  }

  /** With a subscription to the broker of this address. */
  static async subscribe(url: string, changes: Partial<MqttSubscriberOptions> = {}): Promise<MqttGateway> {
    const gateway = new MqttGateway();
    gateway.#held = await HeldSpool.open();
    gateway.#front = gateway.#subscribe(url, changes);
    return gateway;
  }

  get port(): number {
    return this.#front.port;
  }

  get connections(): number {
    return this.#front.connections;
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
    return this.#held.stop(this.#front);
  }

  #session(ident: string | null, protocol: string, peerName: string): MessageSession {
    return new MessageSession({
      id: '00000000000000aa',
      listener: 'mqtt',
      transport: 'mqtt',
      peerName,
      codecs: [CODECS.get(protocol) as Codec],
      ident,
      parcel: 'stream',
      limits: { faultsBeforeClose: 4, refusedResendsBeforeAck: REFUSED_RESENDS_BEFORE_ACK },
      journal: this.spool,
      ledger: {
        received: (listener, name) => {
          this.received++;
          this.#held.ledger.received(listener, name);
        },
        refused: (listener, name, code) => {
          this.refused.push(code);
          this.#held.ledger.refused(listener, name, code);
        },
      },
      admits: () => true,
      now: Date.now,
    });
  }

  #counters() {
    return {
      opened: () => void this.opened++,
      closed: (code: ErrorCode | null) => void this.closed.push(code),
      refused: (_protocol: string, code: ErrorCode) => void this.refused.push(code),
      unacknowledged: () => void this.unacknowledged++,
    };
  }

  #listen(changes: Partial<MqttListenerOptions>): Promise<MqttListener> {
    const credentials = DEVICES.map((ident) => ({
      username: ident,
      passwordHash: hashPassword(`secret-${ident}`),
      ident,
    }));
    const book = new Credentials(credentials, true);
    return MqttListener.listen({
      name: 'mqtt',
      host: '127.0.0.1',
      port: 0,
      certificates: null,
      webSocket: false,
      limits: MQTT_LIMITS,
      protocols: ['teltonika', 'can-frames'],
      valve: this.spool,
      now: Date.now,
      logins: { identify: (login) => book.identify(login), close: () => undefined },
      open: ({ peerName, ident, protocol }) => this.#session(ident, protocol, peerName),
      ...this.#counters(),
      ...changes,
    });
  }

  #subscribe(url: string, changes: Partial<MqttSubscriberOptions>): MqttSubscriber {
    return new MqttSubscriber({
      name: 'mqtt',
      url,
      topics: ['fleet/{ident}/{protocol}'],
      group: 'odograph',
      connections: 2,
      clientId: 'gateway',
      protocolVersion: '5',
      sessionExpiryMs: 60_000,
      access: { current: {}, onChange: () => undefined, close: () => undefined },
      valve: this.spool,
      open: ({ peerName, ident, protocol }) => (protocol === 'teltonika' ? this.#session(ident, protocol, peerName) : null),
      failed: () => undefined,
      ...this.#counters(),
      ...changes,
    });
  }
}
