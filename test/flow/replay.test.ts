/** Captures of one gateway, replayed to another: over every transport, and into its ClickHouse. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DEFAULT_COMPANY } from '#model/tracker';
import { encodeX } from '../../protocols/astra-telematics/encode.ts';
import { encodeDatagram, encodeFrame, encodeLogin } from '../../protocols/teltonika/encode.ts';
import type { CaptureEntry } from '../../src/capture/entry.ts';
import { CaptureWriter } from '../../src/capture/file/writer.ts';
import { odograph, type Ran } from '../../src/cli/cli-fixture.ts';
import { hashPassword } from '../../src/listen/mqtt/credentials.ts';
import { makeFleet } from '../../src/simulate/fleet.ts';
import { Authority, haveOpenssl } from '../support/authority.ts';
import { newDataDir, RunningGateway, type TestSettings } from '../support/running-gateway.ts';

const IMEI = '356307042441013';
const QUIET = '868000000000019';
const OTHER = '490154203237518';
const DONGLE = '356938035643809';
const place = { host: '127.0.0.1', port: 0 };
const protocols = ['teltonika', 'astra-telematics'];
const authority = haveOpenssl ? new Authority() : null;
const dirs = { a: newDataDir(), b: newDataDir() };
let a: RunningGateway;
let b: RunningGateway;

function settings(): TestSettings {
  const credentials = [IMEI, OTHER, DONGLE].map((ident) => ({ username: ident, ident, passwordHash: hashPassword('secret') }));
  const listeners = [
    { ...place, name: 'trackers', protocols },
    { ...place, name: 'strict', protocols, unregistered: 'refuse' },
    { ...place, name: 'datagrams', transport: 'udp', protocols },
    { ...place, name: 'mqtt', transport: 'mqtt', protocols, mqtt: { credentials } },
    ...(authority === null ? [] : [{ ...place, name: 'private', protocols, tls: authority.issue('localhost') }]),
  ];
  return { listeners, clickhouse: { batchAgeMs: 20 }, api: { port: 0 } };
}

beforeAll(async () => {
  [a, b] = await Promise.all([RunningGateway.start(settings(), dirs.a), RunningGateway.start(settings(), dirs.b)]);
  await Promise.all([a.stored(), b.stored()]);
});
afterAll(async () => {
  await Promise.all([a.remove(), b.remove()]);
  authority?.remove();
});

const file = (name: string) => join(dirs.a, name);
const at = (dir: string) => ['--config', join(dir, 'odograph.yaml')];
const replay = (name: string, ...words: string[]): Promise<Ran> => odograph('replay', file(name), ...at(dirs.b), ...words);
const play = (name: string, url: string, ...words: string[]) => replay(name, '--to', url, '--speed', 'max', '--json', ...words);
const tcp = (listener = 'trackers') => `tcp://127.0.0.1:${b.port(listener)}`;

/** What a replay that was played has counted. */
interface Played {
  sessions: number;
  loginsMade: number;
  replies: { expected: number; right: number; missing: number; different: number };
  acks: { expected: number; right: number };
  unsent: number;
  skipped: Record<string, number>;
}
const counted = (ran: Ran) => JSON.parse(ran.out) as Played;

/**
 * All columns of `messages` but those that say when, where and as which row it was received and stored: batch_id, spool_id,
 * spool_seq, received_at, stored_at; backlog, which depends on when it was received; and whose the ident was then, tracker_oid
 * and provider.
 */
const COMPARED = '* EXCEPT (batch_id, spool_id, spool_seq, received_at, stored_at, backlog, tracker_oid, provider)';
const tableOf = (gateway: RunningGateway) =>
  gateway.rows<object>(`SELECT ${COMPARED} FROM odograph.messages_once ORDER BY ident, device_time, record_id`);
const eventsOf = (gateway: RunningGateway) =>
  gateway.rows<object>(
    `SELECT * EXCEPT (batch_id, spool_id, spool_seq, received_at, tracker_oid, provider)
     FROM odograph.events_once ORDER BY ident, device_time, record_id, event_index`,
  );

async function countOf(gateway: RunningGateway, table: string): Promise<number> {
  await gateway.stored();
  const [row] = await gateway.rows<{ n: string }>(`SELECT count() AS n FROM odograph.${table}`);
  return Number(row?.n);
}

/** Drives a small fleet of every kind to a gateway, as the demo does, but as fast as it is acknowledged. Gives the records. */
async function drive(to: RunningGateway): Promise<number> {
  const startsAt = Math.floor(Date.now() / 1_000) * 1_000 - 7_200_000;
  const options = { host: '127.0.0.1', port: to.port(), vehicles: 6, seed: 7, startsAt, recordEveryMs: 10_000 };
  const fleet = makeFleet(options);
  for (const { vehicle, device } of fleet) {
    for (let n = 0; n < 100; n++) device.record(vehicle.driveTo(startsAt + n * 10_000));
    device.start();
  }
  await Promise.all(fleet.map(({ device }) => device.drained(30_000)));
  await Promise.all(fleet.map(({ device }) => device.stop()));
  await to.stored();
  return fleet.reduce((sum, { device }) => sum + device.acknowledged.length, 0);
}

const fix = { lat: 40.4, lon: -3.7, valid: true, altitudeM: 650, speedKmh: 30, courseDeg: 90, satellites: 9 };
const started = Math.floor(Date.now() / 1_000) * 1_000;
const record = (n: number) => ({ deviceTime: started - n * 1_000, fix, io: [] });
const frame = (n: number) => encodeFrame({ codec: '8e', records: [record(n)] });
const report = (n: number) =>
  encodeX({ imei: DONGLE, reports: [{ sequence: n, deviceTime: started - n * 1_000, status: {}, modules: {} }] });

function entry(bytes: Uint8Array, changes: Partial<CaptureEntry> = {}): CaptureEntry {
  const facts = {
    listener: 'trackers',
    peer: '203.0.113.9:40122',
    sessionId: 'a1',
    protocol: null,
    ident: null,
    dialect: null,
  };
  return { at: started, direction: 'in', transport: 'tcp', ...facts, bytes, ...changes };
}

async function captured(name: string, entries: readonly CaptureEntry[]): Promise<string> {
  rmSync(file(name), { force: true });
  const writer = await CaptureWriter.open(file(name), started);
  for (const one of entries) {
    await writer.add(one);
    await writer.flush();
  }
  await writer.close();
  return name;
}

describe('a capture of a fleet, from a running gateway', () => {
  test('played to an empty gateway at max gives equal tables, and again gives no new row', async () => {
    expect(await drive(a)).toBe(600);
    expect((await odograph('capture', '-o', file('fleet.odocap'), ...at(dirs.a))).code).toBe(0);
    const first = await play('fleet.odocap', tcp());
    expect([first.code, first.err]).toEqual([0, '']);
    const { sessions, replies, unsent, skipped } = counted(first);
    expect(sessions).toBe(6);
    expect(replies.right).toBe(replies.expected);
    expect([replies.missing, replies.different, unsent, skipped]).toEqual([0, 0, 0, {}]);
    await b.stored();
    const [there, here] = [await tableOf(a), await tableOf(b)];
    expect(there.length).toBe(600);
    expect(here).toEqual(there);
    expect(await eventsOf(b)).toEqual(await eventsOf(a));
    const rows = await countOf(b, 'messages');
    expect((await play('fleet.odocap', tcp())).code).toBe(0);
    expect(await countOf(b, 'messages_once')).toBe(there.length);
    expect(await countOf(b, 'messages')).toBe(rows);
    expect(await tableOf(b)).toEqual(there);
  });

  test('decodes offline as it is stored, and the same file gives the same bytes', async () => {
    const stored = await odograph('replay', file('fleet.odocap'), '--diff', 'stored', ...at(dirs.a));
    expect([stored.code, stored.out]).toEqual([0, expect.stringContaining('are stored as the present codecs decode them')]);
    for (const words of [['--format', 'jsonl'], ['--format', 'geojson'], ['--format', 'table'], ['--json'], []]) {
      const [one, two] = [await replay('fleet.odocap', ...words), await replay('fleet.odocap', ...words)];
      expect([one.code, one.out]).toEqual([0, two.out]);
      expect(one.out.length).toBeGreaterThan(500);
    }
    const lines = (await replay('fleet.odocap', '--format', 'jsonl')).out.trim().split('\n');
    expect(lines.length).toBe((await tableOf(a)).length);
    const shape = JSON.parse((await replay('fleet.odocap', '--format', 'geojson')).out) as { features: unknown[] };
    expect(shape.features.length).toBe(600);
  });

  test('stored by --write, beside a running gateway, is one with what devices sent; twice is once', async () => {
    const before = await countOf(b, 'messages_once');
    const trackers = await odograph('trackers', 'list', '--json', ...at(dirs.b));
    const first = await replay('fleet.odocap', '--write', '--json');
    expect([first.code, first.err]).toEqual([0, '']);
    const { newRows, quarantined } = JSON.parse(first.out) as { newRows: Record<string, number>; quarantined: number };
    expect([newRows['messages'], quarantined]).toEqual([before, 0]);
    expect(await countOf(b, 'messages_once')).toBe(before);
    const rows = await countOf(b, 'messages');
    const again = await replay('fleet.odocap', '--write', '--json');
    expect([again.code, (JSON.parse(again.out) as { newRows: object }).newRows]).toEqual([0, {}]);
    expect(await countOf(b, 'messages')).toBe(rows);
    const [{ ways } = { ways: [] }] = await b.rows<{ ways: string[] }>(
      'SELECT groupUniqArray(toString(transport)) AS ways FROM odograph.messages_once',
    );
    expect(ways).toEqual(['replay']);
    expect((await tableOf(b)).map((row) => ({ ...row, transport: 'tcp' }))).toEqual(await tableOf(a));
    // Nothing of the registry has moved, and the raw frames are not captured a second time.
    expect((await odograph('trackers', 'list', '--json', ...at(dirs.b))).out).toBe(trackers.out);
    const captureAgain = await odograph('capture', '-o', file('again.odocap'), '--source', 'clickhouse', ...at(dirs.b));
    expect(captureAgain.err).toContain(
      `0 frames from the spool, ${(await countOf(a, 'frames_once')) * 2} from ClickHouse`.replace(
        /, \d+/,
        `, ${(await b.rows<{ n: string }>("SELECT count() AS n FROM odograph.frames_once WHERE transport != 'replay'"))[0]?.n}`,
      ),
    );
  });

  test('is another device’s where that is asked for, over the wire and in the store', async () => {
    const name = await captured('one.odocap', [entry(encodeLogin(IMEI)), entry(frame(1)), entry(frame(2))]);
    expect((await play(name, tcp(), '--tracker', `${IMEI}=${OTHER}`)).code).toBe(0);
    await b.stored();
    const idents = async () =>
      (
        await b.rows<{ ident: string; n: string }>(
          `SELECT ident, count() AS n FROM odograph.messages_once WHERE ident IN ('${IMEI}', '${OTHER}', '${DONGLE}') GROUP BY ident ORDER BY ident`,
        )
      ).map(({ ident, n }) => `${ident} ${n}`);
    expect(await idents()).toEqual([`${OTHER} 2`]);
    expect((await replay(name, '--write', '--tracker', `${IMEI}=${DONGLE}`)).code).toBe(0);
    expect(await idents()).toEqual([`${DONGLE} 2`, `${OTHER} 2`]);
    const wrong = await play(name, tcp(), '--tracker', `${IMEI}=not an imei`);
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining('entries were not sent')]);
    expect(wrong.out).toContain('cannot name');
  });
});

test('what was pushed to a company’s endpoint is stored as of its tracker, and of nobody where the capture names no company, or another', async () => {
  const ident = 'phone-of-a-replay';
  const registered = await odograph('trackers', 'register', ident, '-p', 'html5', '--type', 'oem', ...at(dirs.b));
  expect(registered.code, registered.err).toBe(0);
  const now = Date.now();
  const pushed = (n: number, changes: Partial<CaptureEntry>): CaptureEntry => {
    const seconds = Math.floor(now / 1_000) - n * 60;
    const body = `id=${ident}&lat=40.4&lon=-3.7&timestamp=${seconds}`;
    return entry(Buffer.from(body), { at: now, transport: 'http', listener: 'push', protocol: 'osmand', ...changes });
  };
  const name = await captured('pushed.odocap', [
    pushed(1, { companyId: DEFAULT_COMPANY }),
    pushed(2, { companyId: 'rival' }),
    pushed(3, {}),
  ]);
  const written = await replay(name, '--write', '--json');
  expect([written.code, JSON.parse(written.out)]).toMatchObject([0, { stored: 3, newRows: { messages: 3 } }]);
  const rows = await b.rows<{ is_known: string; company_id: string }>(
    `SELECT tracker_oid != '' AS is_known, company_id FROM odograph.messages_once WHERE ident = '${ident}' ORDER BY device_time DESC`,
  );
  expect(rows.map(({ is_known: known, company_id: company }) => [Number(known), company])).toEqual([
    [1, DEFAULT_COMPANY],
    [0, 'rival'],
    [0, ''],
  ]);
});

describe('over the wire', () => {
  test('a session that begins behind its login gets one; replies of a gateway that refuses are told', async () => {
    const name = await captured('middle.odocap', [
      entry(frame(3), { ident: IMEI, protocol: 'teltonika' }),
      entry(frame(4), { ident: IMEI, protocol: 'teltonika' }),
      entry(report(3), { sessionId: 'b2', ident: DONGLE, protocol: 'astra-telematics' }),
    ]);
    const right = await play(name, tcp());
    expect([right.code, counted(right)]).toEqual([0, expect.objectContaining({ loginsMade: 1, sessions: 2 })]);
    const refused = await play(name, tcp('strict'), '--ack-timeout', '1s');
    expect(refused.code).toBe(1);
    expect(counted(refused).replies).toMatchObject({ different: 1, right: 0 });
    expect(counted(refused).replies.missing).toBeGreaterThan(0);
    expect(refused.out).toMatch(/01 must come, 00 came/);
    const nobody = await play(await captured('nobody.odocap', [entry(frame(5))]), tcp(), '--ack-timeout', '1s');
    expect([nobody.code, nobody.out]).toEqual([1, expect.stringContaining('the gateway has closed the connection')]);
  });

  test('chunks go out as they were captured, at the pace that is asked for', async () => {
    const login = encodeLogin(IMEI);
    const name = await captured('paced.odocap', [
      entry(login.subarray(0, 5)),
      entry(Buffer.concat([login.subarray(5), frame(6).subarray(0, 30)]), { at: started + 1_000 }),
      entry(frame(6).subarray(30), { at: started + 4_000 }),
    ]);
    const began = performance.now();
    const ran = await replay(name, '--to', tcp(), '--speed', '10x', '--json');
    // Never faster than asked for; how much slower is the machine's affair.
    expect(performance.now() - began).toBeGreaterThan(400);
    expect([ran.code, counted(ran).replies]).toEqual([0, { expected: 2, right: 2, missing: 0, different: 0 }]);
  });

  test('datagrams are sent as datagrams, each with its reply', async () => {
    const udp = { transport: 'udp', listener: 'datagrams' } as const;
    const datagram = encodeDatagram(IMEI, 7, 1, { codec: '8', records: [record(7)] });
    const name = await captured('udp.odocap', [entry(datagram, udp), entry(report(7), { ...udp, sessionId: 'b2' })]);
    const ran = await play(name, `udp://127.0.0.1:${b.port('datagrams')}`);
    expect([ran.code, counted(ran).replies]).toEqual([0, { expected: 2, right: 2, missing: 0, different: 0 }]);
    const renamed = await play(name, `udp://127.0.0.1:${b.port('datagrams')}`, '--tracker', `${DONGLE}=${OTHER}`);
    expect([renamed.code, counted(renamed).replies.right]).toEqual([0, 2]);
    // Astra's datagrams are frames of a stream too; Teltonika's are not.
    const overTcp = await play(name, tcp());
    expect([overTcp.code, counted(overTcp)]).toEqual([
      1,
      expect.objectContaining({ sessions: 1, skipped: { 'teltonika has another form over UDP': 1 } }),
    ]);
    const nobody = await play(name, 'udp://127.0.0.1:9', '--ack-timeout', '1s');
    expect([nobody.code, counted(nobody).replies.missing]).toEqual([1, 2]);
  });

  test('messages are published, each with its PUBACK and the reply of the protocol', async () => {
    const mqtt = { transport: 'mqtt', listener: 'mqtt', ident: IMEI, protocol: 'teltonika' } as const;
    const name = await captured('mqtt.odocap', [
      entry(Buffer.concat([frame(8), frame(9)]), mqtt),
      entry(frame(10), mqtt),
      entry(report(8), { ...mqtt, sessionId: 'b2', ident: DONGLE, protocol: 'astra-telematics' }),
    ]);
    const url = `mqtt://127.0.0.1:${b.port('mqtt')}`;
    writeFileSync(file('password'), 'secret\n');
    const ran = await play(name, url, '--password-file', file('password'));
    expect([ran.code, counted(ran).acks, counted(ran).replies]).toEqual([
      0,
      { expected: 3, right: 3, missing: 0, refused: 0 },
      { expected: 4, right: 4, missing: 0, different: 0 },
    ]);
    const overTcp = await play(name, tcp());
    expect([overTcp.code, counted(overTcp).loginsMade]).toEqual([0, 1]);
    const fromTcp = await play('one.odocap', url, '--password-file', file('password'));
    expect([fromTcp.code, counted(fromTcp).acks.right]).toEqual([0, 3]);
    const refused = await play(name, url, '--ack-timeout', '2s');
    expect([refused.code, refused.out]).toEqual([69, expect.stringMatching(/Not authorized|Bad username|bad user/i)]);
  });

  test.skipIf(authority === null)('over TLS, where the certificate is trusted', async () => {
    const url = `tls://localhost:${b.port('private')}`;
    const ran = await play('one.odocap', url, '--ca', authority?.certFile ?? '');
    expect([ran.code, counted(ran).replies.right]).toEqual([0, 3]);
    expect((await play('one.odocap', url)).code).toBe(69);
  });

  test('what a cloud has pushed is posted to an endpoint, each body answered 2xx; nothing else can be', async () => {
    const { apiPort, firstKey } = b.gateway;
    const made = await fetch(`http://127.0.0.1:${apiPort}/v1/push-endpoints`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-api-key': firstKey?.secret ?? '' },
      body: JSON.stringify({ name: 'replay', protocol: 'bmw', proof: { kind: 'basic', secrets: ['replay:a long secret'] } }),
    });
    const { path } = (await made.json()) as { path: string };
    const http = { transport: 'http', listener: 'push', protocol: 'bmw' } as const;
    const name = await captured('http.odocap', [entry(Buffer.from('{"a":1}'), http), entry(Buffer.from('{"b":2}'), http)]);
    const right = await play(name, `http://replay:a%20long%20secret@127.0.0.1:${apiPort}${path}`);
    expect([right.code, counted(right).acks]).toEqual([0, { expected: 2, right: 2, missing: 0, refused: 0 }]);
    const wrong = await play(name, `http://127.0.0.1:${apiPort}${path}`);
    expect([wrong.code, counted(wrong).acks]).toEqual([1, { expected: 2, right: 0, missing: 0, refused: 2 }]);
    expect(wrong.out).toContain('HTTP 401');
    expect((await play('one.odocap', `http://127.0.0.1:${apiPort}${path}`)).err).toContain('1 sessions were left out');
  });

  test('a gateway that is not there is told at once', async () => {
    const ran = await play('one.odocap', 'tcp://127.0.0.1:9');
    expect([ran.code, counted(ran).unsent]).toEqual([69, 3]);
  });
});

describe('without a gateway', () => {
  test('--write starts the engine, and what was written is found by the next', async () => {
    await b.stop();
    const name = await captured('quiet.odocap', [
      entry(encodeLogin(QUIET)),
      entry(frame(20)),
      entry(frame(21).subarray(0, 30)),
    ]);
    const first = await replay(name, '--write', '--json');
    expect([first.code, JSON.parse(first.out)]).toMatchObject([
      0,
      { stored: 2, unfinished: 1, messages: 1, newRows: { messages: 1, frames: 2 } },
    ]);
    expect(JSON.parse((await replay(name, '--write', '--json')).out)).toMatchObject({ newRows: {} });
    const rows = await odograph(
      'query',
      `SELECT transport FROM messages_once WHERE ident = '${QUIET}'`,
      '--format',
      'TSV',
      ...at(dirs.b),
    );
    expect(rows.out).toBe('replay\n');
    const changed = await replay(name, '--diff', 'stored', '--set', 'pipeline.liveAgeMs=1s');
    expect([changed.code, changed.out]).toEqual([
      1,
      expect.stringMatching(/frame 2, .*\n {2}0000 {2}00 00 00 00.*[^]*backlog {2}false → true/),
    ]);
    b = await RunningGateway.start(settings(), dirs.b);
  });
});

test('a damaged capture is read as far as it goes, and is said to be damaged', async () => {
  const bytes = readFileSync(file('one.odocap'));
  bytes[100] = (bytes[100] as number) ^ 1;
  writeFileSync(file('damaged.odocap'), bytes);
  const ran = await replay('damaged.odocap');
  expect([ran.code, ran.err]).toEqual([
    65,
    expect.stringMatching(/checksum does not hold \[corrupt\]: byte 22 \(.*\n.*is damaged/),
  ]);
});
