/**
 * Saved decodes: what a version's codecs make of a capture, to be compared with what another's do. One JSON document, and one
 * frame a line, so that it is read as it comes and a version control system shows which frames changed.
 *
 * ```
 * {"format":"odograph-decode","version":1,"codecs":{"teltonika":1},
 * "frames":[
 * {"entry":0,"session":"a1","from":0,"frame":1,...,"decode":{...},"units":{"engine.speed.value":"RPM"}},
 * ...
 * ]}
 * ```
 *
 * `units` gives the units of the signals that were not in a frame before.
 */
import { GatewayError } from '#errors/gateway-error';
import type { DecoderRegistry } from '#protocols/registry';
import { signalsOf, type StatedFrame, type UnitOf } from './stated.ts';

const FORMAT = 'odograph-decode';
const VERSION = 1;

export interface DecodeHead {
  /** Version of each codec that the version had. */
  codecs: Readonly<Record<string, number>>;
}

type FrameLine = StatedFrame & { units?: Record<string, string> };

/** Units of signals as one decode says them. */
export type Units = Map<string, string>;

/** A decode to compare: its frames in order. `units` grows as they are read. */
export interface DecodeSource {
  /** What messages call it. */
  name: string;
  frames: AsyncIterable<StatedFrame>;
  units: Units;
}

export function headOf(codecs: DecoderRegistry): DecodeHead {
  return { codecs: Object.fromEntries([...codecs.values()].map(({ name, version }) => [name, version])) };
}

/** Writes a decode a piece at a time: the head, then a line for each frame, then the foot. */
export class DecodePrinter {
  readonly #unitOf: UnitOf;
  readonly #known = new Set<string>();
  #frames = 0;

  constructor(unitOf: UnitOf) {
    this.#unitOf = unitOf;
  }

  head({ codecs }: DecodeHead): string {
    return `${JSON.stringify({ format: FORMAT, version: VERSION, codecs }).slice(0, -1)},\n"frames":[`;
  }

  frame(stated: StatedFrame): string {
    const units = newUnits(stated, this.#unitOf, this.#known);
    const line: FrameLine = Object.keys(units).length === 0 ? stated : { ...stated, units };
    return `${this.#frames++ === 0 ? '\n' : ',\n'}${JSON.stringify(line)}`;
  }

  foot(): string {
    return '\n]}\n';
  }
}

function newUnits(stated: StatedFrame, unitOf: UnitOf, known: Set<string>): Record<string, string> {
  const units: Record<string, string> = {};
  for (const key of signalsOf(stated)) {
    if (known.has(key)) continue;
    known.add(key);
    const unit = unitOf(key);
    if (unit !== null) units[key] = unit;
  }
  return units;
}

/** Notes the units of a frame's signals beside it, as a saved decode has them. */
export async function* withUnits(
  frames: AsyncIterable<StatedFrame>,
  unitOf: UnitOf,
  units: Units,
): AsyncGenerator<StatedFrame> {
  const known = new Set<string>();
  for await (const stated of frames) {
    for (const [key, unit] of Object.entries(newUnits(stated, unitOf, known))) units.set(key, unit);
    yield stated;
  }
}

/** Reads the frames of a saved decode from its lines. Rejects with `capture_invalid` where it is none. */
export async function* readDecode(lines: AsyncIterable<string>, name: string, units: Units): AsyncGenerator<StatedFrame> {
  let number = 0;
  const take = (line: FrameLine): StatedFrame => {
    const { units: stated = {}, ...frame } = line;
    for (const [key, unit] of Object.entries(stated)) units.set(key, unit);
    return frame;
  };
  const rest: string[] = [];
  for await (const line of lines) {
    number++;
    if (rest.length > 0) rest.push(line);
    else if (number === 1) {
      const head = line.endsWith(',') ? parsed(`${line.slice(0, -1)}}`) : null;
      if (head === null) rest.push(line);
      else checkHead(head, name);
    } else if (line !== '"frames":[' && line !== ']}' && line !== '') {
      const frame = parsed(line.endsWith(',') ? line.slice(0, -1) : line);
      if (frame === null) throw new GatewayError('capture_invalid', `line ${number} of ${name} is no frame of a saved decode`);
      yield take(frame as FrameLine);
    }
  }
  if (number === 0) throw new GatewayError('capture_invalid', `${name} is empty`);
  // Somebody has laid it out anew: then it is read as the one document that it is.
  if (rest.length > 0) for (const frame of framesIn(rest.join('\n'), name)) yield take(frame);
}

function framesIn(text: string, name: string): readonly FrameLine[] {
  const document = parsed(text);
  if (document === null) throw new GatewayError('capture_invalid', `${name} is no saved decode: it is no JSON`);
  checkHead(document, name);
  return (document as { frames?: FrameLine[] }).frames ?? [];
}

function checkHead(head: object, name: string): void {
  const { format, version } = head as { format?: unknown; version?: unknown };
  if (format !== FORMAT) throw new GatewayError('capture_invalid', `${name} is no saved decode`);
  if (version !== VERSION) {
    throw new GatewayError(
      'capture_invalid',
      `${name} has version ${String(version)} of saved decodes, this one reads ${VERSION}`,
    );
  }
}

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' ? value : null;
  } catch {
    return null;
  }
}
