/**
 * Makes can-frames envelopes of single CAN frames, as a box on that bus would: each bus is a session of its own, frames of one
 * window of time are a record under the time of its last, and records go in one envelope as long as there is room, so
 * that messages of several CAN frames stay together.
 */
import { encodeFrame } from '#protocols/can-frames/encode';
import type { CanRecord } from '#protocols/can-frames/envelope';
import type { EpochMs } from '#model/clocks';
import type { CaptureEntry } from '../entry.ts';
import type { CanLine } from './candump-line.ts';
import { sessionIdOf } from './session-ids.ts';

/** Bounds of one envelope, below those of the codec. A CAN frame costs its data and at most 30 bytes around it. */
const MOST_BYTES = 48 * 1024;
const MOST_FRAMES = 4_000;
const MOST_RECORDS = 1_000;
/** An envelope covers no more than this: a capture is also read from its middle. */
const LONGEST_MS = 60_000;
const BYTES_AROUND = 30;
/** Buses open at a time; a hostile file may name any number. */
const MOST_BUSES = 64;
const LAST_BUS = 15;

interface Timed {
  at: EpochMs;
  line: CanLine;
}

interface OpenBus {
  name: string;
  sessionId: string;
  sequence: number;
  records: Partial<CanRecord>[];
  /** Frames of the record under way. */
  window: Timed[];
  beganAt: EpochMs;
  frames: number;
  bytes: number;
}

export class CanBatches {
  readonly #ident: string;
  readonly #windowMs: number;
  readonly #buses = new Map<string, OpenBus>();

  /** `ident` names the box; `windowMs` is how much time one record covers. */
  constructor(ident: string, windowMs: number) {
    this.#ident = ident;
    this.#windowMs = windowMs;
  }

  /** Takes a frame; gives the envelopes that it completes. */
  add(line: CanLine, at: EpochMs): CaptureEntry[] {
    const full: CaptureEntry[] = [];
    let bus = this.#buses.get(line.bus);
    if (bus === undefined) {
      if (this.#buses.size >= MOST_BUSES) full.push(...this.end());
      bus = openBus(line.bus);
      this.#buses.set(line.bus, bus);
    }
    const [first] = bus.window;
    // A clock that goes back begins a record, as one that goes on does.
    if (first !== undefined && (at < (bus.window.at(-1) as Timed).at || at - first.at >= this.#windowMs)) closeRecord(bus);
    const cost = line.data.length + BYTES_AROUND;
    const begun = bus.frames > 0;
    if (begun && (bus.frames >= MOST_FRAMES || bus.bytes + cost > MOST_BYTES || this.#isOver(bus, at))) {
      full.push(this.#close(bus));
    }
    if (bus.frames === 0) bus.beganAt = at;
    bus.window.push({ at, line });
    bus.frames++;
    bus.bytes += cost;
    return full;
  }

  /** Gives what is left of all buses. */
  end(): CaptureEntry[] {
    const rest = [...this.#buses.values()].filter(({ frames }) => frames > 0).map((bus) => this.#close(bus));
    this.#buses.clear();
    return rest;
  }

  #isOver({ records, beganAt }: OpenBus, at: EpochMs): boolean {
    return records.length >= MOST_RECORDS || Math.abs(at - beganAt) >= LONGEST_MS;
  }

  #close(bus: OpenBus): CaptureEntry {
    closeRecord(bus);
    const at = bus.records.at(-1)?.timeMs ?? 0;
    const bytes = encodeFrame(bus.sequence++, { ident: this.#ident, records: bus.records });
    bus.records = [];
    bus.frames = 0;
    bus.bytes = 0;
    return {
      at,
      direction: 'in',
      transport: 'tcp',
      listener: bus.name,
      peer: '',
      sessionId: bus.sessionId,
      protocol: 'can-frames',
      ident: null,
      dialect: null,
      bytes: new Uint8Array(bytes),
    };
  }
}

/** The session of all frames of an interface. */
export function canSessionId(name: string): string {
  return sessionIdOf('can', name);
}

function openBus(name: string): OpenBus {
  return { name, sessionId: canSessionId(name), sequence: 1, records: [], window: [], beganAt: 0, frames: 0, bytes: 0 };
}

function closeRecord(bus: OpenBus): void {
  const last = bus.window.at(-1);
  if (last === undefined) return;
  const number = Math.min(Number(/\d{1,3}$/.exec(bus.name)?.[0] ?? 0), LAST_BUS);
  const frames = bus.window.map(({ at, line: { id, data } }) => ({ id, data, bus: number, offsetMs: at - last.at }));
  bus.records.push({ timeMs: last.at, frames });
  bus.window = [];
}
