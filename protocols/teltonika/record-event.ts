/** The event of a record: what the element it was made for says happened, or that somebody pressed for help. */
import { addEvent, type DeviceEvent, type Message } from '#model/message';
import { codeFor, GEOFENCE_CODES, rawEventCode } from './events.ts';
import type { Family } from './families.ts';
import { GEOFENCE, IO_LIMIT, type IoEntry } from './io-table.ts';

/** Stands for the value of an element that is not in the record. */
export const NOT_IN_RECORD = -1;

/** Adds what the event id, and the value of the element it names, say happened. */
export function addRecordEvent(message: Message, family: Family, eventId: number, value: number, isPanic: boolean): void {
  if (eventId === 0) {
    if (isPanic) addEvent(message, { code: 'secure.panic', alarm: true });
    return;
  }
  addEvent(message, eventOf(family, eventId, value, isPanic));
}

function eventOf(family: Family, id: number, value: number, alarm: boolean): DeviceEvent {
  const entry = id < IO_LIMIT ? (family.table[id] as IoEntry | null) : null;
  const codes = entry !== null && entry.kind === GEOFENCE ? GEOFENCE_CODES : family.events.get(id);
  const code = codes === undefined || (value === NOT_IN_RECORD && codes.length > 1) ? null : codeFor(codes, Math.max(value, 0));
  return { code: code ?? rawEventCode(id), alarm };
}
