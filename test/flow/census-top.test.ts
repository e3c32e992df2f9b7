import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeFrame, encodeLogin } from '../../protocols/teltonika/encode.ts';
import { odograph } from '../../src/cli/cli-fixture.ts';
import type { GatewayStatus } from '../../src/observe/status.ts';
import type { CensusEntry } from '../../src/reading/census.ts';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';
import { exchange } from '../support/sockets.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const IMEI = '356307042441013';
const UNMAPPED = 60_000;

const dataDir = newDataDir();
let gateway: RunningGateway;

beforeAll(async () => {
  gateway = await RunningGateway.start({ clickhouse: { batchAgeMs: 50 } }, dataDir);
  const fix = { lat: 40.4, lon: -3.69, valid: true, altitudeM: 650, speedKmh: 30, courseDeg: 0, satellites: 11 };
  const records = [0, 1, 2].map((i) => ({
    deviceTime: Date.now() - 60_000 + i * 1_000,
    fix,
    eventId: i === 2 ? UNMAPPED : 0,
    io: [
      [239, 1, 1],
      [UNMAPPED, 2, 7 + i],
    ] as const,
  }));
  await exchange({ port: gateway.port(), chunks: [encodeLogin(IMEI), encodeFrame({ codec: '8e', records })], expect: 5 });
  await exchange({ port: gateway.port(), chunks: [Buffer.from('GET / HTTP/1.1\r\n\r\n')], expect: 1 });
  await gateway.stored();
});
afterAll(async () => {
  await gateway.stop();
  removeFolder(dataDir);
});

async function census(...words: string[]): Promise<{ entries: CensusEntry[]; strangers: { head: string; code: string }[] }> {
  const { code, out, err } = await odograph('census', ...words, '--json', '--data-dir', join(dataDir, 'data'));
  expect(code, err).toBe(0);
  return JSON.parse(out) as Awaited<ReturnType<typeof census>>;
}

test('what no table knows is counted, with a sample and its times', async () => {
  const { entries, strangers } = await census();
  const named = (kind: string): CensusEntry | undefined => entries.find((entry) => entry.kind === kind);
  expect(named('element')).toMatchObject({ name: `teltonika.io.${UNMAPPED}`, protocol: 'teltonika', count: 3, idents: 1 });
  expect(named('element')?.sample).toMatch(/^[789]$/);
  expect(named('ident')).toMatchObject({ name: IMEI, known: false, count: 2 });
  expect(named('event')).toMatchObject({ name: `teltonika.${UNMAPPED}`, protocol: 'teltonika', known: false, count: 1 });
  expect(named('signal')).toBeUndefined();
  for (const { firstAt, lastAt } of entries) {
    expect(firstAt).toBeLessThanOrEqual(lastAt);
    expect(Date.now() - lastAt).toBeLessThan(600_000);
  }
  expect(strangers).toMatchObject([{ head: Buffer.from('GET / HTTP/1.1\r\n\r\n').toString('hex'), code: 'wire_unknown' }]);
});

test('whoever runs the gateway is given it over the API, but for what is known, which is companies’ own', async () => {
  const made = await odograph('keys', 'create', '--operator', '--data-dir', join(dataDir, 'data'));
  const key = /\S{30,}/.exec(made.out)?.[0] ?? '';
  const ask = async (by: string) =>
    fetch(`http://127.0.0.1:${gateway.gateway.apiPort}/v1/census?since=1h`, { headers: { 'x-api-key': by } });
  const { items } = (await (await ask(key)).json()) as { items: { kind: string; name: string; count: number }[] };
  expect(items.map(({ kind, name }) => `${kind} ${name}`).toSorted()).toEqual([
    `element teltonika.io.${UNMAPPED}`,
    `event teltonika.${UNMAPPED}`,
    `ident ${IMEI}`,
  ]);
  expect((await ask(gateway.gateway.firstKey?.secret ?? '')).status).toBe(200);
  const admin = await odograph('keys', 'create', '--data-dir', join(dataDir, 'data'));
  expect((await ask(/\S{30,}/.exec(admin.out)?.[0] ?? '')).status).toBe(403);
});

test('with --all what is known is counted too, of the kinds asked for, within the time asked for', async () => {
  const { entries } = await census('--all', '--kind', 'signal', 'protocol');
  expect(entries).toContainEqual(expect.objectContaining({ kind: 'signal', name: 'ignition.state.on', known: true, count: 3 }));
  expect(entries).toContainEqual(expect.objectContaining({ kind: 'protocol', name: 'teltonika', known: true, count: 2 }));
  expect(entries.map(({ kind }) => kind)).not.toContain('ident');
});

test('top shows the running gateway, as a picture and as JSON', async () => {
  const top = (...words: string[]) => odograph('top', '--once', '--every', '1s', ...words, '--data-dir', join(dataDir, 'data'));
  const picture = await top();
  expect(picture.code, picture.err).toBe(0);
  expect(picture.out).toMatch(/^odograph 0, up \d+ s, \d+ MiB/);
  expect(picture.out).toMatch(/^trackers +\d+ +0 +0$/m);
  expect(picture.out).toMatch(/spool: accepting, 0 frames wait/);
  expect(picture.out).toMatch(/ClickHouse: answers/);
  const status = JSON.parse((await top('--json')).out) as GatewayStatus;
  expect(status.ledger).toContainEqual(
    expect.objectContaining({ listener: 'trackers', protocol: 'teltonika', received: 2, stored: 2 }),
  );
  expect(status.ackDelay.at(-1)).toEqual({ le: null, count: 2 });
  const nobody = await odograph('top', '--once', '--data-dir', join(dataDir, 'elsewhere'));
  expect([nobody.code, nobody.err]).toEqual([69, expect.stringContaining('no gateway answers')]);
});

test('the gateway says over the API how it is, and its ledger balances', async () => {
  const { status, body } = await gateway.ask('GET', '/v1/gateway');
  expect(status).toBe(200);
  expect(body).toMatchObject({
    listeners: [{ name: 'trackers', transport: 'tcp', port: gateway.port(), connections: 0, acks_owed: 0 }],
    sink: { reachable: true, lag_frames: 0 },
    spool: { accepting: true, waiting_frames: 0, drain_s: 0 },
    registry: { reachable: true },
    ledger_off_by: 0,
  });
  const { ledger } = body as { ledger: Record<string, number>[] };
  for (const { received = 0, stored = 0, duplicate = 0, quarantined = 0, refused = 0, in_flight = 0 } of ledger) {
    expect(received).toBeGreaterThan(0);
    expect(received).toBe(stored + duplicate + quarantined + refused + in_flight);
  }
});

test('people get tables', async () => {
  const { out } = await odograph('census', '--data-dir', join(dataDir, 'data'));
  expect(out).toMatch(/io elements that no table maps\n.*\n.*\nteltonika\.io\.60000/);
  expect(out).toMatch(/senders that named nobody/);
});

const tail = (...words: string[]) => odograph('tail', ...words, '--data-dir', join(dataDir, 'data'));

test('tail shows messages as they come, until the gateway ends', async () => {
  const heard = [tail(), tail('--json', '--ident', 'nobody'), tail('--signals', '--protocol', 'teltonika')];
  await until('they listen', async () => (await gateway.metrics()).get('odograph_live_listeners') === 3);
  const fix = { lat: 40.4, lon: -3.69, valid: true, altitudeM: 650, speedKmh: 30, courseDeg: 0, satellites: 11 };
  const records = [{ deviceTime: Date.now() - 5_000, fix, io: [[239, 1, 1]] as const }];
  await exchange({ port: gateway.port(), chunks: [encodeLogin(IMEI), encodeFrame({ codec: '8e', records })], expect: 5 });
  await gateway.stored();
  await gateway.stop();
  const [all, nobody, signals] = await Promise.all(heard);
  expect(all?.code, all?.err).toBe(0);
  expect(all?.out).toMatch(new RegExp(`${IMEI}  teltonika +40\\.40000,-3\\.69000 30 km/h .*values \\(not registered\\)`));
  expect(nobody?.out).toBe('');
  expect(signals?.out).toContain('ignition.state.on=1');
});
