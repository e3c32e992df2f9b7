/**
 * `npm run demo`: a gateway with embedded ClickHouse, and a fleet that drives to it over TCP. Shows frames, acks, rows and each
 * tracker on its way to `connected`, then looks for every acknowledged record in ClickHouse. Exits with 1 if one is missing.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { EVIDENCE_RULES } from '../src/lifecycle/rules.ts';
import { providerTable } from '../src/providers/table.ts';
import { reckon, type Reckoning } from '../src/simulate/check.ts';
import { FleetDrive, makeFleet, type FleetMember } from '../src/simulate/fleet.ts';
import { GatewayProcess } from '../src/simulate/gateway-process.ts';
import { registerTracker } from '../src/store/register.ts';
import { openSqliteStore, type SqliteStore } from '../src/store/sqlite/store.ts';
import { DemoScreen, type TrackerLine } from './demo/screen.ts';

const VEHICLES = 6;
const DRIVE_MS = 25_000;
/** The fleet's time runs faster than ours, and ends now. */
const SPEED = 8;
const RECORD_EVERY_MS = 2_000;
const REFRESH_MS = 400;
const PATIENCE_MS = 20_000;

const directory = mkdtempSync(join(tmpdir(), 'odograph-demo-'));
const screen = new DemoScreen(process.stdout);
let gateway: GatewayProcess | null = null;
let drive: FleetDrive | null = null;
try {
  screen.say(`A gateway starts with embedded ClickHouse and SQLite in ${directory} …`);
  gateway = await GatewayProcess.start({ dataDir: directory });
  const store = openSqliteStore(join(directory, 'odograph.sqlite'));
  screen.say(`It takes devices on 127.0.0.1:${gateway.port}. ${VEHICLES} vehicles are registered and drive, at ${SPEED}x.`);
  const options = {
    host: '127.0.0.1',
    port: gateway.port,
    vehicles: VEHICLES,
    seed: 1,
    startsAt: Date.now() - DRIVE_MS * SPEED,
    recordEveryMs: RECORD_EVERY_MS,
  };
  const fleet = makeFleet(options);
  const oids = await register(store, fleet);
  drive = new FleetDrive(fleet, options, SPEED);
  drive.start();
  const until = performance.now() + DRIVE_MS;
  while (performance.now() < until) {
    screen.show(linesOf(store, fleet, oids), await rowsStored(gateway));
    await pause(REFRESH_MS);
  }
  await drive.park(PATIENCE_MS);
  const reckonings = await settle(gateway, fleet);
  const lines = linesOf(store, fleet, oids);
  screen.show(lines, await rowsStored(gateway));
  screen.end();
  await summarise(gateway, reckonings, lines);
} catch (error) {
  screen.say(`The demo failed: ${error instanceof Error ? error.message : String(error)}`);
  if (gateway !== null) screen.say(`The gateway said:\n${gateway.lastWords}`);
  process.exitCode = 1;
} finally {
  await drive?.stop();
  await gateway?.stop();
  rmSync(directory, { recursive: true, force: true });
}

async function register(store: SqliteStore, fleet: readonly FleetMember[]): Promise<string[]> {
  const oids: string[] = [];
  for (const { registration } of fleet) {
    const { tracker } = await registerTracker(store, providerTable(), registration, Date.now);
    oids.push(tracker.oid);
  }
  return oids;
}

function linesOf(store: SqliteStore, fleet: readonly FleetMember[], oids: readonly string[]): TrackerLine[] {
  const lines: TrackerLine[] = [];
  for (const [index, { registration, device, road }] of fleet.entries()) {
    const oid = oids[index] as string;
    const tracker = store.trackerByOid(oid);
    const evidence = store.evidenceOf(oid);
    const history = store.transitionsOf(oid);
    lines.push({
      provider: registration.provider,
      trackerId: registration.trackerId,
      protocol: device.protocol,
      road: road.name,
      framesSent: device.framesSent,
      framesAcknowledged: device.framesAcknowledged,
      records: device.acknowledged.length,
      status: tracker?.status ?? 'unknown',
      metres: evidence?.distance.walk.metres ?? 0,
      neededM: EVIDENCE_RULES.neededM,
      cause: history.at(-1)?.cause ?? '',
    });
  }
  return lines;
}

async function rowsStored(from: GatewayProcess): Promise<number> {
  const [row] = await from.query<{ n: string }>('SELECT count() AS n FROM messages FINAL');
  return Number(row?.n ?? 0);
}

/** Waits until ClickHouse has what was acknowledged, and says for each vehicle whether it has. */
async function settle(from: GatewayProcess, fleet: readonly FleetMember[]): Promise<Reckoning[]> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const rows = await from.query<{ ident: string; at: string }>(
      'SELECT ident, toUnixTimestamp64Milli(device_time) AS at FROM messages FINAL',
    );
    const stored = Map.groupBy(rows, ({ ident }) => ident);
    const reckonings = fleet.map(({ device }) => {
      const times = (stored.get(device.ident) ?? []).map(({ at }) => Number(at));
      return reckon(device.ident, device.acknowledged, times);
    });
    if (reckonings.every(({ missing }) => missing.length === 0) || performance.now() > until) return reckonings;
    await pause(REFRESH_MS);
  }
}

async function summarise(from: GatewayProcess, reckonings: readonly Reckoning[], lines: readonly TrackerLine[]): Promise<void> {
  screen.say('\nAsked of ClickHouse: SELECT provider, protocol, … FROM messages FINAL GROUP BY provider, protocol');
  screen.say(
    await from.text(`
      SELECT provider, protocol, uniqExact(ident) AS vehicles, count() AS messages,
             round(max(speed_kmh)) AS top_speed_kmh, round(max(greatest(signals['engine.speed.value'], signals['engine.speed.max']))) AS top_rpm,
             formatDateTime(min(device_time), '%H:%i:%S') AS first, formatDateTime(max(device_time), '%H:%i:%S') AS last
      FROM messages FINAL GROUP BY provider, protocol ORDER BY provider, protocol`),
  );
  screen.say('Asked of ClickHouse: how trackers came to be connected');
  screen.say(
    await from.text(`SELECT provider, tracker_id, to_status, cause FROM tracker_transitions FINAL
                     WHERE to_status = 'connected' ORDER BY provider, tracker_id`),
  );
  const sum = (of: (reckoning: Reckoning) => number): number => reckonings.reduce((total, one) => total + of(one), 0);
  const missing = sum((one) => one.missing.length);
  const twice = sum((one) => one.twice.length);
  const connected = lines.filter(({ status }) => status === 'connected').length;
  screen.say(
    `${sum((one) => one.acknowledged)} records acknowledged, ${sum((one) => one.stored)} of them in ClickHouse, ` +
      `${missing} missing, ${twice} twice; ${connected} of ${lines.length} trackers connected.`,
  );
  if (missing > 0 || twice > 0 || connected < lines.length) process.exitCode = 1;
}
