import type { EpochMs } from '#model/clocks';
import type { Road, RoadPlace } from './road.ts';

/** What a vehicle is doing at an instant. */
export interface VehicleState extends RoadPlace {
  at: EpochMs;
  speedKmh: number;
  rpm: number;
  coolantC: number;
  fuelPercent: number;
  odometerM: number;
  tripM: number;
  ignition: boolean;
  satellites: number;
  hdop: number;
  supplyV: number;
}

/** A reproducible source of numbers in 0..1 (the mulberry32 generator). */
function randomSource(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

const CRUISE_KMH = 50;
const ACCELERATION_KMH_PER_S = 7;
/** Driving between two stops at lights, s. */
const LEG_S = 45;
const STOP_S = 8;

/** A car that drives a road from light to light. The same seed drives the same way. */
export class Vehicle {
  readonly #road: Road;
  readonly #random: () => number;
  #at: EpochMs;
  #alongM: number;
  #tripM = 0;
  #speedKmh = 0;
  #targetKmh = 0;
  #changeAt: EpochMs;
  #odometerM: number;
  #fuelPercent: number;
  #coolantC = 38;

  constructor(road: Road, seed: number, startsAt: EpochMs) {
    this.#road = road;
    this.#random = randomSource(seed);
    this.#at = startsAt;
    this.#changeAt = startsAt;
    this.#alongM = this.#random() * road.lengthM;
    this.#odometerM = 5_000_000 + Math.floor(this.#random() * 120_000_000);
    this.#fuelPercent = 30 + this.#random() * 60;
  }

  /** Drives on until the instant and says how things stand then. */
  driveTo(at: EpochMs): VehicleState {
    while (this.#at + 1_000 <= at) this.#driveASecond();
    const place = this.#road.at(this.#alongM);
    // A receiver in the open scatters by a metre or two.
    const scatter = () => ((this.#random() - 0.5) * 3) / 111_320;
    return {
      at,
      lat: place.lat + scatter(),
      lon: place.lon + scatter(),
      courseDeg: place.courseDeg,
      speedKmh: Math.round(this.#speedKmh),
      rpm: this.#speedKmh < 1 ? 780 : Math.round(1_200 + this.#speedKmh * 22),
      coolantC: Math.round(this.#coolantC),
      fuelPercent: Math.round(this.#fuelPercent),
      odometerM: Math.round(this.#odometerM),
      tripM: Math.round(this.#tripM),
      ignition: true,
      satellites: 9 + Math.floor(this.#random() * 6),
      hdop: 0.7 + Math.round(this.#random() * 4) / 10,
      supplyV: 13.6 + Math.round(this.#random() * 8) / 10,
    };
  }

  #driveASecond(): void {
    this.#at += 1_000;
    if (this.#at >= this.#changeAt) {
      const driving = this.#targetKmh === 0;
      this.#targetKmh = driving ? CRUISE_KMH * (0.7 + 0.5 * this.#random()) : 0;
      this.#changeAt = this.#at + (driving ? LEG_S : STOP_S) * 1_000 * (0.7 + 0.6 * this.#random());
    }
    const change = this.#targetKmh - this.#speedKmh;
    this.#speedKmh += Math.sign(change) * Math.min(Math.abs(change), ACCELERATION_KMH_PER_S);
    const metres = this.#speedKmh / 3.6;
    this.#alongM += metres;
    this.#tripM += metres;
    this.#odometerM += metres;
    this.#fuelPercent = Math.max(5, this.#fuelPercent - metres / 150_000);
    this.#coolantC += (90 - this.#coolantC) * 0.01;
  }
}
