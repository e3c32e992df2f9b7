import type { EpochMs } from './clocks.ts';

/** What the GNSS receiver solved. Units are canonical already; `null` means the device did not say. */
export interface Fix {
  /** WGS-84 degrees, -90..90, north positive. */
  lat: number;
  /** WGS-84 degrees, -180..180, east positive. */
  lon: number;
  /** When the receiver solved it; `null` where the protocol has only the message's own clock. */
  fixTime: EpochMs | null;
  /** False when the device itself says it has no lock, or that the coordinates are the last known ones. */
  valid: boolean;
  /** Metres above mean sea level. */
  altitudeM: number | null;
  /** Kilometres an hour, 0 or more. */
  speedKmh: number | null;
  /** Degrees clockwise from north, 0..360. */
  courseDeg: number | null;
  /** Satellites used. */
  satellites: number | null;
  /** Horizontal dilution of precision, without unit. */
  hdop: number | null;
}

/** Something that happened at an instant. An alarm is an event the device itself marks urgent. */
export interface DeviceEvent {
  /** A key of the event catalogue, for example `ignition.on`; unknown ones keep `<protocol>.<number>`. */
  code: string;
  alarm: boolean;
}

/**
 * One decoded statement of a tracker. Signals and states are parallel arrays of interned keys and values: building a
 * dictionary for each message costs several times the decoding itself.
 */
export interface Message {
  /** The device it is about, where one frame speaks of several; `null` where it is the frame's. */
  ident: string | null;
  /** The device's own clock; `null` when the protocol gives none. */
  deviceTime: EpochMs | null;
  fix: Fix | null;
  /**
   * Keys of the signal catalogue, in its units; what no table maps keeps `<protocol>.io.<number>` and its raw value. Once a message
   * is decoded its lists stay as they are: messages with the same may share them.
   */
  signalKeys: string[];
  signalValues: number[];
  /** Quantities that are text: VIN, driver id, trouble codes, enumerations by name. */
  stateKeys: string[];
  stateValues: string[];
  events: DeviceEvent[];
  /** True when the device unloads this from its memory (backlog) rather than sending it live. */
  stored: boolean;
  /**
   * The bytes that make this message itself stand here, in `[identityFrom, identityEnd)`: equal bytes from the same ident are the same
   * message, sent again. Usually the frame; codecs leave out what a resend changes (sequence of the envelope, "stored" flags).
   */
  identity: Uint8Array;
  identityFrom: number;
  identityEnd: number;
}

/** Says which bytes make a message. A view for each would cost more than the place in the frame (`npm run bench -- codec/teltonika`). */
export function identify(message: Message, bytes: Uint8Array, from = 0, end = bytes.length): void {
  message.identity = bytes;
  message.identityFrom = from;
  message.identityEnd = end;
}

/** The bytes that make a message, as a view. */
export function identityOf({ identity, identityFrom, identityEnd }: Message): Uint8Array {
  return identity.subarray(identityFrom, identityEnd);
}

/** Makes a message without content. */
export function emptyMessage(identity: Uint8Array): Message {
  return {
    ident: null,
    deviceTime: null,
    fix: null,
    signalKeys: [],
    signalValues: [],
    stateKeys: [],
    stateValues: [],
    events: [],
    stored: false,
    identity,
    identityFrom: 0,
    identityEnd: identity.length,
  };
}

/** Adds a signal. `key` should be an interned constant of a table, `value` in the catalogue's unit. */
export function addSignal(message: Message, key: string, value: number): void {
  message.signalKeys.push(key);
  message.signalValues.push(value);
}

/** Stand for lists that a message has nothing in, and most have not: one for all. */
export const NO_TEXTS = Object.freeze<string[]>([]) as string[];
export const NO_EVENTS = Object.freeze<DeviceEvent[]>([]) as DeviceEvent[];

/** Adds a text state. */
export function addState(message: Message, key: string, value: string): void {
  if (message.stateKeys === NO_TEXTS) {
    message.stateKeys = [key];
    message.stateValues = [value];
    return;
  }
  message.stateKeys.push(key);
  message.stateValues.push(value);
}

/** Adds an event. */
export function addEvent(message: Message, event: DeviceEvent): void {
  if (message.events === NO_EVENTS) message.events = [event];
  else message.events.push(event);
}

/** Gives the value of a signal, the last one where a message states it twice, or `undefined`. */
export function signalOf(message: Message, key: string): number | undefined {
  const index = message.signalKeys.lastIndexOf(key);
  return index < 0 ? undefined : message.signalValues[index];
}

/** Gives the value of a text state, or `undefined`. */
export function stateOf(message: Message, key: string): string | undefined {
  const index = message.stateKeys.lastIndexOf(key);
  return index < 0 ? undefined : message.stateValues[index];
}
