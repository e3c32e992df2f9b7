/**
 * What the vehicle-bus layers share: putting a reading into a message that may hold an earlier one of the same quantity.
 *
 * A message is one instant, while a bus repeats itself many times a second, so the latest reading of a key replaces the one
 * before. Nothing here knows a protocol.
 */
import { addSignal, addState, type Message } from '#model/message';

/** What a bus layer made of some bytes. */
export interface BusReading {
  /** False when no table of the layer knows the parameter group, service or frame; the bytes are then the caller's to keep. */
  known: boolean;
  /** Signals and states put into the message. */
  added: number;
  /** Quantities the bytes have a place for, but which the vehicle says it does not have or cannot measure. */
  unavailable: number;
}

/** The reading of bytes no table knows. */
export const UNKNOWN_READING: BusReading = Object.freeze({ known: false, added: 0, unavailable: 0 });

/**
 * Puts a signal in, replacing an earlier value of the key. `resolution` is the step of the new reading, in its unit: an
 * earlier value that lies within that step above the new one says the same more finely (a counter in metres beside one in
 * 125 m) and is kept. Zero always replaces.
 */
export function putSignal(message: Message, key: string, value: number, resolution = 0): void {
  const index = message.signalKeys.lastIndexOf(key);
  if (index < 0) {
    addSignal(message, key, value);
    return;
  }
  const earlier = message.signalValues[index] as number;
  if (earlier >= value && earlier < value + resolution) return;
  message.signalValues[index] = value;
}

/**
 * Puts a signal in where it is above an earlier value of the key: for what several control units of a vehicle report each for
 * itself, and one of them is enough (a lamp, a number of trouble codes).
 */
export function putHighest(message: Message, key: string, value: number): void {
  const index = message.signalKeys.lastIndexOf(key);
  if (index < 0) addSignal(message, key, value);
  else message.signalValues[index] = Math.max(value, message.signalValues[index] as number);
}

/** Puts a text state in, replacing an earlier value of the key. */
export function putState(message: Message, key: string, value: string): void {
  const index = message.stateKeys.lastIndexOf(key);
  if (index < 0) addState(message, key, value);
  else message.stateValues[index] = value;
}

/** Most entries a comma-separated state is let grow to; what several control units report beyond that is left out. */
const LIST_LIMIT = 256;

/**
 * Adds entries to a comma-separated state, once each, and gives how many it holds afterwards. Several control units of a
 * vehicle answer for themselves, so that a list is the union of theirs. An empty list is a state too: no codes.
 */
export function putList(message: Message, key: string, entries: readonly string[]): number {
  const index = message.stateKeys.lastIndexOf(key);
  const earlier = index < 0 ? '' : (message.stateValues[index] as string);
  const all = new Set(earlier === '' ? [] : earlier.split(','));
  for (const entry of entries) if (all.size < LIST_LIMIT) all.add(entry);
  putState(message, key, [...all].join(','));
  return all.size;
}
