/**
 * How many single-record frames a whole gateway acknowledges a second, each after its sync: `node bench/acks.ts`. Gateway and
 * fleet are processes of their own on one machine, decode, spool, lifecycle and ClickHouse included. The fleet waits for each
 * ack before it sends the next frame, so the figure is as much the fleet's as the gateway's: compare two of the same run only.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { makeFleet } from '../src/simulate/fleet.ts';
import { GatewayProcess } from '../src/simulate/gateway-process.ts';

const VEHICLES = 150;
const RECORDS = 3_000;
const WARM_UP_MS = 1_500;
const MEASURE_MS = 6_000;

const dataDir = mkdtempSync(join(tmpdir(), 'odograph-bench-'));
const launchedAt = performance.now();
const gateway = await GatewayProcess.start({ dataDir });
const startMs = performance.now() - launchedAt;
const startsAt = Date.now() - 48 * 3_600_000;
const options = { host: '127.0.0.1', port: gateway.port, vehicles: VEHICLES, seed: 1, startsAt, recordEveryMs: 1_000 };
const fleet = makeFleet({ ...options, recordsPerFrame: 1 });
for (const { device, vehicle } of fleet) {
  for (let i = 0; i < RECORDS; i++) device.record(vehicle.driveTo(startsAt + i * 1_000));
}
for (const { device } of fleet) device.start();

const acknowledged = (): number => fleet.reduce((sum, { device }) => sum + device.framesAcknowledged, 0);
await pause(WARM_UP_MS);
const before = acknowledged();
const cpuBefore = (await gateway.metrics()).get('odograph_process_cpu_seconds_total') ?? 0;
const beganAt = performance.now();
await pause(MEASURE_MS);
const frames = acknowledged() - before;
const seconds = (performance.now() - beganAt) / 1_000;
const metrics = await gateway.metrics();
const cpu = (metrics.get('odograph_process_cpu_seconds_total') ?? 0) - cpuBefore;
const rss = metrics.get('odograph_process_resident_memory_bytes') ?? 0;
await Promise.all(fleet.map(({ device }) => device.stop()));
await gateway.kill();
rmSync(dataDir, { recursive: true, force: true });

console.log(`node            ${process.version}`);
console.log(`start           ${startMs.toFixed(0)} ms to a bound port`);
console.log(`acknowledged    ${(frames / seconds).toFixed(0)} frames/s`);
console.log(`gateway CPU     ${((cpu / frames) * 1e6).toFixed(1)} us a frame`);
console.log(`gateway memory  ${(rss / 1e6).toFixed(0)} MB`);
process.exit(0);
