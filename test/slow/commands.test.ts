import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Command } from '#model/command';
import { fromHex, toHex } from '#wire/hex';
import { encodeAnswer, encodeCommand, encodeFrame, encodeLogin, encodeRefusal } from '../../protocols/teltonika/encode.ts';
import { odograph, type Ran } from '../../src/cli/cli-fixture.ts';
import { providerTable } from '../../src/providers/table.ts';
import { SimulatedDevice } from '../../src/simulate/device.ts';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { teltonikaBox } from '../../src/simulate/teltonika-box.ts';
import { registerTracker } from '../../src/store/register.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/store.ts';
import { PlainClient } from '../support/plain-client.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const IMEI = '352093081452251';
const VIN = 'WF0AXXWPMAJB43745';
/** The vendor's own example of a command. */
const GETINFO = fromHex('000000000000000f0c010500000007676574696e666f0100004312') as Uint8Array;
const LOGIN_ACK = 1;
const SILENCE_MS = 700;

let dir: string;
let store: SqliteStore;
let gateway: GatewayProcess;
const clients: PlainClient[] = [];

beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'odograph-commands-'));
  store = openSqliteStore(join(dir, 'odograph.sqlite'));
  const request = {
    trackerId: VIN,
    provider: 'targa',
    type: 'canbus',
    foreignTrackerId: IMEI,
    vehicleType: null,
    objectId: {},
  };
  await registerTracker(store, providerTable(), request, Date.now);
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.leave();
  await gateway.kill();
  store.close();
  removeFolder(dir);
});

/** Starts the gateway in a process of its own; again, on the port it had. */
async function start(...settings: string[]): Promise<void> {
  gateway = await GatewayProcess.start({ dataDir: dir, port: gateway?.port ?? 0, settings });
}

/** Runs `odograph commands` in this process: to the gateway it is another one. */
function commands(...words: string[]): Promise<Ran> {
  const listeners = 'listeners=[{"name":"trackers","port":1,"protocols":["teltonika"]}]';
  return odograph('commands', ...words, '--data-dir', dir, '--set', listeners);
}

async function send(text: string, ...words: string[]): Promise<Command> {
  const { code, out, err } = await commands('send', VIN, text, ...words, '--json');
  expect([code, err]).toEqual([0, '']);
  return JSON.parse(out) as Command;
}

const stored = ({ id }: Command): Command => store.commands.byId(id) as Command;

async function hasStatus(command: Command, status: Command['status']): Promise<void> {
  await until(`command ${command.id} is ${status}`, () => stored(command).status === status);
}

/** A tracker that has logged in. */
async function logIn(): Promise<PlainClient> {
  const client = await PlainClient.connect(gateway.port);
  clients.push(client);
  client.say(encodeLogin(IMEI));
  await client.hear(LOGIN_ACK);
  return client;
}

/** What it heard behind the ack of its login. */
const heardBy = (client: PlainClient): string => toHex(client.heard.subarray(LOGIN_ACK));

describe('a command queued from the command line', () => {
  it('reaches the session that is open, and its answer the one who waits', async () => {
    await start();
    const tracker = await logIn();
    const waiting = commands('send', VIN, 'getinfo', '--wait', '20s');
    await tracker.hear(LOGIN_ACK + GETINFO.length);
    expect(heardBy(tracker)).toBe(toHex(GETINFO));
    tracker.say(encodeAnswer('RTC:2026/1/5 8:00 PWR:Soft'));
    expect(await waiting).toMatchObject({ code: 0, out: 'RTC:2026/1/5 8:00 PWR:Soft\n' });
    const metrics = await gateway.metrics();
    expect(metrics.get('odograph_commands{status="answered"}')).toBe(1);
    const sql = `SELECT states['device.command.result'] AS text FROM messages WHERE ident = '${IMEI}'`;
    let rows: { text: string }[] = [];
    await until('the answer is in ClickHouse', async () => (rows = await gateway.query<{ text: string }>(sql)).length > 0);
    expect(rows).toEqual([{ text: 'RTC:2026/1/5 8:00 PWR:Soft' }]);
  });

  it('waits for a session, says so, and leaves behind the acks that are owed then', async () => {
    await start();
    const first = await send('getinfo');
    const second = await send('getver', '--addressed');
    await pause(SILENCE_MS);
    expect(stored(first)).toMatchObject({ status: 'queued', attempts: 0 });
    expect((await commands('list')).out).toMatch(/getinfo .* waits for the device to be heard for the first time/);
    const tracker = await PlainClient.connect(gateway.port);
    clients.push(tracker);
    const frame = encodeFrame({ codec: '8e', records: [{ deviceTime: Date.now(), fix: null, io: [[239, 1, 1]] }] });
    tracker.say(encodeLogin(IMEI), frame, frame);
    await tracker.hear(LOGIN_ACK + 8 + GETINFO.length);
    expect(toHex(tracker.heard)).toBe(`01${'00000001'.repeat(2)}${toHex(GETINFO)}`);
    await pause(SILENCE_MS);
    expect(tracker.heardBytes).toBe(LOGIN_ACK + 8 + GETINFO.length);
    // What the gateway has heard is in the store a moment after its acks.
    const reason = /getver .* waits for command 1 of the same device/;
    await until('the reason is told', async () => reason.test((await commands('list')).out));
    tracker.say(encodeAnswer('RTC:1'));
    const named = encodeCommand('getver', IMEI);
    await tracker.hear(LOGIN_ACK + 8 + GETINFO.length + named.length);
    expect(toHex(tracker.heard.subarray(-named.length))).toBe(toHex(named));
    tracker.say(encodeRefusal(IMEI));
    await hasStatus(second, 'failed');
    expect(stored(first)).toMatchObject({ status: 'answered', result: 'RTC:1', attempts: 1 });
    expect(stored(second)).toMatchObject({ result: 'refused by the device', attempts: 1 });
  });

  it('is sent again after a reconnect until its attempts are used up, and then fails', async () => {
    await start();
    const command = await send('getinfo', '--attempts', '2');
    for (let attempt = 1; attempt <= 2; attempt++) {
      const tracker = await logIn();
      await tracker.hear(LOGIN_ACK + GETINFO.length);
      expect(stored(command)).toMatchObject({ status: 'sent', attempts: attempt });
      tracker.leave();
    }
    await hasStatus(command, 'failed');
    const tracker = await logIn();
    await pause(SILENCE_MS);
    expect(heardBy(tracker)).toBe('');
    expect(stored(command)).toMatchObject({ attempts: 2, result: 'sent 2 times, not answered' });
  });

  it('is answered by a simulated box, which goes on driving meanwhile', async () => {
    await start();
    const language = teltonikaBox(IMEI);
    const box = new SimulatedDevice({
      host: '127.0.0.1',
      port: gateway.port,
      ident: IMEI,
      language,
      recordsPerFrame: 1,
      ackTimeoutMs: 5_000,
      reconnectMs: 100,
    });
    box.start();
    const state = { lat: 40.4, lon: -3.7, speedKmh: 50, courseDeg: 90, satellites: 9, hdop: 1, ignition: true };
    const vehicle = { ...state, fuelPercent: 50, supplyV: 12, rpm: 900, coolantC: 80, tripM: 1, odometerM: 1 };
    const driving = setInterval(() => box.record({ ...vehicle, at: Date.now() }), 5);
    const answers = await Promise.all(
      ['getinfo', 'getver', 'getnothing'].map((text) => commands('send', VIN, text, '--wait', '30s')),
    );
    clearInterval(driving);
    expect(answers.map(({ code }) => code)).toEqual([0, 0, 0]);
    expect(answers[0]?.out).toContain('RTC:');
    expect(answers[1]?.out).toContain(`IMEI:${IMEI}`);
    await box.drained(10_000);
    expect(box.connectionsMade).toBe(1);
    expect(box.commands).toHaveLength(3);
    await box.stop();
  });
});

describe('a gateway that is killed', () => {
  it('sends a command again that was sent and not answered, as often as it may in all its lives', async () => {
    await start();
    const command = await send('getinfo', '--attempts', '2');
    const before = await logIn();
    await before.hear(LOGIN_ACK + GETINFO.length);
    await gateway.kill();
    expect(stored(command)).toMatchObject({ status: 'sent', attempts: 1 });

    await start();
    const after = await logIn();
    await after.hear(LOGIN_ACK + GETINFO.length);
    expect(heardBy(after)).toBe(toHex(GETINFO));
    await gateway.kill();
    expect(stored(command)).toMatchObject({ status: 'sent', attempts: 2 });

    await start();
    const last = await logIn();
    await hasStatus(command, 'failed');
    await pause(SILENCE_MS);
    expect(heardBy(last)).toBe('');
  });

  it('finds an answer that came before and was not read, settles it once and sends nothing again', async () => {
    // With ClickHouse away the answer is durable, and the pipeline reads it only in the next life.
    await start('clickhouse.mode=server', 'clickhouse.url=http://127.0.0.1:1');
    const command = await send('getinfo');
    const next = await send('getver');
    const before = await logIn();
    await before.hear(LOGIN_ACK + GETINFO.length);
    before.say(encodeAnswer('RTC:2026'));
    await until('the answer is durable', async () => (await gateway.metrics()).get('odograph_spool_waiting_frames') === 2);
    await pause(SILENCE_MS);
    expect(stored(command)).toMatchObject({ status: 'sent', attempts: 1 });
    expect(stored(next)).toMatchObject({ status: 'queued', attempts: 0 });
    await gateway.kill();

    await start();
    const after = await logIn();
    await hasStatus(command, 'answered');
    expect(stored(command)).toMatchObject({ attempts: 1, result: 'RTC:2026' });
    const getver = encodeCommand('getver');
    await after.hear(LOGIN_ACK + getver.length);
    expect(heardBy(after)).toBe(toHex(getver));
    after.say(encodeAnswer('Ver:03.27'));
    await hasStatus(next, 'answered');
    expect(stored(next)).toMatchObject({ attempts: 1, result: 'Ver:03.27' });
    // Read once more from the last checkpoint, the answers settle nothing.
    await gateway.kill();
    const third = await send('getgps');
    await start();
    const again = await logIn();
    await again.hear(LOGIN_ACK + encodeCommand('getgps').length);
    await pause(SILENCE_MS);
    expect(stored(third)).toMatchObject({ status: 'sent', result: null });
    expect(stored(next).result).toBe('Ver:03.27');
  });
});
