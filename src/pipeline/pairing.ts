/**
 * Makes positions of halves. Some clouds state latitude and longitude apart, in messages of their own and with times of their own; each
 * half is a signal (`position.gnss.latitude`), and the message that brings the second half gets the position.
 *
 * What pairs with what depends on nothing but the last records of the spool, so that a restart, which reads those again, comes to
 * the same pairs.
 */
import type { EpochMs } from '#model/clocks';
import type { FrameRecord, SpoolSeq } from '#model/frame-record';
import type { NormalisedMessage } from '#model/normalised';
import type { SignalKey } from '#model/signals';
import { positionOf } from './position.ts';

/** How far apart two halves of one place may be. */
export const PAIRING_WINDOW = {
  /** In time, ms: at 130 km/h a vehicle goes 72 m meanwhile. */
  timeMs: 2_000,
  /** In the spool, records. Also how many are read again at a start. */
  records: 10_000,
} as const;

/** Halves of one kind that are remembered of a vehicle: a burst brings two or three. */
const HALVES = 4;

const LATITUDE: SignalKey = 'position.gnss.latitude';
const LONGITUDE: SignalKey = 'position.gnss.longitude';

interface Half {
  at: EpochMs;
  value: number;
  seq: SpoolSeq;
}

interface Halves {
  latitude: Half[];
  longitude: Half[];
  seq: SpoolSeq;
}

/** Who says what a record says: what one company is told of a vehicle does not complete what another is told. */
export function speakerOf({ companyId, protocol }: Pick<FrameRecord, 'companyId' | 'protocol'>): string {
  return companyId === undefined ? protocol : `${companyId}/${protocol}`;
}

/**
 * Remembers the latest halves of each vehicle. At most as many vehicles are remembered as the window has records, since one that
 * nobody has heard of for longer is forgotten.
 */
export class Pairing {
  /** By speaker and ident, the longest unheard first. */
  readonly #vehicles = new Map<string, Halves>();

  get size(): number {
    return this.#vehicles.size;
  }

  /**
   * Takes a message as it was normalised. If it brings the half that makes a place whole, it gets the position: of two halves that are
   * nearest to each other in time, none nearer to either, and both within the window.
   */
  take(message: NormalisedMessage, speaker: string, seq: SpoolSeq): void {
    if (message.position !== null) return;
    const [latitude, longitude] = [valueOf(message, LATITUDE), valueOf(message, LONGITUDE)];
    if ((latitude === null) === (longitude === null)) return;
    const halves = this.#halvesOf(`${speaker}/${message.ident}`, seq);
    const isLatitude = latitude !== null;
    const half: Half = { at: message.observedAt, value: (latitude ?? longitude) as number, seq };
    const [own, others] = isLatitude ? [halves.latitude, halves.longitude] : [halves.longitude, halves.latitude];
    const other = nearestTo(half.at, others);
    if (other !== null && isNearest(half, own, other)) {
      const [lat, lon] = isLatitude ? [half.value, other.value] : [other.value, half.value];
      message.position = positionOf({
        lat,
        lon,
        fixTime: null,
        valid: true,
        altitudeM: valueOf(message, 'position.gnss.altitude'),
        speedKmh: valueOf(message, 'wheels.speed.value'),
        courseDeg: valueOf(message, 'position.gnss.course'),
        satellites: valueOf(message, 'position.gnss.satellites'),
        hdop: null,
      });
    }
    // A repetition says nothing new, and must not push another half out.
    if (own.some(({ at, value }) => at === half.at && value === half.value)) return;
    own.push(half);
    if (own.length > HALVES) own.shift();
  }

  #halvesOf(key: string, seq: SpoolSeq): Halves {
    const oldest = seq - PAIRING_WINDOW.records;
    for (const [name, { seq: heard }] of this.#vehicles) {
      if (heard >= oldest) break;
      this.#vehicles.delete(name);
    }
    const halves = this.#vehicles.get(key) ?? { latitude: [], longitude: [], seq };
    for (const kind of [halves.latitude, halves.longitude]) while (kind[0] !== undefined && kind[0].seq < oldest) kind.shift();
    halves.seq = seq;
    this.#vehicles.delete(key);
    this.#vehicles.set(key, halves);
    return halves;
  }
}

function valueOf({ signalKeys, signalValues }: NormalisedMessage, key: SignalKey): number | null {
  const index = signalKeys.indexOf(key);
  return index < 0 ? null : (signalValues[index] as number);
}

/** The half nearest in time, the latest of several, within the window. */
function nearestTo(at: EpochMs, halves: readonly Half[]): Half | null {
  let nearest: Half | null = null;
  for (const half of halves) {
    const distance = Math.abs(half.at - at);
    if (distance <= PAIRING_WINDOW.timeMs && (nearest === null || distance <= Math.abs(nearest.at - at))) nearest = half;
  }
  return nearest;
}

/** Tells whether no half of its own kind is nearer to the other one. */
function isNearest(half: Half, own: readonly Half[], other: Half): boolean {
  return !own.some(({ at }) => Math.abs(at - other.at) < Math.abs(half.at - other.at));
}
