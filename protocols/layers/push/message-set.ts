/**
 * Makes messages of readings. A cloud states each value with its own time, some of one vehicle and some of another, in any order; a
 * message is one vehicle at one instant. So readings are gathered by both, and what belongs to one message makes its identity: the
 * names, values and times themselves, whatever order or envelope they came in.
 */
import { fault, type Fault } from '#errors/fault';
import type { EpochMs } from '#model/clocks';
import type { Consent } from '#model/consent';
import { addSignal, addState, emptyMessage, identify, type Fix, type Message } from '#model/message';
import type { SignalKey } from '#model/signals';
import { emptyDecoded, type Decoded } from '#protocols/codec';
import { canonical } from './canonical.ts';
import { dottedInstant, epochInstant, isoInstant } from './instant.ts';
import type { Json } from '#model/json';
import { isObject, textOf } from './json.ts';
import { amountOf, isPossible, TEXT_MOST, VALUES_MOST, type Reading, type Readings } from './readings.ts';
import { plainWord, saysNothing, unmapped, type FieldRule, type FixPart, type Target } from './rules.ts';

/** Signals under which parts of a position stay that make none. */
const ALONE: Readonly<Record<FixPart, SignalKey | null>> = {
  lat: 'position.gnss.latitude',
  lon: 'position.gnss.longitude',
  altitudeM: 'position.gnss.altitude',
  courseDeg: 'position.gnss.course',
  satellites: 'position.gnss.satellites',
  speedKmh: null,
  hdop: null,
};

/** Longest name that stays as it is, characters. */
const NAME_MOST = 160;

const encoder = new TextEncoder();
const MOMENTS = { ms: (value: Json) => epochInstant(value), iso: isoInstant, dotted: dottedInstant } as const;
const UNKNOWN_FIELD = unmapped('no table knows it');

/** Who stated a quantity, in case another field states it better. */
interface Holder {
  rank: number;
  index: number;
  reading: Reading;
}

class Draft {
  readonly message: Message;
  readonly parts = new Map<FixPart, { value: number; reading: Reading }>();
  /** A half of the place was none: the other one must not be taken for one that only waits. */
  isSpoilt = false;
  readonly holders = new Map<string, Holder>();
  /** What the message is made of: name, value and unit of each reading. */
  readonly sources: Json[] = [];
  locked: boolean | null = null;
  overflows = false;
  /** How many quantities each reading states. */
  readonly #held = new Map<Reading, number>();

  constructor(ident: string | null, at: EpochMs | null) {
    this.message = { ...emptyMessage(new Uint8Array(0)), ident, deviceTime: at };
  }

  hold(reading: Reading): void {
    this.#held.set(reading, (this.#held.get(reading) ?? 0) + 1);
  }

  holds(reading: Reading): boolean {
    return (this.#held.get(reading) ?? 0) > 0;
  }

  /** Takes a quantity from a reading; true where that was its last. */
  release(reading: Reading): boolean {
    const left = (this.#held.get(reading) ?? 1) - 1;
    this.#held.set(reading, left);
    return left === 0;
  }
}

/** The messages of one frame, as they come together. */
export class MessageSet implements Readings {
  readonly #protocol: string;
  readonly #drafts = new Map<string, Draft>();
  /** The one that was asked for last. */
  #last: { ident: string; at: EpochMs | null; draft: Draft } | null = null;
  readonly #faults: Fault[] = [];
  readonly #dedupeKeys = new Set<string>();
  readonly #consents: Consent[] = [];
  dialect: string | null = null;

  /** `protocol` is the prefix of what stays under its own name. */
  constructor(protocol: string) {
    this.#protocol = protocol;
  }

  read(ident: string, reading: Reading, rule: FieldRule = UNKNOWN_FIELD): void {
    if (rule.envelope || reading.value === null) return;
    if (rule.unmapped === null && saysNothing(reading.value, rule)) return;
    const [first] = rule.targets;
    if (first?.kind === 'moment') {
      this.#takeMoment(ident, reading, first);
      return;
    }
    const draft = this.#draft(ident, reading.at);
    draft.sources.push([reading.name, reading.value, reading.unit]);
    const unit = reading.unit ?? rule.unit;
    for (const target of rule.targets) {
      if (this.#take(draft, reading, target, unit, rule.rank)) draft.hold(reading);
    }
    if (!draft.holds(reading)) this.#keep(draft, reading);
  }

  happen(ident: string, at: EpochMs | null, code: string, alarm: boolean, source: Json): void {
    const draft = this.#draft(ident, at);
    draft.sources.push(['event', code, source]);
    draft.message.events.push({ code, alarm });
  }

  markStored(ident: string, at: EpochMs | null): void {
    this.#draft(ident, at).message.stored = true;
  }

  dedupe(...parts: readonly (string | number)[]): void {
    this.#dedupeKeys.add(parts.join('|'));
  }

  consent(consent: Consent): void {
    this.#consents.push(consent);
  }

  fault(code: Fault['code'], path: string, detail: string): void {
    this.#faults.push(fault(code, null, `${path}: ${detail}`));
  }

  /** Gives all that came together. Where all messages are about one vehicle, the frame is about it. */
  decoded(): Decoded {
    const messages = [...this.#drafts.values()].map((draft) => this.#finished(draft));
    const idents = new Set(messages.map(({ ident }) => ident));
    const [only = null] = idents.size === 1 ? idents : [];
    if (only !== null) for (const message of messages) message.ident = null;
    const stated = this.#consents.length > 0 || this.#faults.length > 0;
    return {
      ...emptyDecoded(messages.length > 0 ? 'data' : stated ? 'control' : 'heartbeat'),
      ident: only,
      dialect: this.dialect,
      messages,
      faults: this.#faults,
      pushed: { dedupeKeys: [...this.#dedupeKeys], consents: this.#consents },
    };
  }

  #draft(ident: string, at: EpochMs | null): Draft {
    // Most bodies state all values of an instant in a row.
    const last = this.#last;
    if (last !== null && last.at === at && last.ident === ident) return last.draft;
    const key = `${at} ${ident}`;
    let draft = this.#drafts.get(key);
    if (draft === undefined) this.#drafts.set(key, (draft = new Draft(ident, at)));
    this.#last = { ident, at, draft };
    return draft;
  }

  #takeMoment(ident: string, reading: Reading, target: Extract<Target, { kind: 'moment' }>): void {
    const at = MOMENTS[target.read](reading.value);
    if (at === null || at <= 0) this.#keep(this.#draft(ident, reading.at), reading, true);
    else this.happen(ident, at, target.code, false, reading.name);
  }

  /** Puts a value where a target wants it; false where the value is none for it, or another field states it better. */
  #take(draft: Draft, reading: Reading, target: Target, unit: string, rank: number): boolean {
    switch (target.kind) {
      case 'signal': {
        const value = amountOf(reading.value, unit, target.measure);
        return value !== null && this.#state(draft, target.key, value, reading, rank);
      }
      case 'words': {
        const value = target.words.get(wordOf(reading.value));
        return value !== undefined && this.#state(draft, target.key, value, reading, rank);
      }
      case 'text': {
        const stated = textIn(reading.value);
        return stated !== null && this.#state(draft, target.key, target.words.get(plainWord(stated)) ?? stated, reading, rank);
      }
      case 'fix':
        return this.#takePart(draft, reading, target, unit);
      case 'lock': {
        const locked = target.words.get(wordOf(reading.value));
        // Of two that speak of it, the one that denies it is to be believed.
        if (locked !== undefined && locked !== null && draft.locked !== false) draft.locked = locked;
        return locked !== undefined;
      }
      case 'event': {
        const code = target.words.get(wordOf(reading.value));
        if (code !== undefined) draft.message.events.push({ code, alarm: target.alarm });
        return code !== undefined;
      }
      case 'moment':
      default:
        // A moment makes a message of its own, and never comes here with other targets.
        return false;
    }
  }

  #takePart(draft: Draft, reading: Reading, { part, measure }: Extract<Target, { kind: 'fix' }>, unit: string): boolean {
    const value = amountOf(reading.value, unit, measure);
    if (value === null) return false;
    if (!isPossible(part, value)) {
      this.fault('decode_range', reading.path, `${part} is ${value}, which cannot be`);
      draft.isSpoilt ||= part === 'lat' || part === 'lon';
      return false;
    }
    // The same place stated twice in one message, at one time: the first one stands, the other stays under its own name.
    if (draft.parts.has(part)) return false;
    draft.parts.set(part, { value, reading });
    return true;
  }

  /** States a quantity, unless a field of as high a rank has. A reading that holds nothing else then stays under its own name. */
  #state(draft: Draft, key: SignalKey, value: number | string, reading: Reading, rank: number): boolean {
    const { message } = draft;
    const holder = draft.holders.get(key);
    const values: (number | string)[] = typeof value === 'number' ? message.signalValues : message.stateValues;
    if (holder === undefined) {
      if (!this.#hasRoom(draft, reading)) return false;
      if (typeof value === 'number') addSignal(message, key, value);
      else addState(message, key, value);
      draft.holders.set(key, { rank, index: values.length - 1, reading });
      return true;
    }
    if (rank <= holder.rank) return false;
    if (draft.release(holder.reading)) this.#keep(draft, holder.reading);
    values[holder.index] = value;
    draft.holders.set(key, { rank, index: holder.index, reading });
    return true;
  }

  /** Leaves a value under its own name: nothing is dropped, nothing is guessed. */
  #keep(draft: Draft, reading: Reading, isSource = false): void {
    const { value } = reading;
    if (isSource) draft.sources.push([reading.name, value, reading.unit]);
    if (value === null || !this.#hasRoom(draft, reading)) return;
    const key = this.#freeKey(draft, this.#ownKey(reading.name));
    draft.holders.set(key, { rank: Infinity, index: -1, reading });
    if (typeof value === 'number' && Number.isFinite(value)) {
      addSignal(draft.message, key, value);
      // A number nobody has converted says nothing without what it counts.
      if (reading.unit !== null) addState(draft.message, `${key}.unit`, this.#bounded(reading.unit, reading));
    } else if (typeof value === 'boolean') addSignal(draft.message, key, Number(value));
    else addState(draft.message, key, this.#bounded(typeof value === 'object' ? canonical(value) : String(value), reading));
  }

  /** A name that stands several times in one message gets a number from the second on. */
  #freeKey(draft: Draft, key: string): string {
    let free = key;
    for (let i = 2; draft.holders.has(free); i++) free = `${key}.${i}`;
    return free;
  }

  #ownKey(name: string): string {
    const plain = /[^\w.-]/.test(name) ? name.replaceAll(/[^\w.-]+/g, '_') : name;
    return `${this.#protocol}.${plain.slice(0, NAME_MOST)}`;
  }

  #bounded(stated: string, { path }: Reading): string {
    if (stated.length <= TEXT_MOST) return stated;
    this.fault('decode_range', path, `a text of ${stated.length} characters is cut to ${TEXT_MOST}`);
    return stated.slice(0, TEXT_MOST);
  }

  #hasRoom(draft: Draft, { path }: Reading): boolean {
    if (draft.message.signalKeys.length + draft.message.stateKeys.length < VALUES_MOST) return true;
    if (!draft.overflows) this.fault('decode_range', path, `more than ${VALUES_MOST} values of one instant`);
    draft.overflows = true;
    return false;
  }

  /** A part of a position that makes none is a signal; where there is none for it, it stays under its own name. */
  #leaveAlone(draft: Draft, part: FixPart, value: number, reading: Reading): void {
    const key = draft.isSpoilt && (part === 'lat' || part === 'lon') ? null : ALONE[part];
    if (key !== null) addSignal(draft.message, key, value);
    else if (draft.release(reading)) this.#keep(draft, reading);
  }

  #finished(draft: Draft): Message {
    const { message, parts, locked } = draft;
    const [lat, lon] = [parts.get('lat')?.value, parts.get('lon')?.value];
    if (lat !== undefined && lon !== undefined) message.fix = fixOf(lat, lon, draft, locked !== false);
    else for (const [part, { value, reading }] of parts) this.#leaveAlone(draft, part, value, reading);
    const sources = draft.sources.map(canonical).sort();
    identify(message, encoder.encode(`[${message.deviceTime},${sources.join(',')}]`));
    return message;
  }
}

function fixOf(lat: number, lon: number, { parts }: Draft, valid: boolean): Fix {
  const part = (name: FixPart) => parts.get(name)?.value ?? null;
  return {
    lat,
    lon,
    fixTime: null,
    valid,
    altitudeM: part('altitudeM'),
    speedKmh: part('speedKmh'),
    courseDeg: part('courseDeg'),
    satellites: part('satellites'),
    hdop: part('hdop'),
  };
}

/** The word by which a value is looked up: booleans and numbers have one too. */
function wordOf(value: Json): string {
  return typeof value === 'object' ? '' : plainWord(String(value));
}

/** A text, or a list of them. */
function textIn(value: Json): string | null {
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) {
    const items = value.map(textOf).filter((item) => item !== null);
    return items.length === value.length && items.length > 0 ? items.join(',') : null;
  }
  return isObject(value) ? null : textOf(value);
}
