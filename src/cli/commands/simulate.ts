import { once } from 'node:events';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { Command } from 'commander';
import type { Config } from '../../config/schema.ts';
import { findGatewayError } from '#errors/gateway-error';
import { providerTable } from '../../providers/table.ts';
import { FleetDrive, makeFleet, type FleetMember, type FleetOptions } from '../../simulate/fleet.ts';
import { registerTracker } from '../../store/register.ts';
import { configOf, withConfigOptions } from '../config-options.ts';
import { sayJson, sayTable, startProgress, type Io } from '../console-io.ts';
import { CommandFailure } from '../exit-codes.ts';
import { numberBetween } from '../number-option.ts';
import { withRegistry } from '../registry.ts';

interface Options {
  host: string;
  port?: number;
  vehicles: number;
  minutes: number;
  every: number;
  speed: number;
  seed: number;
  register?: boolean;
  json?: boolean;
}

/** Patience for the last acknowledgements, ms. */
const PARK_MS = 30_000;
const PROGRESS_MS = 200;

/** `odograph simulate`: drives a made-up fleet to a gateway, over real connections. */
export function simulateCommand(io: Io, protocols: readonly string[]): Command {
  const command = withConfigOptions(new Command('simulate'))
    .description('drive a simulated fleet to a gateway: Astrata OBD dongles, Targa and Cartrack CAN-bus boxes')
    .option('--host <ADDRESS>', 'address of the gateway', '127.0.0.1')
    .option('--port <PORT>', "its port; that of the configuration's first listener if not given", numberBetween(1, 65_535))
    .option('-n, --vehicles <COUNT>', 'vehicles', numberBetween(1, 10_000), 3)
    .option('--minutes <COUNT>', 'minutes to drive, ending now', numberBetween(1, 10_000), 10)
    .option('--every <SECONDS>', 'seconds between two records', numberBetween(1, 3_600), 5)
    .option('--speed <TIMES>', 'how much faster than the clock they drive', numberBetween(1, 100_000), 60)
    .option('--seed <NUMBER>', 'the same seed makes the same vehicles and drives', numberBetween(0, 999), 1)
    .option('--register', 'register the vehicles in the registry of the configuration first')
    .option('--json', 'one JSON document');
  return command.action(async (options: Options) => {
    const { config } = configOf(command, io, protocols);
    const fleetOptions = fleetOptionsOf(config, options);
    const fleet = makeFleet(fleetOptions);
    if (options.register === true) await register(config, fleet);
    await expectListener(fleetOptions);
    const unacknowledged = await drive(io, fleet, fleetOptions, options);
    sayResult(io, fleet, options.json === true);
    if (unacknowledged > 0) throw new CommandFailure('refused', `${unacknowledged} records were not acknowledged`);
  });
}

function fleetOptionsOf(config: Config, { host, port, vehicles, minutes, every, seed }: Options): FleetOptions {
  const configured = config.listeners.find(({ transport }) => transport === 'tcp')?.port ?? 0;
  const chosen = port ?? configured;
  if (chosen === 0) throw new CommandFailure('usage', 'the configuration names no port: --port says which');
  return { host, port: chosen, vehicles, seed, startsAt: Date.now() - minutes * 60_000, recordEveryMs: every * 1_000 };
}

/** Registers the fleet; vehicles that are registered already stay as they are. */
async function register(config: Config, fleet: readonly FleetMember[]): Promise<void> {
  const providers = providerTable(config.providers);
  await withRegistry(config, async (store) => {
    for (const { registration } of fleet) {
      try {
        await registerTracker(store, providers, registration, Date.now);
      } catch (error) {
        if (findGatewayError(error)?.code !== 'tracker_exists') throw error;
      }
    }
  });
}

/** A device would try for ever; a person wants to know at once that nobody is there. */
async function expectListener({ host, port }: FleetOptions): Promise<void> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw new CommandFailure('unavailable', `nothing listens on ${host}:${port}`, { cause });
  } finally {
    socket.destroy();
  }
}

/** Drives for the time asked, waits for the last acknowledgements, and gives the number of records that got none. */
async function drive(io: Io, fleet: readonly FleetMember[], fleetOptions: FleetOptions, options: Options): Promise<number> {
  const { minutes, every, speed, vehicles } = options;
  const journey = new FleetDrive(fleet, fleetOptions, speed);
  const progress = startProgress(io, 'acknowledged', Math.floor((minutes * 60) / every) * vehicles);
  const timer = setInterval(() => progress.update(acknowledgedBy(fleet)), PROGRESS_MS);
  try {
    journey.start();
    await pause((minutes * 60_000) / speed);
    // What is not acknowledged in time is counted below.
    await journey.park(PARK_MS).catch(() => undefined);
  } finally {
    clearInterval(timer);
    progress.stop();
    await journey.stop();
  }
  return fleet.reduce((sum, { device }) => sum + device.pending, 0);
}

function acknowledgedBy(fleet: readonly FleetMember[]): number {
  return fleet.reduce((sum, { device }) => sum + device.acknowledged.length, 0);
}

function sayResult(io: Io, fleet: readonly FleetMember[], json: boolean): void {
  const rows = fleet.map(({ registration, device, road }) => ({
    trackerId: registration.trackerId,
    provider: registration.provider,
    ident: device.ident,
    protocol: device.protocol,
    road: road.name,
    framesSent: device.framesSent,
    framesAcknowledged: device.framesAcknowledged,
    recordsAcknowledged: device.acknowledged.length,
    pending: device.pending,
  }));
  if (json) {
    sayJson(io, rows);
    return;
  }
  const heading = ['tracker id', 'provider', 'ident', 'protocol', 'road', 'frames', 'acks', 'records', 'pending'];
  sayTable(
    io,
    heading,
    rows.map((row) => Object.values(row)),
  );
}
