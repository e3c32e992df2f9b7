/** Gateways that are killed while frames come over UDP and TLS: nothing acknowledged is lost, nothing is stored twice. */
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { toHex } from '#wire/hex';
import { encodeDatagram, encodeFrame, encodeLogin, type EncodedFrame } from '../../protocols/teltonika/encode.ts';
import { freePort } from '../../src/sink/clickhouse/embedded/endpoint.ts';
import { reckon } from '../../src/simulate/check.ts';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { Authority, haveOpenssl } from '../support/authority.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const KILLS = 5;
const DEVICES = 15;
/** A device sends again after this long without its ack, ms. */
const PATIENCE_MS = 150;
const STARTS_AT = Date.UTC(2026, 5, 15, 12);

/** One attempt to unload a frame: true when it was acknowledged, false when it is to be sent again. */
type Unload = (frame: EncodedFrame, number: number) => Promise<boolean>;

interface Device {
  ident: string;
  /** Device times of the records acknowledged to it. */
  acknowledged: number[];
  unload: Unload;
  leave(): void;
}

let devices: Device[] = [];
let gateway: GatewayProcess | null = null;
let authority: Authority | null = null;
let dataDir = '';

afterEach(async () => {
  for (const device of devices) device.leave();
  devices = [];
  await gateway?.kill();
  gateway = null;
  authority?.remove();
  authority = null;
  removeFolder(dataDir);
});

/** Sends a datagram and waits for the answer with its own packet id. */
function overUdp(ident: string, port: number): Device {
  const socket: UdpSocket = createSocket('udp4');
  const heard = new Set<string>();
  socket.on('message', (reply) => heard.add(toHex(reply)));
  socket.on('error', () => undefined);
  const unload: Unload = async (frame, number) => {
    const packetId = number & 0xffff;
    socket.send(encodeDatagram(ident, packetId, number & 0xff, frame), port, '127.0.0.1', () => undefined);
    const head = Buffer.of(0, 5, packetId >> 8, packetId & 0xff, 1, number & 0xff, frame.records.length);
    return until('an answer', () => heard.delete(toHex(head)), PATIENCE_MS).then(
      () => true,
      () => false,
    );
  };
  return { ident, acknowledged: [], unload, leave: () => void socket.close() };
}

/** Sends a frame behind a login, over a connection made anew whenever an ack stays out. */
function overTls(ident: string, port: number, ca: Buffer): Device {
  let socket: TLSSocket | null = null;
  let heard = 0;
  const leave = (): void => {
    socket?.destroy();
    socket = null;
  };
  const hear = (bytes: number) => until('an ack', () => heard >= bytes || socket === null, PATIENCE_MS).catch(() => undefined);
  const open = async (): Promise<void> => {
    heard = 0;
    const fresh = connect({ host: '127.0.0.1', port, ca, servername: 'gateway.test' });
    socket = fresh;
    fresh.on('data', (bytes: Buffer) => (heard += bytes.length));
    fresh.on('error', () => undefined);
    fresh.on('close', () => {
      if (socket === fresh) socket = null;
    });
    fresh.write(encodeLogin(ident));
    await hear(1);
    if (heard !== 1) leave();
  };
  const unload: Unload = async (frame) => {
    if (socket === null) await open();
    if (socket === null) return false;
    const before = heard;
    socket.write(encodeFrame(frame));
    await hear(before + 4);
    if (heard === before + 4) return true;
    leave();
    return false;
  };
  return { ident, acknowledged: [], unload, leave };
}

function frameOf(device: number, number: number): EncodedFrame {
  const place = { lat: 40 + number / 10_000, lon: -3 - device / 100, altitudeM: 650 };
  const fix = { ...place, valid: true, speedKmh: 50, courseDeg: 0, satellites: 9 };
  return { codec: '8', records: [{ deviceTime: STARTS_AT + number * 1_000, fix, io: [] }] };
}

/** Unloads frame after frame, each until it is acknowledged, as long as it is to go on. */
async function drive(device: Device, index: number, goesOn: () => boolean): Promise<void> {
  for (let number = 0; goesOn(); number++) {
    const frame = frameOf(index, number);
    while (!(await device.unload(frame, number))) await pause(10);
    device.acknowledged.push(STARTS_AT + number * 1_000);
  }
}

async function start(listeners: object[]): Promise<GatewayProcess> {
  return GatewayProcess.start({ dataDir, settings: ['clickhouse.batchAgeMs=150', `listeners=${JSON.stringify(listeners)}`] });
}

describe.skipIf(!haveOpenssl)('a gateway that is killed (skipped without openssl)', () => {
  it('has every acknowledged frame of UDP and TLS exactly once, on one port number', async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'odograph-wire-kill-'));
    authority = new Authority();
    const port = await freePort();
    const place = { host: '127.0.0.1', port, protocols: ['teltonika', 'astra-telematics'] };
    const listeners = [
      { ...place, name: 'datagrams', transport: 'udp' },
      { ...place, name: 'private', transport: 'tcp', tls: authority.issue('gateway.test') },
    ];
    const ca = readFileSync(authority.certFile);
    devices = Array.from({ length: 2 * DEVICES }, (_, index) => {
      const ident = String(356_307_042_441_000 + index);
      return index < DEVICES ? overUdp(ident, port) : overTls(ident, port, ca);
    });
    gateway = await start(listeners);
    let enough = false;
    const drives = Promise.all(devices.map((device, index) => drive(device, index, () => !enough)));
    for (let kill = 0; kill < KILLS; kill++) {
      await pause(100 + Math.random() * 700);
      await gateway.kill();
      gateway = await start(listeners);
    }
    await until('each is heard often enough', () => devices.every(({ acknowledged }) => acknowledged.length > KILLS), 60_000);
    enough = true;
    await drives;

    // An orderly stop and start stores what was in flight.
    expect(await gateway.stop()).toBe(0);
    gateway = await start(listeners);
    const running = gateway;
    const wanted = devices.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
    const stored = () =>
      running.query<{ ident: string; at: string; transport: string }>(
        'SELECT ident, toUnixTimestamp64Milli(device_time) AS at, transport FROM messages FINAL',
      );
    await until('all is stored', async () => (await stored()).length >= wanted, 30_000);
    const rows = Map.groupBy(await stored(), ({ ident }) => ident);
    for (const [index, { ident, acknowledged }] of devices.entries()) {
      const own = rows.get(ident) ?? [];
      const times = own.map(({ at }) => Number(at));
      expect(reckon(ident, acknowledged, times)).toMatchObject({ missing: [], twice: [], stored: times.length });
      expect(new Set(own.map(({ transport }) => transport))).toEqual(new Set([index < DEVICES ? 'udp' : 'tls']));
    }
    expect((await running.metrics()).get('odograph_ledger_imbalance_frames')).toBe(0);
  });
});
