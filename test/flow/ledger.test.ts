/** The ledger from outside: every frame in one column, to the frame, also over a kill, a resend after it, and a spool that loses records. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { encodeFrame, encodeLogin } from '../../protocols/teltonika/encode.ts';
import type { LedgerRow } from '../../src/observe/ledger.ts';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { PlainClient } from '../support/plain-client.ts';
import { newDataDir, RunningGateway } from '../support/running-gateway.ts';
import { removeFolder } from '../support/remove-folder.ts';
import { until } from '../support/waiting.ts';

const IMEI = '356307042441013';
/** A loaded machine takes its time. */
const WITHIN_MS = 60_000;
const LOGIN_ACK = 1;
const ACK = 4;
const dataDir = newDataDir();
let first: GatewayProcess | null = null;
afterAll(async () => {
  await first?.kill();
  removeFolder(dataDir);
});

function frame(number: number): Buffer {
  const fix = { lat: 40.4, lon: -3.69, valid: true, altitudeM: 650, speedKmh: 40, courseDeg: 0, satellites: 11 };
  const records = [{ deviceTime: Date.UTC(2026, 5, 15) + number * 1_000, fix, io: [] }];
  return Buffer.from(encodeFrame({ codec: '8', records }));
}

function spoiled(): Buffer {
  const bytes = frame(999);
  bytes.writeUInt8((bytes.at(-1) ?? 0) ^ 0xff, bytes.length - 1);
  return bytes;
}

/** Sends frames, numbers of those that are right, and waits for their acks. */
async function send(port: number, numbers: readonly number[], wrong = 0): Promise<void> {
  const box = await PlainClient.connect(port);
  box.say(encodeLogin(IMEI), ...numbers.map(frame));
  await box.hear(LOGIN_ACK + ACK * numbers.length);
  for (let i = 0; i < wrong; i++) box.say(spoiled());
  // In quarantine once, and not acknowledged: what comes behind it is answered all the same.
  if (wrong > 0) {
    box.say(frame(numbers[0] ?? 0));
    await box.hear(LOGIN_ACK + ACK * (numbers.length + 1));
  }
  box.leave();
}

/** A sender that speaks no protocol. */
async function scan(port: number): Promise<void> {
  const scanner = await PlainClient.connect(port);
  scanner.say(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
  await until('the scanner is sent away', () => scanner.ended, WITHIN_MS);
  scanner.leave();
}

/** What the checkpoint has. */
const saved = (spool: string): string => {
  const file = join(spool, 'checkpoint.json');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};

type Counts = Omit<LedgerRow, 'listener' | 'protocol' | 'refusedBy'>;

function countsOf(rows: readonly LedgerRow[], protocol: string): Counts | undefined {
  const row = rows.find((each) => each.protocol === protocol);
  if (row === undefined) return undefined;
  const { received, stored, duplicate, quarantined, refused, inFlight } = row;
  return { received, stored, duplicate, quarantined, refused, inFlight };
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

describe('the ledger', () => {
  test('counts every frame in one column, goes on over a kill, and knows a resend after it', async () => {
    const started = await GatewayProcess.start({ dataDir: join(dataDir, 'data'), settings: ['clickhouse.batchAgeMs=50'] });
    first = started;
    await send(started.port, range(0, 20), 2);
    const name = 'odograph_frames_total{listener="trackers",protocol="teltonika",column="stored"}';
    // A login and twenty frames; the one behind the spoiled ones is a resend.
    await until('all is stored', async () => ((await started.metrics()).get(name) ?? 0) >= 21, WITHIN_MS);
    expect((await started.metrics()).get('odograph_ledger_imbalance_frames')).toBe(0);
    await until('a checkpoint has it all', () => saved(join(dataDir, 'data', 'spool')).includes('stored\\":21'), WITHIN_MS);
    // No other checkpoint comes by: the refusal is saved within a few seconds of itself.
    await scan(started.port);
    await until('the refusal is saved', () => saved(join(dataDir, 'data', 'spool')).includes('wire_unknown'), WITHIN_MS);
    await started.kill();

    const second = await RunningGateway.start({ clickhouse: { batchAgeMs: 20 } }, dataDir);
    await second.stored();
    const before = second.gateway.ledger.snapshot();
    expect(countsOf(before, 'teltonika')).toEqual({
      received: 24,
      stored: 21,
      duplicate: 1,
      quarantined: 2,
      refused: 0,
      inFlight: 0,
    });
    expect(before.find(({ refusedBy }) => refusedBy['wire_unknown'] === 1)).toMatchObject({ received: 1, refused: 1 });

    await send(second.port(), range(10, 25));
    await second.stored();
    expect(countsOf(second.gateway.ledger.snapshot(), 'teltonika')).toEqual({
      received: 40,
      // The login names nobody's message, and is no resend; five frames are new.
      stored: 27,
      duplicate: 11,
      quarantined: 2,
      refused: 0,
      inFlight: 0,
    });
    const [rows] = await second.rows<{ n: string }>('SELECT count() AS n FROM odograph.messages');
    expect(rows).toEqual({ n: '25' });
    await second.stop();
  }, 180_000);

  test('says of frames that wait in the spool that they are in flight, and the spool says so itself', async () => {
    const waiting = await RunningGateway.start({ clickhouse: { mode: 'server', url: 'http://127.0.0.1:9' } }, dataDir);
    const before = countsOf(waiting.gateway.ledger.snapshot(), 'teltonika')?.received ?? 0;
    await send(waiting.port(), range(30, 37));
    expect(countsOf(waiting.gateway.ledger.snapshot(), 'teltonika')).toMatchObject({ inFlight: 8 });
    const metrics = await waiting.metrics();
    expect(metrics.get('odograph_ledger_held_frames{listener="trackers",protocol="teltonika"}')).toBe(8);
    expect(waiting.gateway.imbalances()).toEqual([]);
    expect((await waiting.gateway.status()).imbalance).toBe(0);
    await waiting.stop();

    const later = await RunningGateway.start({ clickhouse: { batchAgeMs: 20 } }, dataDir);
    await later.stored();
    expect(countsOf(later.gateway.ledger.snapshot(), 'teltonika')).toMatchObject({ received: before + 8, inFlight: 0 });
    await later.stop();
  });
});
