/**
 * What the event id of a record says happened, by the value of the element it names.
 *
 * A record made because an element changed, crossed a bound or was configured to report carries that element's number as its
 * event id; 0 is a record made for time, distance or angle. Priority 2 is what the vendor calls panic.
 */
import type { EventCode } from '#model/events';

/** Codes by value; the last stands for all greater ones. `null` names no event. */
type CodesByValue = readonly (EventCode | null)[];

/** 0 ended, 1 began. */
const pair = (off: EventCode, on: EventCode): CodesByValue => [off, on];
const always = (code: EventCode): CodesByValue => [code];
/** Happens at 1, nothing at 0. */
const whenSet = (code: EventCode): CodesByValue => [null, code];

/** Events that mean the same in every family that has the element. */
const SHARED: readonly (readonly [id: number, codes: CodesByValue])[] = [
  [1, always('device.input_changed')],
  [2, always('device.input_changed')],
  [3, always('device.input_changed')],
  [239, pair('ignition.off', 'ignition.on')],
  [240, pair('motion.stop', 'motion.start')],
  [246, pair('secure.towing_end', 'secure.towing')],
  // 0 is not in the vendor's list; 1 is the crash, 2 to 6 say how much of its trace follows.
  [247, [null, 'secure.crash']],
  [249, [null, 'secure.jamming']],
  [250, ['trip.stop', 'trip.start', null]],
  [253, [null, 'behaviour.harsh_acceleration', 'behaviour.harsh_braking', 'behaviour.harsh_cornering', null]],
  [255, always('behaviour.overspeed')],
];

const FMB_EVENTS: readonly (readonly [id: number, codes: CodesByValue])[] = [
  [236, whenSet('secure.panic')],
  [251, pair('idle.stop', 'idle.start')],
  [252, pair('device.power_restored', 'secure.unplug')],
  [281, always('service.dtc')],
  [282, always('service.dtc')],
];

const FMB6_EVENTS: readonly (readonly [id: number, codes: CodesByValue])[] = [
  [4, always('device.input_changed')],
  [176, always('service.dtc')],
  [243, pair('idle.stop', 'idle.start')],
  [252, [null, null, 'behaviour.unauthorised_driver', null]],
];

const FT_EVENTS: readonly (readonly [id: number, codes: CodesByValue])[] = [
  [156, pair('geofence.exit', 'geofence.enter')],
  [157, whenSet('behaviour.overspeed')],
];

export type EventTable = ReadonlyMap<number, CodesByValue>;

export const FMB_EVENT_TABLE: EventTable = new Map([...SHARED, ...FMB_EVENTS]);
export const FMB6_EVENT_TABLE: EventTable = new Map([...SHARED, ...FMB6_EVENTS]);
export const FT_EVENT_TABLE: EventTable = new Map([...SHARED, ...FMB_EVENTS, ...FT_EVENTS]);

/** Geofence elements: 0 left, 1 entered, 2 and 3 end and start of speeding in it. */
export const GEOFENCE_CODES: CodesByValue = ['geofence.exit', 'geofence.enter', null, 'behaviour.overspeed', null];

/** Gives the code for a value, or `null` where the value names no event of the catalogue. */
export function codeFor(codes: CodesByValue, value: number): EventCode | null {
  return codes[Math.min(value, codes.length - 1)] ?? null;
}

const rawCodes: string[] = [];

/** The code of an event no table maps: `teltonika.<number>`. */
export function rawEventCode(id: number): string {
  return (rawCodes[id] ??= `teltonika.${id}`);
}
