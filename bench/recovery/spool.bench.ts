import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FrameRecord } from '#model/frame-record';
import { encodeFrame, type EncodedRecord } from '../../protocols/teltonika/encode.ts';
import { openSpool } from '../../src/spool/spool.ts';
import type { Bench, BenchContext, Figure } from '../frame/bench.ts';
import { GatewayUnderLoad } from '../e2e/gateway-under-load.ts';
import { LoadGenerator } from '../load/load-generator.ts';
import type { LoadRun } from '../load/tasks.ts';
import { identOf } from '../load/vehicle-track.ts';

const DEVICES = 1_000;
const RECORDS_A_FRAME = 10;
const EVERY_MS = 10_000;
const STARTS_AT = Date.UTC(2026, 5, 1);
/** Records appended before the loop turns: more would only wait in memory. */
const APPENDED_AT_ONCE = 512;
const LOOK_MS = 50;
const LIVE: LoadRun = { warmUpMs: 0, measureMs: 10_000, framesPerSecond: null };
/** Of the live rate. */
const TARGET_RATIO = 3;

/** The frame of one device at one moment: records of a drive, as a box sends them that was out of reach. */
function frameOf(device: number, at: number): Uint8Array {
  const records = Array.from({ length: RECORDS_A_FRAME }, (_, n): EncodedRecord => {
    const deviceTime = at + n * EVERY_MS;
    const turn = deviceTime / 400_000 + device;
    return {
      deviceTime,
      fix: {
        lat: 40 + device / 1_000 + Math.sin(turn) / 50,
        lon: -3.7 + Math.cos(turn) / 50,
        valid: true,
        altitudeM: 650,
        speedKmh: 50 + Math.round(20 * Math.sin(turn * 7)),
        courseDeg: Math.round((turn * 57) % 360),
        satellites: 9 + (n % 4),
      },
      io: [
        [239, 1, 1],
        [66, 2, 13_900 + (n % 5)],
        [16, 4, Math.round(deviceTime / 100) % 1_000_000],
      ],
    };
  });
  return encodeFrame({ codec: '8', records });
}

/** Writes a spool as a gateway leaves one that was killed before ClickHouse was there; gives its frames. */
async function makeSpool(directory: string, bytes: number): Promise<number> {
  const spool = await openSpool({
    directory,
    budgetBytes: 1e12,
    retention: { ageMs: 0, bytes: 0 },
    now: Date.now,
    onFault: (code, detail) => {
      throw new Error(`${code}: ${detail}`);
    },
  });
  let frames = 0;
  let written = 0;
  while (written < bytes) {
    const durable: Promise<void>[] = [];
    for (let n = 0; n < APPENDED_AT_ONCE; n++, frames++) {
      const device = frames % DEVICES;
      const frame = frameOf(device, STARTS_AT + Math.floor(frames / DEVICES) * RECORDS_A_FRAME * EVERY_MS);
      const record: FrameRecord = {
        receivedAt: Date.now(),
        transport: 'tcp',
        listener: 'trackers',
        peer: '203.0.113.9:40122',
        sessionId: device.toString(16).padStart(16, '0'),
        protocol: 'teltonika',
        codecVersion: 1,
        ident: identOf(device),
        dialect: null,
        fault: null,
        faultDetail: null,
        frame,
      };
      written += frame.length;
      durable.push(
        new Promise((resolve, reject) => spool.append(record, resolve, () => reject(new Error('the spool refuses')))),
      );
    }
    await Promise.all(durable);
  }
  await spool.close();
  return frames;
}

const rate = (name: string, value: number, unit: string): Figure => ({ name, value, unit, better: 'more' });
const less = (name: string, value: number, unit: string): Figure => ({ name, value, unit, better: 'less' });

async function recovered(context: BenchContext, bytes: number): Promise<Figure[]> {
  const dataDir = join(context.directory, 'data');
  const frames = await makeSpool(join(dataDir, 'spool'), bytes);
  const settings = ['spool.budgetBytes=8GiB'];
  const gateway = await GatewayUnderLoad.start({ dataDir, transport: 'tcp', devices: DEVICES, settings });
  context.onEnd(() => gateway.kill());
  // The first tenth warms the engine up and is not counted.
  while ((await gateway.waitingFrames()) > frames * 0.9) await pause(LOOK_MS);
  const before = { at: performance.now(), left: await gateway.waitingFrames(), ...gateway.spent() };
  let most = 0;
  while ((await gateway.waitingFrames()) > 0) {
    most = Math.max(most, gateway.residentBytes);
    await pause(LOOK_MS);
  }
  const seconds = (performance.now() - before.at) / 1_000;
  const after = gateway.spent();
  const [row] = await gateway.gateway.query<{ n: string }>('SELECT count() AS n FROM messages');
  if (Number(row?.n) !== frames * RECORDS_A_FRAME)
    throw new Error(`${row?.n} of ${frames * RECORDS_A_FRAME} records are stored`);
  const records = before.left * RECORDS_A_FRAME;
  return [
    rate('replayed', (bytes * before.left) / frames / 1e6 / seconds, 'MB/s'),
    { ...rate('frames', before.left / seconds, 'frames/s'), ceiling: 'live', targetRatio: TARGET_RATIO },
    rate('live', await liveRate(gateway, context), 'frames/s'),
    rate('records', records / seconds, 'records/s'),
    less('processor time of the gateway', (after.gateway - before.gateway) / records, 'us/record'),
    less('processor time of ClickHouse', (after.engine - before.engine) / records, 'us/record'),
    less('most memory of the gateway', most / 1e6, 'MB'),
  ];
}

/** Frames of as many records a second that the same gateway takes from its devices and stores, all of them. */
async function liveRate(gateway: GatewayUnderLoad, context: BenchContext): Promise<number> {
  const load = await LoadGenerator.open({ ...gateway.target, connections: DEVICES, recordsPerFrame: RECORDS_A_FRAME });
  context.onEnd(() => load.close());
  const begun = performance.now();
  await load.run(LIVE);
  await gateway.stored();
  const seconds = (performance.now() - begun) / 1_000;
  return load.acknowledgedFrames / seconds;
}

function bench(megabytes: number, seconds: number): Bench {
  return {
    name: `recovery/spool-${megabytes}mb`,
    about: `What a start replays of a spool of ${megabytes} MB, ten records a frame, until ClickHouse has all of it, beside what the same gateway takes live.`,
    seconds,
    set: 'named',
    run: (context) => recovered(context, megabytes * 1_000_000),
  };
}

export const BENCHES: readonly Bench[] = [bench(20, 20), bench(200, 60), bench(1_000, 200)];
