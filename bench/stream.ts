/**
 * `npm run bench:stream`: what readers of `/v1/stream` cost those who send. A fleet of one company sends about 2,000 single-record
 * frames a second, each vehicle waiting for its acks, another of 50 vehicles one a second; 1,000 readers, of which 100 never read, follow either fleet. Phases with
 * and without readers take turns on one gateway, and the ratio of their medians is told. Readers are a process of their own on the same
 * machine: what they cost by themselves is in the ratio.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { providerTable } from '../src/providers/table.ts';
import { ApiKeys } from '../src/registry/api-keys.ts';
import { makeFleet, type FleetMember } from '../src/simulate/fleet.ts';
import { GatewayProcess } from '../src/simulate/gateway-process.ts';
import { freePort } from '../src/sink/clickhouse/embedded/endpoint.ts';
import { registerTracker } from '../src/store/register.ts';
import { openSqliteStore } from '../src/store/sqlite/store.ts';
import { median } from './frame/statistics.ts';

const BUSY = 100;
const CALM = 50;
const READERS = 1_000;
const STALLED = 100;
const ROUNDS = 3;
const SETTLE_MS = 1_500;
const MEASURE_MS = 3_000;

const dataDir = mkdtempSync(join(tmpdir(), 'odograph-bench-'));
const startsAt = Date.now() - 48 * 3_600_000;
const fleetOf = (vehicles: number, port: number) => {
  const all = makeFleet({ host: '127.0.0.1', port, vehicles, seed: 1, startsAt, recordEveryMs: 1_000, recordsPerFrame: 1 });
  return { busy: all.slice(0, BUSY), calm: all.slice(BUSY) };
};

const store = openSqliteStore(join(dataDir, 'odograph.sqlite'));
const keys = new ApiKeys(store.documents, Date.now);
const secrets = new Map<string, string>();
for (const [companyId, members] of Object.entries(fleetOf(BUSY + CALM, 1))) {
  for (const { registration } of members) {
    await registerTracker(store, providerTable(), registration, Date.now, companyId);
  }
  secrets.set(companyId, (await keys.create({ companyId, name: 'bench', role: 'read' })).secret);
}
store.close();

const apiPort = await freePort();
const gateway = await GatewayProcess.start({ dataDir, settings: [`api.port=${apiPort}`] });
const { busy, calm } = fleetOf(BUSY + CALM, gateway.port);

/** Has each vehicle tell a record as soon as fewer than so many wait for their acknowledgement. */
async function drive(members: readonly FleetMember[], waiting: number, everyMs: number): Promise<never> {
  const told = members.map(() => 0);
  for (;;) {
    for (const [index, { device, vehicle }] of members.entries()) {
      const until = device.framesAcknowledged + waiting;
      for (; (told[index] as number) < until; (told[index] as number)++) {
        device.record(vehicle.driveTo(startsAt + (told[index] as number) * 1_000));
      }
    }
    await pause(everyMs);
  }
}

async function readersOf(companyId: string): Promise<ChildProcess> {
  const words = [String(apiPort), secrets.get(companyId) ?? '', String(READERS), String(STALLED)];
  const child = fork(join(import.meta.dirname, 'stream-readers.ts'), words, {
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  await once(child, 'message');
  return child;
}

const acknowledged = (): number => busy.reduce((sum, { device }) => sum + device.framesAcknowledged, 0);

interface Measured {
  /** Frames acknowledged a second. */
  rate: number;
  /** Mean time from a frame's arrival to its ack, ms. */
  ackMs: number;
}

/** Acks of the gateway so far, and the time all of them took, s. */
async function acks(): Promise<{ count: number; seconds: number }> {
  const metrics = await gateway.metrics();
  const sum = (name: string): number =>
    [...metrics].reduce((total, [key, value]) => (key.startsWith(`odograph_${name}`) ? total + value : total), 0);
  return { count: sum('ack_delay_seconds_count'), seconds: sum('ack_delay_seconds_sum') };
}

async function measure(readers: string | null): Promise<Measured> {
  const child = readers === null ? null : await readersOf(readers);
  await pause(SETTLE_MS);
  const before = acknowledged();
  const acksBefore = await acks();
  const began = performance.now();
  await pause(MEASURE_MS);
  const rate = ((acknowledged() - before) / (performance.now() - began)) * 1_000;
  const acksAfter = await acks();
  const ackMs = ((acksAfter.seconds - acksBefore.seconds) / (acksAfter.count - acksBefore.count)) * 1_000;
  const figures = `${rate.toFixed(0)} frames/s, ack after ${ackMs.toFixed(1)} ms`;
  if (child !== null) {
    child.send('tell');
    const [told] = (await once(child, 'message')) as [string];
    console.log(`  ${figures}; readers of the ${readers} fleet: ${told}`);
    child.kill();
    await once(child, 'exit');
    await pause(SETTLE_MS);
  } else console.log(`  ${figures}, without readers`);
  return { rate, ackMs };
}

for (const { device } of [...busy, ...calm]) device.start();
void drive(busy, 2, 100);
void drive(calm, 1, 1_000);

const kinds = [null, 'calm', 'busy'] as const;
const measured = new Map<string | null, Measured[]>(kinds.map((kind) => [kind, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (let i = 0; i < kinds.length; i++) {
    const kind = kinds[(i + round) % kinds.length] ?? null;
    measured.get(kind)?.push(await measure(kind));
  }
}
const medianOf = (kind: string | null, of: keyof Measured): number =>
  median((measured.get(kind) ?? []).map((each) => each[of]));
for (const kind of ['calm', 'busy'] as const) {
  const rate = (medianOf(kind, 'rate') / medianOf(null, 'rate')).toFixed(2);
  const ack = (medianOf(kind, 'ackMs') / medianOf(null, 'ackMs')).toFixed(2);
  console.log(
    `${READERS} readers of the ${kind} fleet, ${STALLED} stalled: ratio of frames/s ${rate}, of the time to the ack ${ack}`,
  );
}
await gateway.kill();
rmSync(dataDir, { recursive: true, force: true });
process.exit(0);
