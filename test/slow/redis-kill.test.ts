/** Two gateways on one Redis, each of the three killed at random: what was acknowledged is stored once, and every history holds. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Tracker, Transition } from '#model/tracker';
import { addFix, newDistance } from '../../src/lifecycle/distance.ts';
import { EVIDENCE_RULES } from '../../src/lifecycle/rules.ts';
import { movesOf } from '../../src/lifecycle/transitions.ts';
import { providerTable } from '../../src/providers/table.ts';
import { reckon } from '../../src/simulate/check.ts';
import { SimulatedDevice } from '../../src/simulate/device.ts';
import { makeFleet, type FleetMember } from '../../src/simulate/fleet.ts';
import { GatewayProcess } from '../../src/simulate/gateway-process.ts';
import { RedisServer } from '../../src/store/redis/server-fixture.ts';
import { RedisStore } from '../../src/store/redis/store.ts';
import { registerTracker } from '../../src/store/register.ts';
import { until } from '../support/waiting.ts';
import { removeFolder } from '../support/remove-folder.ts';

const ROUNDS = 12;
const VEHICLES = 12;
const RECORD_EVERY_MS = 1_000;
/** Records that a round adds to each vehicle that drives. */
const RECORDS_A_ROUND = 15;
const SET_OUT_AFTER_RECORDS = 10;
const NAMESPACE = 'kill';
const { neededM } = EVIDENCE_RULES;
/** One vehicle in three is seen only three times, at once by both gateways: it is on its way at the end, and not a metre is covered up. */
const isBrief = (index: number): boolean => index % 3 === 2;
const BRIEF_RECORDS = 3;
/** Driving time between its records: each step is worth the most that one may be. */
const BRIEF_EVERY_MS = 60_000;

/** A box with two gateways in its settings, as many can have: each of its records goes to one of them, or to both. */
interface Member extends Omit<FleetMember, 'device'> {
  devices: readonly SimulatedDevice[];
  oid: string;
}

let redis: RedisServer;
let registry: RedisStore;
const dataDirs = [0, 1].map((n) => mkdtempSync(join(tmpdir(), `odograph-redis-kill-${n}-`)));
const gateways: GatewayProcess[] = [];

beforeAll(async () => {
  redis = await RedisServer.start();
  registry = new RedisStore(redis.settings(NAMESPACE));
});
afterAll(async () => {
  for (const gateway of gateways) await gateway.kill();
  registry.close();
  await redis.dispose();
  for (const dataDir of dataDirs) removeFolder(dataDir);
});

async function start(which: number, port = 0): Promise<void> {
  const store = [`store.url=${redis.url}`, `store.namespace=${NAMESPACE}`, 'store.timeoutMs=500', 'store.retryMaxMs=200'];
  const settings = ['store.kind=redis', ...store, 'clickhouse.batchAgeMs=150'];
  gateways[which] = await GatewayProcess.start({ dataDir: dataDirs[which] as string, port, settings });
}

const gateway = (which: number): GatewayProcess => gateways[which] as GatewayProcess;

/** Kills one of the three and has it start again. */
async function killOne(): Promise<void> {
  const victim = Math.floor(Math.random() * 3);
  if (victim === 2) {
    await redis.kill();
    await pause(Math.random() * 800);
    await redis.start();
    return;
  }
  const { port } = gateway(victim);
  await gateway(victim).kill();
  await start(victim, port);
}

/** The same vehicles with a device for each gateway. */
async function makeMembers(): Promise<Member[]> {
  const options = {
    host: '127.0.0.1',
    vehicles: VEHICLES,
    seed: 5,
    startsAt: Date.now() - 4 * 3_600_000,
    recordEveryMs: RECORD_EVERY_MS,
  };
  const fleets = gateways.map(({ port }) => makeFleet({ ...options, port, recordsPerFrame: 3 }));
  const members: Member[] = [];
  for (const [index, member] of (fleets[0] ?? []).entries()) {
    const { tracker } = await registerTracker(registry, providerTable(), member.registration, Date.now);
    members.push({ ...member, devices: fleets.map((fleet) => (fleet[index] as FleetMember).device), oid: tracker.oid });
  }
  return members;
}

/** Drives on. Vehicles set out one after the other, so that in each round some come to their distance. */
function drive(members: readonly Member[], startsAt: number, record: number): void {
  for (const [index, { vehicle, devices }] of members.entries()) {
    const since = record - index * SET_OUT_AFTER_RECORDS;
    if (since < 0 || (isBrief(index) && since >= BRIEF_RECORDS)) continue;
    const state = vehicle.driveTo(startsAt + since * (isBrief(index) ? BRIEF_EVERY_MS : RECORD_EVERY_MS));
    // Now and then to the one gateway, to the other, or to both; what is brief, to one after the other.
    const chance = isBrief(index) ? since % 2 : Math.random();
    if (chance < 0.6) devices[0]?.record(state);
    if (chance > 0.4) devices[1]?.record(state);
  }
}

/** Sees that each status follows from the one before by a move of the table, and that none is missing. */
function explains(history: readonly Transition[], { provider, status, statusAt }: Tracker): void {
  expect(history.map(({ number }) => number)).toEqual(history.map((_, i) => i + 1));
  for (const [i, { from, to, trigger }] of history.entries()) {
    expect(from).toBe(history[i - 1]?.to ?? null);
    expect(movesOf(provider)).toContainEqual({ trigger, from, to });
  }
  expect(history.at(-1)).toMatchObject({ to: status, at: statusAt });
  expect(history.filter(({ to }) => to === 'connected')).toHaveLength(status === 'connected' ? 1 : 0);
}

interface StoredRow {
  ident: string;
  device_at: string;
  at: string;
  lat: number;
  lon: number;
}

/** Rows in the ClickHouse of one gateway. */
async function storedIn(which: number): Promise<Map<string, StoredRow[]>> {
  const rows = await gateway(which).query<StoredRow>(
    'SELECT ident, toUnixTimestamp64Milli(device_time) AS device_at, toUnixTimestamp64Milli(observed_at) AS at, lat, lon FROM messages FINAL',
  );
  return Map.groupBy(rows, ({ ident }) => ident);
}

/** Metres of fixes, computed apart from the gateways. */
function metresOf(rows: readonly StoredRow[]): number {
  const distance = newDistance();
  for (const { at, lat, lon } of rows) addFix(distance, { at: Number(at), lat, lon }, EVIDENCE_RULES);
  return distance.walk.metres;
}

test(`after ${ROUNDS} kills of a gateway or Redis every record is stored once, and every tracker is where its history leads`, async () => {
  await Promise.all([start(0), start(1)]);
  const members = await makeMembers();
  for (const { devices } of members) for (const device of devices) device.start();
  const startsAt = Math.floor((Date.now() - 4 * 3_600_000) / 1_000) * 1_000;
  let record = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const killed = pause(Math.random() * 500).then(killOne);
    for (let n = 0; n < RECORDS_A_ROUND; n++) {
      drive(members, startsAt, record++);
      await pause(30);
    }
    await killed;
  }
  await Promise.all(members.flatMap(({ devices }) => devices.map((device) => device.drained(60_000))));
  await Promise.all(members.flatMap(({ devices }) => devices.map((device) => device.stop())));
  // What is applied and stored through the end: orderly stops and starts leave nothing in flight.
  for (const which of [0, 1]) {
    const { port } = gateway(which);
    expect(await gateway(which).stop()).toBe(0);
    await start(which, port);
  }

  const stored = await Promise.all([storedIn(0), storedIn(1)]);
  const ends = new Map<string, number>();
  for (const { devices, oid, registration } of members) {
    for (const [which, device] of devices.entries()) {
      const times = (stored[which]?.get(device.ident) ?? []).map(({ device_at }) => Number(device_at));
      expect(reckon(device.ident, device.acknowledged, times), registration.trackerId).toMatchObject({
        missing: [],
        twice: [],
      });
    }
    const ident = devices[0]?.ident ?? '';
    const expected = metresOf(stored.flatMap((rows) => rows.get(ident) ?? []));
    const state = async () => ({
      status: (await registry.trackerByOid(oid))?.status,
      metres: (await registry.evidenceOf(oid))?.distance.walk.metres,
    });
    await until(
      `${registration.trackerId} has its metres`,
      async () => Math.abs(((await state()).metres ?? 0) - expected) < 1e-6,
    );
    const { status, metres } = await state();
    expect([status, metres]).toEqual([expected >= neededM ? 'connected' : 'pending_for_data', expect.closeTo(expected, 6)]);
    explains(await registry.transitionsOf(oid), (await registry.trackerByOid(oid)) as Tracker);
    ends.set(status ?? '', (ends.get(status ?? '') ?? 0) + 1);
  }
  expect([...ends.keys()].sort()).toEqual(['connected', 'pending_for_data']);
}, 180_000);
