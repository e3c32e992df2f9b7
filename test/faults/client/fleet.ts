/** Reference trackers over every transport, and what they were told together. */
import { withLuhnDigit } from '#model/ident';
import type { EpochMs } from '#model/clocks';
import type { ToldLine } from '../judge/judge-ledger.ts';
import type { Carrier } from './carrier.ts';
import type { Doors } from './doors.ts';
import { LISTENERS, type Transport } from './listeners.ts';
import type { TrackerMemory } from './memory.ts';
import { OverHttp } from './over-http.ts';
import { OverMqtt } from './over-mqtt.ts';
import { astraLanguage, OverStream, teltonikaLanguage } from './over-stream.ts';
import { OverUdp } from './over-udp.ts';
import { laneScript } from './script.ts';
import { ReferenceTracker } from './tracker.ts';

/** How trackers reach the doors of a gateway: by ports that lead to its own where something is between them, or from elsewhere. */
export type Reached = Pick<Doors, 'ports' | 'pushUrl'> & { host?: string };

/** How a tracker of the fleet speaks. */
export type Voice = 'teltonika' | 'astra' | Exclude<Transport, 'tcp'>;

export interface FleetOptions {
  /** How many trackers speak in each voice. */
  trackers: Readonly<Partial<Record<Voice, number>>>;
  startsAt: EpochMs;
  recordsPerFrame: number;
  pauseMs: number;
  /** Every so many frames one that must end in quarantine, of the voices that have such; 0 for none. */
  quarantineEvery: number;
}

/** What each voice carries, of all that a script can say. */
const SAYS: Readonly<Record<Voice, readonly string[]>> = {
  teltonika: ['lat', 'lon', 'speedKmh', 'courseDeg', 'altitudeM', 'satellites'],
  udp: ['lat', 'lon', 'speedKmh', 'courseDeg', 'altitudeM', 'satellites'],
  mqtt: ['lat', 'lon', 'speedKmh', 'courseDeg', 'altitudeM', 'satellites'],
  astra: ['lat', 'lon'],
  http: ['lat', 'lon', 'courseDeg'],
};

const VOICES = Object.keys(SAYS) as Voice[];

/** Idents of the trackers of a voice: IMEIs of the range for tests, and vehicles of a cloud. */
export function identsOf(voice: Voice, count: number): string[] {
  const first = VOICES.indexOf(voice) * 10_000;
  return Array.from({ length: count }, (_, index) => {
    if (voice === 'http') return `WBA0000000${String(first + index).padStart(7, '0')}`;
    return withLuhnDigit(`00101001${String(first + index).padStart(6, '0')}`);
  });
}

/** Trackers that drive, and remember. */
export class ReferenceFleet {
  readonly trackers: readonly ReferenceTracker[];

  constructor(doors: Reached, options: FleetOptions) {
    const { startsAt, recordsPerFrame, pauseMs, quarantineEvery } = options;
    this.trackers = VOICES.flatMap((voice, lane) =>
      identsOf(voice, options.trackers[voice] ?? 0).map((ident, index) => {
        const isRecordWise = voice === 'http';
        return new ReferenceTracker({
          script: laneScript(ident, lane * 100 + index, startsAt, SAYS[voice]),
          carrier: carrierOf(voice, ident, doors),
          recordsPerFrame: isRecordWise ? 1 : recordsPerFrame,
          pauseMs,
          quarantineEvery: voice === 'http' || voice === 'astra' ? 0 : quarantineEvery,
        });
      }),
    );
  }

  start(): void {
    for (const tracker of this.trackers) tracker.start();
  }

  /** Lets every tracker have its last frame acknowledged. Rejects when that takes longer. */
  async finish(withinMs: number): Promise<void> {
    await Promise.all(this.trackers.map((tracker) => tracker.finish(withinMs)));
  }

  get memories(): TrackerMemory[] {
    return this.trackers.map(({ memory }) => memory);
  }

  get framesAcknowledged(): number {
    return this.trackers.reduce((sum, { framesAcknowledged }) => sum + framesAcknowledged, 0);
  }

  /** Times that frames were sent, by the trackers' own count. */
  get sends(): number {
    return this.trackers.reduce((sum, { sends }) => sum + sends, 0);
  }

  get recordsAcknowledged(): number {
    return this.trackers.reduce((sum, { recordsAcknowledged }) => sum + recordsAcknowledged, 0);
  }

  /** Frames acknowledged, by listener and protocol. */
  get told(): ToldLine[] {
    const lines = new Map<string, ToldLine>();
    for (const { carrier, framesAcknowledged } of this.trackers) {
      const { protocol, transport } = carrier;
      const listener = LISTENERS[transport as Transport];
      const key = `${listener} ${protocol}`;
      lines.set(key, { listener, protocol, frames: (lines.get(key)?.frames ?? 0) + framesAcknowledged });
    }
    return [...lines.values()];
  }
}

function carrierOf(voice: Voice, ident: string, doors: Reached): Carrier {
  const { ports, host = '127.0.0.1' } = doors;
  const carriers: Record<Voice, () => Carrier> = {
    teltonika: () => new OverStream(teltonikaLanguage(ident), { host, port: ports.tcp }),
    astra: () => new OverStream(astraLanguage(ident), { host, port: ports.tcp }),
    udp: () => new OverUdp(ident, ports.udp, host),
    mqtt: () => new OverMqtt(ident, `mqtt://${host}:${ports.mqtt}`),
    http: () => new OverHttp(ident, doors.pushUrl),
  };
  return carriers[voice]();
}
