/** What made a device write a record, as events of the catalogue. */
import type { EventCode } from '#model/events';

/** Records written because time, distance or course said so: nothing happened. */
const PERIODIC: ReadonlySet<number> = new Set([7, 8, 9]);

/** Events by the id of the element that changed, and by its value where that matters. */
const BY_STATE: ReadonlyMap<number, readonly [off: EventCode | null, on: EventCode]> = new Map([
  [5, ['ignition.off', 'ignition.on']],
  [251, ['ignition.off', 'ignition.on']],
  [409, ['ignition.off', 'ignition.on']],
  [173, ['motion.stop', 'motion.start']],
  [169, ['idle.stop', 'idle.start']],
  [88, [null, 'secure.jamming']],
]);

const BY_CHANGE: ReadonlyMap<number, EventCode> = new Map([
  [2, 'device.input_changed'],
  [3, 'device.input_changed'],
  [4, 'device.input_changed'],
  [135, 'behaviour.harsh_braking'],
  [136, 'behaviour.harsh_acceleration'],
  [143, 'behaviour.harsh_cornering'],
]);

/** The code of an event; `value` is the element's, where the record holds it. `null` where nothing happened. */
export function eventOf(id: number, value: number | undefined): string | null {
  if (PERIODIC.has(id)) return null;
  const states = BY_STATE.get(id);
  if (states !== undefined && (value === 0 || value === 1)) return states[value];
  return BY_CHANGE.get(id) ?? `ruptela.${id}`;
}
