/** Captures of a running gateway, over every transport, from history and live. */
import { connect } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { createReadStream, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_COMPANY } from '#model/tracker';
import { toHex } from '#wire/hex';
import { encodeFrame, encodeLogin } from '../../protocols/teltonika/encode.ts';
import { encodeX } from '../../protocols/astra-telematics/encode.ts';
import type { CaptureEntry } from '../../src/capture/entry.ts';
import { newReport, readCapture } from '../../src/capture/file/reader.ts';
import { odograph, type Ran } from '../../src/cli/cli-fixture.ts';
import { hashPassword } from '../../src/listen/mqtt/credentials.ts';
import { Authority, haveOpenssl } from '../support/authority.ts';
import { sumOf } from '../support/metrics.ts';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';
import { StreamDevice } from '../support/stream-gateway.ts';
import { UdpDevice } from '../support/udp-gateway.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const BOX = '356307042441013';
const DONGLE = '356938035643809';
const MQTT_BOX = '860000000000017';
const FIX = { lat: 40.4, lon: -3.7, valid: true, altitudeM: 650, speedKmh: 30, courseDeg: 90, satellites: 9 };
const started = Date.now();

const frameAt = (n: number) =>
  Buffer.from(encodeFrame({ codec: '8e', records: [{ deviceTime: started - n, fix: FIX, io: [] }] }));
const datagramAt = (n: number) =>
  Buffer.from(encodeX({ imei: DONGLE, reports: [{ sequence: n, deviceTime: started - n * 1_000, status: {}, modules: {} }] }));

const dir = newDataDir();
const authority = haveOpenssl ? new Authority() : null;
const config = join(dir, 'odograph.yaml');
let gateway: RunningGateway;

beforeAll(async () => {
  const place = { host: '127.0.0.1', port: 0 };
  const credentials = [{ username: MQTT_BOX, ident: MQTT_BOX, passwordHash: hashPassword('secret') }];
  gateway = await RunningGateway.start(
    {
      listeners: [
        { ...place, name: 'trackers', protocols: ['teltonika', 'astra-telematics'] },
        { ...place, name: 'datagrams', transport: 'udp', protocols: ['teltonika', 'astra-telematics'] },
        ...(authority === null
          ? []
          : [{ ...place, name: 'private', protocols: ['teltonika'], tls: authority.issue('localhost') }]),
        { ...place, name: 'mqtt', transport: 'mqtt', protocols: ['teltonika'], mqtt: { credentials } },
      ],
      clickhouse: { batchAgeMs: 20 },
      api: { port: 0 },
    },
    dir,
  );
  // The command line reads the file that the gateway was started with.
  await gateway.stored();
});
afterAll(async () => {
  await gateway.remove();
  authority?.remove();
});

const admin = () => `http://127.0.0.1:${gateway.gateway.adminPort}`;
const capture = (file: string, ...words: string[]): Promise<Ran> =>
  odograph('capture', '--config', config, '-o', join(dir, file), ...words);

async function entriesOf(file: string): Promise<CaptureEntry[]> {
  const entries: CaptureEntry[] = [];
  for await (const entry of readCapture(createReadStream(join(dir, file)), file))
    entries.push({ ...entry, bytes: entry.bytes.slice() });
  return entries;
}

const said = (entries: readonly CaptureEntry[]) => entries.map(({ direction, bytes }) => `${direction} ${toHex(bytes)}`);

/** Entries in an order of their own, without what ClickHouse does not keep. */
function plain(entries: readonly CaptureEntry[]) {
  const texts = entries.map((entry) => ({ ...entry, ident: null, bytes: toHex(entry.bytes) }));
  return texts.sort((a, b) => a.at - b.at || (a.bytes < b.bytes ? -1 : 1));
}

/** Idents that came with frames over TCP. */
function idents(entries: readonly CaptureEntry[]): string[] {
  return entries
    .flatMap(({ transport, ident }) => (transport === 'tcp' ? [ident ?? 'nobody'] : []))
    .sort((a, b) => (a < b ? -1 : 1));
}

/** A box logs in and sends a frame in two pieces, a dongle a datagram, and a third a message over MQTT. */
async function driveAll(n: number): Promise<void> {
  const device = new StreamDevice(connect({ host: '127.0.0.1', port: gateway.port() }));
  device.say(encodeLogin(BOX));
  await until('the login is acknowledged', () => device.heard === '01');
  const frame = frameAt(n);
  device.say(frame.subarray(0, 20));
  await until('the first piece has come', async () => sumOf(await gateway.metrics(), 'connections') > 0);
  device.say(frame.subarray(20));
  await until('the frame is acknowledged', () => device.heard.length === 10);
  device.leave();
  const dongle = new UdpDevice(gateway.port('datagrams'));
  await dongle.say(datagramAt(n));
  await until('the datagram is acknowledged', () => dongle.heard.length === 1);
  dongle.leave();
  const box = await connectAsync(`mqtt://127.0.0.1:${gateway.port('mqtt')}`, { username: MQTT_BOX, password: 'secret' });
  await box.subscribeAsync(`odograph/v1/${MQTT_BOX}/+/reply`);
  const replied = new Promise((resolve) => void box.once('message', resolve));
  await box.publishAsync(`odograph/v1/${MQTT_BOX}/teltonika`, frameAt(n + 500), { qos: 1 });
  await replied;
  await box.endAsync();
}

/** Follows the gateway while something is done, and is ended as by Ctrl-C. */
async function following(file: string, words: readonly string[], during: () => Promise<void>): Promise<Ran> {
  const before = sumOf(await gateway.metrics(), 'captures');
  const running = capture(file, '--follow', ...words);
  await until('the gateway is tapped', async () => sumOf(await gateway.metrics(), 'captures') > before);
  await during();
  process.emit('SIGINT');
  return running;
}

describe('a live capture', () => {
  test('has both directions of every transport, as it went, with times, peers and sessions', async () => {
    const { code, err } = await following('live.odocap', [], () => driveAll(1));
    expect([code, err]).toEqual([0, expect.stringMatching(/following .*\n\d+ entries, \d+ bytes added/)]);
    const bySession = Map.groupBy(await entriesOf('live.odocap'), ({ listener }) => listener);
    const frame = frameAt(1);
    const stream = bySession.get('trackers') ?? [];
    expect(said(stream).filter((line) => line.startsWith('out'))).toEqual(['out 01', 'out 00000001']);
    const sent = stream.filter(({ direction }) => direction === 'in').map(({ bytes }) => toHex(bytes));
    expect(sent.join('')).toBe(toHex(encodeLogin(BOX)) + toHex(frame));
    expect(sent[0]).toBe(toHex(encodeLogin(BOX)));
    expect(new Set(stream.map(({ sessionId }) => sessionId)).size).toBe(1);
    expect(stream[0]).toMatchObject({
      transport: 'tcp',
      protocol: 'teltonika',
      ident: null,
      peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
    });
    expect(stream.at(-1)).toMatchObject({ direction: 'out', ident: BOX });
    expect(said(bySession.get('datagrams') ?? [])).toEqual([`in ${toHex(datagramAt(1))}`, 'out 06']);
    const mqtt = bySession.get('mqtt') ?? [];
    expect(said(mqtt)).toEqual([`in ${toHex(frameAt(501))}`, 'out 00000001']);
    expect(mqtt[0]).toMatchObject({ transport: 'mqtt', protocol: 'teltonika', ident: MQTT_BOX });
    for (const { at } of stream) expect(at).toBeGreaterThanOrEqual(started);
  });

  test('has what clouds push, once it is proven whose it is', async () => {
    const { apiPort, firstKey } = gateway.gateway;
    const post = (path: string, body: object, headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${apiPort}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
    const endpoint = { name: 'captured', protocol: 'bmw', proof: { kind: 'bearer', secrets: ['a-secret-that-is-long'] } };
    const made = await post('/v1/push-endpoints', endpoint, { 'x-api-key': firstKey?.secret ?? '' });
    const { path } = (await made.json()) as { path: string };
    await following('push.odocap', ['--listener', 'push'], async () => {
      expect((await post(path, { forged: true }, {})).status).toBe(401);
      expect((await post(path, { a: 1 }, { authorization: 'Bearer a-secret-that-is-long' })).status).toBe(200);
    });
    const entries = await entriesOf('push.odocap');
    expect(entries.map(({ bytes }) => Buffer.from(bytes).toString())).toEqual(['{"a":1}']);
    const company = { companyId: DEFAULT_COMPANY };
    expect(entries).toMatchObject([{ direction: 'in', transport: 'http', protocol: 'bmw', ident: null, ...company }]);
    await gateway.stored();
    await capture('push-history.odocap', '--listener', 'push');
    expect(plain(await entriesOf('push-history.odocap'))).toEqual(
      plain(entries).map((one) => ({ ...one, at: expect.any(Number) as number })),
    );
  });

  test.skipIf(authority === null)(
    'over TLS has what was said inside of it, with the peers and sessions of each device',
    async () => {
      const ports: (number | undefined)[] = [];
      const boxes = ['352093081452251', '490154203237518'];
      const ran = await following('tls.odocap', ['--listener', 'private'], async () => {
        const ca = readFileSync(authority?.certFile ?? '');
        for (const [n, ident] of boxes.entries()) {
          const socket = connectTls({ host: '127.0.0.1', port: gateway.port('private'), ca, servername: 'localhost' });
          const device = new StreamDevice(socket);
          device.say(encodeLogin(ident));
          await until('the login is acknowledged', () => device.heard === '01');
          ports.push(socket.localPort);
          device.say(frameAt(900 + n));
          await until('the frame is acknowledged', () => device.heard.length === 10);
          device.leave();
        }
      });
      expect(ran.code).toBe(0);
      const bySession = [...Map.groupBy(await entriesOf('tls.odocap'), ({ sessionId }) => sessionId).values()];
      expect(bySession.map(said)).toEqual(
        boxes.map((ident, n) => [`in ${toHex(encodeLogin(ident))}`, 'out 01', `in ${toHex(frameAt(900 + n))}`, 'out 00000001']),
      );
      for (const [n, entries] of bySession.entries()) {
        const way = { transport: 'tls', listener: 'private', peer: `127.0.0.1:${ports[n]}`, protocol: 'teltonika' };
        expect(entries).toMatchObject(entries.map(() => way));
      }
    },
  );

  test('of one device has its login too, and nothing of others', async () => {
    await following('one.odocap', ['--ident', BOX], () => driveAll(2));
    const entries = await entriesOf('one.odocap');
    expect(new Set(entries.map(({ transport }) => transport))).toEqual(new Set(['tcp']));
    expect(said(entries)[0]).toBe(`in ${toHex(encodeLogin(BOX))}`);
    expect(said(entries).at(-1)).toBe('out 00000001');
  });

  test('is given to this machine alone, by its own name, unless the configuration says otherwise', async () => {
    const { request } = await import('node:http');
    const status = (host: string) =>
      new Promise((resolve) => {
        const asked = request(`${admin()}/capture`, { headers: { host } }, (answer) => {
          answer.destroy();
          resolve(answer.statusCode);
        });
        asked.end();
      });
    expect(await status('rebound.example')).toBe(403);
    expect(await status('localhost:9090')).toBe(200);
    expect((await capture('short.odocap', '--follow', '--gateway', admin(), '--for', '1s')).code).toBe(0);
    const { code, err } = await capture('no.odocap', '--follow', '--gateway', 'http://127.0.0.1:9');
    expect([code, err]).toEqual([69, expect.stringContaining('no gateway answers')]);
  });
});

describe('a capture of history', () => {
  test('has each frame once, whether it is read from the spool or from ClickHouse', async () => {
    await driveAll(3);
    await gateway.stored();
    const [counted] = await gateway.rows<{ frames: string }>('SELECT count() AS frames FROM odograph.frames FINAL');
    const all = await capture('all.odocap');
    expect([all.code, all.err]).toEqual([
      0,
      expect.stringContaining(`${counted?.frames ?? ''} frames from the spool, 0 from ClickHouse`),
    ]);
    expect((await capture('clickhouse.odocap', '--source', 'clickhouse')).code).toBe(0);
    const [fromSpool, fromClickHouse] = [await entriesOf('all.odocap'), await entriesOf('clickhouse.odocap')];
    expect(fromSpool.length).toBe(Number(counted?.frames));
    expect(plain(fromClickHouse)).toEqual(plain(fromSpool));
    // Logins are of nobody yet, data is of whom they named.
    expect(idents(fromClickHouse)).toEqual(idents(fromSpool));
  });

  test('takes from ClickHouse what the spool no longer has', async () => {
    const emptySpool = join(dir, 'another-spool');
    const { err } = await capture('moved.odocap', '--set', `spool.dir=${emptySpool}`);
    expect(err).toMatch(/^0 frames from the spool, [1-9]\d* from ClickHouse/);
    removeFolder(emptySpool);
  });

  test('is chosen by device, listener, peer and time', async () => {
    await capture('device.odocap', '--ident', BOX);
    const device = await entriesOf('device.odocap');
    expect(device.length).toBeGreaterThan(0);
    expect(device.every(({ transport }) => transport === 'tcp')).toBe(true);
    expect(said(device)[0]).toBe(`in ${toHex(encodeLogin(BOX))}`);
    await capture('listener.odocap', '--listener', 'datagrams', '--listener', 'mqtt');
    const ways = new Set((await entriesOf('listener.odocap')).map(({ listener }) => listener));
    expect(ways).toEqual(new Set(['datagrams', 'mqtt']));
    const [{ peer, at } = { peer: '', at: 0 }] = device;
    await capture('peer.odocap', '--peer', peer, '--from', new Date(at).toISOString(), '--to', new Date(at + 1).toISOString());
    expect(await entriesOf('peer.odocap')).toMatchObject([{ peer, at }]);
    for (const [name, ...words] of [
      ['a', '--from', '1s'],
      ['b', '--to', '2020-01-01'],
    ] as const) {
      await capture(`${name}.odocap`, ...words, '--from', '0s');
      expect(await entriesOf(`${name}.odocap`)).toEqual([]);
    }
  });

  test('of a registered tracker is found by any of its names', async () => {
    const vin = 'WF0AXXWPMAJB43745';
    await odograph('trackers', 'register', vin, '--provider', 'targa', '--foreign-id', BOX, '--config', config);
    expect((await capture('tracker.odocap', '--tracker', vin)).code).toBe(0);
    expect(said(await entriesOf('tracker.odocap'))).toEqual(said(await entriesOf('device.odocap')));
    expect((await capture('nobody.odocap', '--tracker', 'nobody')).code).toBe(1);
  });

  test('says what to do where ClickHouse is away, and what is wrong with the words', async () => {
    const away = ['--set', 'clickhouse.mode=server', '--set', 'clickhouse.url=http://127.0.0.1:9'];
    expect(await capture('away.odocap', ...away)).toMatchObject({ code: 69, err: expect.stringContaining('--source spool') });
    expect((await capture('away.odocap', ...away, '--source', 'spool')).code).toBe(0);
    expect(await capture('x.odocap', '--from', 'yesterday')).toMatchObject({ code: 64, err: expect.stringContaining('2h') });
    expect((await capture('x.odocap', '--for', '3s')).code).toBe(64);
    expect((await capture('x.odocap', '--follow', '--to', '1h')).code).toBe(64);
    writeFileSync(join(dir, 'mine.txt'), 'a text of mine that is long enough');
    expect((await capture('mine.txt')).code).toBe(65);
  });

  test('goes on live where it is followed, without a frame twice', async () => {
    await following('both.odocap', ['--from', '1h', '--ident', BOX], () => driveAll(4));
    const entries = await entriesOf('both.odocap');
    const frame = toHex(frameAt(4));
    const sent = entries
      .filter(({ direction }) => direction === 'in')
      .map(({ bytes }) => toHex(bytes))
      .join('');
    expect(sent.split(frame).length).toBe(2);
    expect(sent.split(toHex(frameAt(3))).length).toBe(2);
    expect(entries.map(({ at }) => at)).toEqual(entries.map(({ at }) => at).sort((a, b) => a - b));
  });
});

test('a capture ends with its gateway, and has what went before', async () => {
  const settings = { listeners: [{ name: 'trackers', host: '127.0.0.1', port: 0, protocols: ['teltonika'] }] };
  const other = await RunningGateway.start({ ...settings, clickhouse: { mode: 'server', url: 'http://127.0.0.1:9' } });
  const url = `http://127.0.0.1:${other.gateway.adminPort}`;
  const running = capture('ended.odocap', '--follow', '--gateway', url);
  await until('the gateway is tapped', async () => sumOf(await other.metrics(), 'captures') > 0);
  const device = new StreamDevice(connect({ host: '127.0.0.1', port: other.port() }));
  device.say(encodeLogin(BOX));
  await until('the login is acknowledged', () => device.heard === '01');
  await other.remove();
  expect((await running).code).toBe(0);
  expect(said(await entriesOf('ended.odocap'))).toEqual([`in ${toHex(encodeLogin(BOX))}`, 'out 01']);
  const report = newReport();
  for await (const entry of readCapture(createReadStream(join(dir, 'ended.odocap')), 'it', report))
    expect(entry.sessionId).toMatch(/^[0-9a-f]{16}$/);
  expect(report.tornBytes).toBe(0);
});
