/** Thousands of peers that mean no good against a gateway in a process of its own, whose memory is measured. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { encodeFrame, encodeLogin } from '#protocols/teltonika/encode';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { sumOf, type MetricValues } from '../support/metrics.ts';
import { PlainClient } from '../support/plain-client.ts';
import { SteadyDevice } from '../support/steady-device.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const IDLE = 5_000;
/** Times the memory of a gateway at rest. */
const GROWTH = 3;
const LOGIN_DEADLINE_MS = 20_000;
const FRAME = encodeFrame({ codec: '8', records: [{ deviceTime: Date.UTC(2026, 5, 15), fix: null }] });

const dataDir = mkdtempSync(join(tmpdir(), 'odograph-hostile-'));
let gateway: GatewayProcess;
let good: SteadyDevice;
let clients: PlainClient[] = [];
let restingBytes = 0;

beforeAll(async () => {
  gateway = await GatewayProcess.start({
    dataDir,
    settings: [
      `limits.loginDeadlineMs=${LOGIN_DEADLINE_MS}`,
      'limits.frameDeadlineMs=2000',
      'limits.connections=7000',
      'limits.connectionsPerAddress=7000',
      'clickhouse.batchAgeMs=100',
    ],
  });
  await gateway.query('SELECT 1');
  good = await SteadyDevice.connect(gateway.port, '001010010000086');
  good.keepSending(20);
  await pause(2_000);
  restingBytes = residentBytes(await gateway.metrics());
});
afterEach(() => {
  for (const client of clients.splice(0)) client.leave();
});
afterAll(async () => {
  good.leave();
  await gateway.kill();
  removeFolder(dataDir);
});

function residentBytes(metrics: MetricValues): number {
  return sumOf(metrics, 'process_resident_memory_bytes');
}

/** Connections that ended for this reason. */
async function closedFor(code: string): Promise<number> {
  return sumOf(await gateway.metrics(), 'connections_closed_total', { code });
}

async function connectMany(count: number): Promise<void> {
  await onlyTheGoodDevice();
  for (let i = 0; i < count; i += 100) {
    const some = await Promise.all(Array.from({ length: Math.min(100, count - i) }, () => PlainClient.connect(gateway.port)));
    clients.push(...some);
  }
}

async function onlyTheGoodDevice(): Promise<void> {
  await until('only the good device is connected', async () => sumOf(await gateway.metrics(), 'connections') === 1, 60_000);
}

/** The good device still gets its acks, and memory is in bounds. */
async function expectUndisturbed(): Promise<void> {
  const before = good.framesAcknowledged;
  await until('the good device gets acks', () => good.framesAcknowledged > before + 20);
  expect(residentBytes(await gateway.metrics())).toBeLessThan(GROWTH * restingBytes);
}

describe('a gateway among many hostile peers', () => {
  it(`holds ${IDLE} idle connections, and closes them all at the login deadline`, async () => {
    await connectMany(IDLE);
    await until('all of them are connected', async () => sumOf(await gateway.metrics(), 'connections') === IDLE + 1);
    expect(residentBytes(await gateway.metrics()) - restingBytes).toBeLessThan(IDLE * 40_000);
    await expectUndisturbed();
    await until('all of them are closed', async () => (await closedFor('session_login_timeout')) === IDLE, 60_000);
    expect(clients.every(({ heardBytes }) => heardBytes === 0)).toBe(true);
    expect(good.client.ended).toBe(false);
  });

  it('cuts off a thousand devices that log in and then drip one frame byte by byte', async () => {
    await connectMany(1_000);
    const before = await closedFor('session_slow_frame');
    for (const [i, client] of clients.entries()) client.say(encodeLogin(`0010100102${String(i).padStart(5, '0')}`));
    for (let i = 0; i < 8; i++) {
      for (const client of clients) if (!client.ended) client.say(FRAME.subarray(i, i + 1));
      await pause(500);
    }
    await until('all of them are closed', async () => (await closedFor('session_slow_frame')) === before + 1_000);
    await expectUndisturbed();
  });

  it('takes frames of which each claims four gigabytes, from hundreds, without room for one', async () => {
    await connectMany(500);
    const before = await closedFor('session_faults');
    const claims = Buffer.concat(
      Array.from({ length: 40 }, () => Buffer.concat([Buffer.from('00000000ffffffff', 'hex'), randomBytes(500)])),
    );
    for (const [i, client] of clients.entries()) client.say(encodeLogin(`0010100103${String(i).padStart(5, '0')}`), claims);
    await until('all of them are closed', async () => (await closedFor('session_faults')) === before + 500, 60_000);
    await expectUndisturbed();
  });

  it('has lost nothing of the device beside them, and its ledger balances', async () => {
    await good.rest();
    await good.allAcknowledged();
    await until('all is stored', async () => sumOf(await gateway.metrics(), 'frames_in_flight') === 0, 60_000);
    const rows = await gateway.query<{ at: string }>(
      `SELECT toUnixTimestamp64Milli(device_time) AS at FROM messages WHERE ident = '${good.imei}' ORDER BY at`,
    );
    expect(rows.map(({ at }) => Number(at))).toEqual(good.sent);
    const metrics = await gateway.metrics();
    expect(sumOf(metrics, 'ledger_imbalance_frames')).toBe(0);
    expect(sumOf(metrics, 'frames_refused_total')).toBeGreaterThan(0);
    expect(sumOf(metrics, 'errors_total', { code: 'bug_invariant' })).toBe(0);
    good.leave();
    expect(await gateway.stop()).toBe(0);
  });
});
