import type { EpochMs } from '#model/clocks';
import { withLuhnDigit } from '#model/ident';
import type { TrackerRequest } from '../providers/rules.ts';
import { astraDongle } from './astra-dongle.ts';
import { SimulatedDevice, type DeviceOptions, type Language } from './device.ts';
import { ROADS, type Road } from './road.ts';
import { teltonikaBox } from './teltonika-box.ts';
import { Vehicle } from './vehicle.ts';

export interface FleetOptions {
  host: string;
  port: number;
  vehicles: number;
  /** The same seed makes the same vehicles, drives and idents. */
  seed: number;
  /** Time of the first record; the fleet's clocks know whole seconds. */
  startsAt: EpochMs;
  /** Driving time between two records, ms. */
  recordEveryMs: number;
  recordsPerFrame?: number;
}

/** A vehicle of the fleet with its box, and the registration that belongs to it. */
export interface FleetMember {
  registration: TrackerRequest;
  road: Road;
  vehicle: Vehicle;
  device: SimulatedDevice;
}

/** Pause before a box connects again, and its patience for an acknowledgement, ms. */
const RECONNECT_MS = 250;
const ACK_TIMEOUT_MS = 5_000;

interface Kind {
  provider: string;
  type: string;
  language: (imei: string) => Language;
  /** How the provider calls a vehicle: by the box, or by the car with the box as second identity. */
  trackerId: (imei: string, index: number) => string;
}

const KINDS: readonly Kind[] = [
  { provider: 'astrata', type: 'obd', language: astraDongle, trackerId: (imei) => imei },
  { provider: 'targa', type: 'canbus', language: teltonikaBox, trackerId: (_imei, index) => vinOf(index) },
  { provider: 'cartrack', type: 'canbus', language: teltonikaBox, trackerId: (_imei, index) => plateOf(index) },
];

/** Gives an IMEI of the range for tests (TAC 00101001, 3GPP TS 23.003), with its Luhn digit. */
function testImei(index: number): string {
  return withLuhnDigit(`00101001${String(index % 1_000_000).padStart(6, '0')}`);
}

function vinOf(index: number): string {
  return `VSSZZZKJZPR${String(index % 1_000_000).padStart(6, '0')}`;
}

function plateOf(index: number): string {
  return `${String(index % 10_000).padStart(4, '0')}KLM`;
}

/** Makes a fleet: an Astrata OBD dongle, a Targa and a Cartrack CAN-bus box, and so on in turn. Nothing is connected yet. */
export function makeFleet(options: FleetOptions): FleetMember[] {
  return Array.from({ length: options.vehicles }, (_, index) => makeMember(options, index));
}

function makeMember(options: FleetOptions, index: number): FleetMember {
  const kind = KINDS[index % KINDS.length] as Kind;
  const road = ROADS[index % ROADS.length] as Road;
  const number = options.seed * 1_000 + index;
  const imei = testImei(number);
  const deviceOptions: DeviceOptions = {
    host: options.host,
    port: options.port,
    ident: imei,
    language: kind.language(imei),
    recordsPerFrame: options.recordsPerFrame ?? 10,
    ackTimeoutMs: ACK_TIMEOUT_MS,
    reconnectMs: RECONNECT_MS,
  };
  return {
    registration: {
      trackerId: kind.trackerId(imei, number),
      provider: kind.provider,
      type: kind.type,
      vehicleType: 'car',
      foreignTrackerId: kind.trackerId(imei, number) === imei ? null : imei,
      objectId: { serial_number: imei, make: 'Simulated', model: road.name },
    },
    road,
    vehicle: new Vehicle(road, number, options.startsAt),
    device: new SimulatedDevice(deviceOptions),
  };
}

/** Drives a fleet in faster time than the clock's: its own time starts at `startsAt` and runs `speed` times as fast. */
export class FleetDrive {
  readonly #members: readonly FleetMember[];
  readonly #recordEveryMs: number;
  readonly #speed: number;
  #nextAt: EpochMs;
  readonly #startsAt: EpochMs;
  #startedAt = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(members: readonly FleetMember[], { startsAt, recordEveryMs }: FleetOptions, speed: number) {
    this.#members = members;
    this.#startsAt = Math.floor(startsAt / 1_000) * 1_000;
    this.#nextAt = this.#startsAt;
    this.#recordEveryMs = recordEveryMs;
    this.#speed = speed;
  }

  /** Connects all boxes and begins to drive. */
  start(): void {
    for (const { device } of this.#members) device.start();
    this.#startedAt = performance.now();
    this.#timer = setInterval(() => this.#drive(), Math.max(10, this.#recordEveryMs / this.#speed / 2));
  }

  /** Stops driving; the boxes go on until everything is acknowledged. Rejects when that takes longer than `withinMs`. */
  async park(withinMs: number): Promise<void> {
    clearInterval(this.#timer);
    this.#drive();
    await Promise.all(this.#members.map(({ device }) => device.drained(withinMs)));
  }

  /** Disconnects all boxes, whatever is pending. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#members.map(({ device }) => device.stop()));
  }

  #drive(): void {
    const until = this.#startsAt + (performance.now() - this.#startedAt) * this.#speed;
    while (this.#nextAt <= until) {
      for (const { vehicle, device } of this.#members) device.record(vehicle.driveTo(this.#nextAt));
      this.#nextAt += this.#recordEveryMs;
    }
  }
}
