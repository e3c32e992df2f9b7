import { mkdtempSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fromHex, toHex } from '#wire/hex';
import { teltonika } from '../../protocols/teltonika/index.ts';
import { TcpListener } from '../../src/listen/tcp.ts';
import { StreamSession } from '../../src/session/stream-session.ts';
import { FaultyDisk } from '../../src/spool/faulty-disk.ts';
import { openSpool, type Spool } from '../../src/spool/spool.ts';
import { removeFolder } from '../support/remove-folder.ts';

const golden = (name: string) =>
  fromHex(readFileSync(join(import.meta.dirname, '../../protocols/teltonika/golden', `${name}.hex`), 'utf8')) as Uint8Array;

const LOGIN = golden('login-spec');
const FRAME = golden('codec8-spec-1');
const LOGIN_ACK = '01';
const FRAME_ACK = '00000001';
const LIMITS = {
  loginDeadlineMs: 60_000,
  idleTimeoutMs: 60_000,
  frameDeadlineMs: 60_000,
  faultsBeforeClose: 5,
  refusedResendsBeforeAck: 3,
};
/** Long enough for a loopback answer that should not come. */
const SILENCE_MS = 150;

let directory: string;
let disk: FaultyDisk;
let spool: Spool;
let listener: TcpListener;
let devices: Device[];

/** A tracker on a real socket. */
class Device {
  heard = '';
  ended = false;
  readonly #socket: Socket;

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('data', (chunk) => {
      this.heard += toHex(chunk);
    });
    this.#socket.on('close', () => {
      this.ended = true;
    });
    this.#socket.on('error', () => undefined);
    devices.push(this);
  }

  say(...frames: readonly Uint8Array[]): void {
    for (const frame of frames) this.#socket.write(frame);
  }

  leave(): void {
    this.#socket.destroy();
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => void setTimeout(resolve, ms));

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await pause(2);
}

async function durableFrames(): Promise<string[]> {
  const reader = spool.reader(1);
  const frames: string[] = [];
  while (frames.length < spool.stats().committedRecords) {
    for (const { record } of (await reader.next(10)) ?? []) frames.push(toHex(record.frame));
  }
  reader.close();
  return frames;
}

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'odograph-ack-'));
  disk = new FaultyDisk();
  devices = [];
  spool = await openSpool({
    directory,
    budgetBytes: 1e9,
    retention: { ageMs: 0, bytes: 0 },
    now: Date.now,
    onFault: () => undefined,
    disk,
    retryMs: { first: 10, last: 50 },
  });
  let opened = 0;
  listener = await TcpListener.listen({
    name: 'canbus',
    host: '127.0.0.1',
    port: 0,
    limits: { connections: 100, connectionsPerAddress: 100, handshakeDeadlineMs: 10_000 },
    valve: spool,
    now: Date.now,
    opened: () => undefined,
    closed: () => undefined,
    open: (peer, peerName) =>
      new StreamSession({
        id: String(++opened).padStart(16, '0'),
        listener: 'canbus',
        transport: 'tcp',
        peerName,
        codecs: [teltonika],
        limits: LIMITS,
        journal: spool,
        ledger: { received: () => undefined, refused: () => undefined },
        admits: () => true,
        now: Date.now,
        peer,
      }),
  });
});

afterEach(async () => {
  disk.releaseSyncs();
  disk.failWrites(null);
  for (const device of devices) device.leave();
  await listener.close();
  await spool.close();
  removeFolder(directory);
});

describe('an ack on a real socket', () => {
  it('does not leave while the sync is held, however many devices wait, and leaves when it has succeeded', async () => {
    const ten = Array.from({ length: 10 }, () => new Device(listener.port));
    disk.holdSyncs();
    const syncsBefore = disk.synced.length;
    for (const device of ten) device.say(LOGIN, FRAME);
    await until(() => disk.synced.length > syncsBefore);
    await pause(SILENCE_MS);
    expect(ten.map(({ heard }) => heard)).toEqual(ten.map(() => ''));
    disk.releaseSyncs();
    await until(() => ten.every(({ heard }) => heard.length >= 10));
    expect(ten.map(({ heard }) => heard)).toEqual(ten.map(() => LOGIN_ACK + FRAME_ACK));
    expect((await durableFrames()).filter((hex) => hex === toHex(FRAME))).toHaveLength(10);
  });

  it('never leaves for a frame whose sync failed: the device is cut off, and its resend is acked', async () => {
    const device = new Device(listener.port);
    device.say(LOGIN);
    await until(() => device.heard === LOGIN_ACK);
    disk.failNextSync();
    device.say(FRAME);
    await until(() => device.ended);
    expect(device.heard).toBe(LOGIN_ACK);
    await until(() => spool.accepting);
    const again = new Device(listener.port);
    again.say(LOGIN, FRAME);
    await until(() => again.heard === LOGIN_ACK + FRAME_ACK);
    expect((await durableFrames()).filter((hex) => hex === toHex(FRAME))).toHaveLength(1);
  });

  it('waits out a full disk: nothing is read meanwhile, nothing is lost, and all is acked when there is room', async () => {
    const first = new Device(listener.port);
    first.say(LOGIN);
    await until(() => first.heard === LOGIN_ACK);
    disk.failWrites('ENOSPC');
    first.say(FRAME);
    await until(() => !spool.accepting);
    const second = new Device(listener.port);
    second.say(LOGIN, FRAME);
    await pause(SILENCE_MS);
    expect(first.heard).toBe(LOGIN_ACK);
    expect(second.heard).toBe('');
    disk.failWrites(null);
    await until(() => second.heard === LOGIN_ACK + FRAME_ACK);
  });
});
