import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { join } from 'node:path';
import { withLuhnDigit } from '#model/ident';
import { encodeFrame, encodeLogin, type EncodedRecord } from '../../protocols/teltonika/encode.ts';
import { odograph } from '../../src/cli/cli-fixture.ts';
import type { Finding } from '../../src/lifecycle/causes.ts';
import { PlainClient } from '../support/plain-client.ts';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';
import { exchange } from '../support/sockets.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const IGNITION = 239;
const MINUTE_MS = 60_000;
/** Degrees of latitude that are about a metre. */
const METRE = 1 / 111_000;
const imei = (number: number): string => withLuhnDigit(`3520930814${String(number).padStart(4, '0')}`);

const dataDir = newDataDir();
let gateway: RunningGateway;
let startsAt: number;

beforeAll(async () => {
  gateway = await RunningGateway.start({ limits: { loginDeadlineMs: 1_000 }, clickhouse: { batchAgeMs: 50 } }, dataDir);
  await gateway.stored();
  startsAt = Math.floor(Date.now() / 1_000) * 1_000 - 30 * MINUTE_MS;
});
afterAll(async () => {
  await gateway.stop();
  removeFolder(dataDir);
});

/** A record so many metres north of the start, half a minute after the one before. */
function record(index: number, metres: number, fields: Partial<EncodedRecord> = {}): EncodedRecord {
  const fix = {
    lat: 40.4 + metres * METRE,
    lon: -3.69,
    valid: true,
    altitudeM: 650,
    speedKmh: 30,
    courseDeg: 0,
    satellites: 11,
  };
  return { deviceTime: startsAt + index * MINUTE_MS, fix, io: [[IGNITION, 1, 1]], ...fields };
}

const frame = (...records: EncodedRecord[]): Uint8Array => encodeFrame({ codec: '8e', records });

/** Logs in, sends frames of one record each, and waits for their acks. */
async function send(ident: string, ...records: EncodedRecord[]): Promise<void> {
  const chunks = [encodeLogin(ident), ...records.map((one) => frame(one))];
  const { received } = await exchange({ port: gateway.port(), chunks, expect: 1 + 4 * records.length });
  expect(received.length).toBe(1 + 4 * records.length);
  await gateway.stored();
}

/** Runs a command of `trackers` as an operator would, beside the running gateway. */
async function trackers(in_: string, ...words: string[]): Promise<string> {
  const { code, out, err } = await odograph('trackers', ...words, '--data-dir', join(in_, 'data'));
  expect(code, err).toBe(0);
  return out;
}

async function register(ident: string, in_ = dataDir): Promise<void> {
  await trackers(in_, 'register', ident, '-p', 'targa', '--object', 'make=Ford', '--object', 'model=Transit');
}

async function findings(ident: string, in_ = dataDir): Promise<Finding[]> {
  const [explained] = JSON.parse(await trackers(in_, 'why', ident, '--json')) as { findings: Finding[] }[];
  return explained?.findings ?? [];
}

const theCause = async (ident: string, in_ = dataDir): Promise<Finding> => (await findings(ident, in_))[0] as Finding;

describe('why names what is wrong with a silent vehicle', () => {
  test('a wrong APN: nothing ever comes', async () => {
    await register(imei(1));
    expect(await theCause(imei(1))).toMatchObject({ cause: 'never_came', next: expect.stringContaining('APN') });
  });

  test('never logged in: a box sends data and not its name', async () => {
    await register(imei(2));
    const { closedByGateway } = await exchange({ port: gateway.port(), chunks: [frame(record(0, 0))], expect: 1 });
    expect(closedByGateway).toBe(true);
    const cause = await theCause(imei(2));
    expect(cause).toMatchObject({ cause: 'never_logged_in', says: expect.stringContaining('session_login_required') });
    expect(cause.says).toContain('from 127.0.0.1');
  });

  test('checksum failures: each frame arrives damaged', async () => {
    await register(imei(3));
    const damaged = frame(record(0, 0));
    damaged.set([(damaged.at(-1) as number) ^ 0xff], damaged.length - 1);
    const client = await PlainClient.connect(gateway.port());
    client.say(encodeLogin(imei(3)), damaged, damaged);
    await until('the damaged frames are seen', async () => (await theCause(imei(3))).cause === 'frames_corrupt');
    expect((await theCause(imei(3))).says).toMatch(/2 refusals, mostly wire_crc/);
    client.socket.destroy();
  });

  test('an IMEI that was entered wrong: the box is heard and nobody registered it', async () => {
    const registered = '352093081409013';
    const real = '352093081490013';
    await register(withLuhnDigit(registered.slice(0, -1)));
    await send(withLuhnDigit(real.slice(0, -1)), record(0, 0), record(1, 300), record(2, 600));
    const cause = await theCause(withLuhnDigit(registered.slice(0, -1)));
    expect(cause).toMatchObject({ cause: 'mistyped_id', next: expect.stringContaining(withLuhnDigit(real.slice(0, -1))) });
    const page = await trackers(dataDir, 'why', withLuhnDigit(real.slice(0, -1)));
    expect(page).toMatch(/no tracker goes by it.*stored under it/);
    expect(page).toContain(`Nearly the id of tracker ${withLuhnDigit(registered.slice(0, -1))} of targa`);
  });

  test('a clock in 1980', async () => {
    await register(imei(4));
    const unset = { deviceTime: Date.UTC(1980, 0, 6) };
    await send(imei(4), record(0, 0, unset), record(1, 300, unset), record(2, 600, { deviceTime: Date.UTC(1980, 0, 6, 0, 1) }));
    expect(await theCause(imei(4))).toMatchObject({ cause: 'clock_wrong', next: expect.stringContaining('clock') });
  });

  test('no satellite fix', async () => {
    await register(imei(5));
    await send(imei(5), ...[0, 1, 2].map((index) => record(index, 0, { fix: null })));
    expect(await theCause(imei(5))).toMatchObject({ cause: 'no_fix', next: expect.stringContaining('outdoors') });
  });

  test('parked: the ignition is off', async () => {
    await register(imei(6));
    await send(imei(6), record(0, 0), record(1, 0, { io: [[IGNITION, 1, 0]] }));
    expect(await theCause(imei(6))).toMatchObject({ cause: 'parked', says: expect.stringContaining('ignition to be off') });
  });

  test('jitter only: the fixes of a standing receiver', async () => {
    await register(imei(7));
    await send(imei(7), ...[0, 9, -7, 12, 3].map((metres, index) => record(index, metres)));
    expect(await theCause(imei(7))).toMatchObject({ cause: 'standing', says: expect.stringContaining('of 4 steps') });
  });

  test('two boxes under one IMEI', async () => {
    await register(imei(8));
    const clients = [await PlainClient.connect(gateway.port()), await PlainClient.connect(gateway.port())];
    for (const client of clients) client.say(encodeLogin(imei(8)));
    for (let turn = 0; turn < 6; turn++) {
      const client = clients[turn % 2] as PlainClient;
      const acked = client.heardBytes;
      client.say(frame(record(turn, (turn % 2) * 80_000 + turn * 300)));
      await until('it is acknowledged', () => client.heardBytes > acked);
    }
    await gateway.stored();
    const cause = await theCause(imei(8));
    expect(cause).toMatchObject({ cause: 'duplicate_ident', certainty: 'certain' });
    for (const client of clients) expect(cause.says).toContain(client.name);
    for (const { socket } of clients) socket.destroy();
  });

  test('ClickHouse is away: the data is safe and waits', async () => {
    const elsewhere = newDataDir();
    const clickhouse = { mode: 'server', url: 'http://127.0.0.1:9', retryMaxMs: 500 };
    const blind = await RunningGateway.start({ clickhouse }, elsewhere);
    await register(imei(9), elsewhere);
    const chunks = [encodeLogin(imei(9)), frame(record(0, 0))];
    await exchange({ port: blind.port(), chunks, expect: 5 });
    const cause = await theCause(imei(9), elsewhere);
    expect(cause).toMatchObject({ cause: 'sink_down', certainty: 'certain' });
    expect(cause.says).toMatch(/2 frames of all devices wait in the spool, safe; this one was heard/);
    await blind.remove();
  });
});

test('a vehicle that drives is well, and what it says is one page in plain words', async () => {
  await register(imei(10));
  await send(imei(10), ...[0, 300, 600, 900].map((metres, index) => record(index, metres)));
  expect(await theCause(imei(10))).toMatchObject({ cause: 'well' });
  const page = await trackers(dataDir, 'why', imei(10));
  expect(page).toMatch(/^Status: connected since/m);
  expect(page).toMatch(/^Connection: from 127\.0\.0\.1:\d+ on "trackers".*5 frames/m);
  expect(page).toMatch(/^Last accepted fix: /m);
  expect(page).toMatch(/^Siblings: \d+ of 9 siblings of the same model/m);
  expect(page.length).toBeLessThan(3_000);
});

test('silent trackers are listed by likely cause, the heard ones only once they are silent for so long', async () => {
  const page = await trackers(dataDir, 'silent', '--for', '0s');
  for (const cause of ['the device has no satellite fix', 'the vehicle is parked', 'two devices send under its id']) {
    expect(page).toContain(`1: ${cause}`);
  }
  const never = JSON.parse(await trackers(dataDir, 'silent', '--for', '1h', '--json')) as {
    tracker: { trackerId: string };
    findings: Finding[];
  }[];
  expect(never.map(({ tracker }) => tracker.trackerId)).toContain(imei(1));
  expect(never.map(({ tracker }) => tracker.trackerId)).not.toContain(imei(10));
  const { apiPort, firstKey } = gateway.gateway;
  const answer = await fetch(`http://127.0.0.1:${apiPort}/v1/trackers/silent?for=1h`, {
    headers: { 'x-api-key': firstKey?.secret ?? '' },
  });
  const { items } = (await answer.json()) as { items: { tracker: { tracker_id: string }; cause: string }[] };
  // Whose strangers are, no company is told: some causes are found by whoever runs the gateway alone.
  const known = never.filter(({ findings: [first] }) => first?.cause !== 'never_logged_in');
  expect(items.map(({ tracker }) => tracker.tracker_id).toSorted()).toEqual(
    never.map(({ tracker }) => tracker.trackerId).toSorted(),
  );
  for (const {
    tracker,
    findings: [first],
  } of known) {
    expect(items).toContainEqual(
      expect.objectContaining({
        cause: first?.cause,
        tracker: expect.objectContaining({ tracker_id: tracker.trackerId }) as object,
      }),
    );
  }
  expect(known.length).toBeGreaterThan(0);
});
