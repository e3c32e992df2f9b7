/** What somebody has changed in the form of a tracker. Pure. */
import type { components } from '../../api/client.ts';

export type Tracker = components['schemas']['Tracker'];
type Update = components['schemas']['TrackerUpdate'];

/** Metadata that has fields of its own. */
const NAMED = ['license_plate', 'make', 'model', 'version'] as const;

/** The form as texts. */
export interface ChangeForm extends Record<(typeof NAMED)[number], string> {
  tracker_id: string;
  foreign_tracker_id: string;
  vehicle_type: string;
  /** JSON of the metadata without fields of its own. */
  others: string;
}

export function formOf({ tracker_id, foreign_tracker_id, vehicle_type, object_id }: Tracker): ChangeForm {
  const textOf = (key: string) => (typeof object_id[key] === 'string' ? object_id[key] : '');
  const others = Object.fromEntries(
    Object.entries(object_id).filter(([key, value]) => !isNamed(key) || typeof value !== 'string'),
  );
  return {
    tracker_id,
    foreign_tracker_id: foreign_tracker_id ?? '',
    vehicle_type: vehicle_type ?? '',
    license_plate: textOf('license_plate'),
    make: textOf('make'),
    model: textOf('model'),
    version: textOf('version'),
    others: JSON.stringify(others, null, 2),
  };
}

const isNamed = (key: string): boolean => (NAMED as readonly string[]).includes(key);

/** What is to be sent: only what has changed; `null` where nothing has. */
export function changeOf(tracker: Tracker, form: ChangeForm): { body: Update | null; isJson: boolean } {
  const others = objectOf(form.others);
  if (others === null) return { body: null, isJson: false };
  const before = formOf(tracker);
  const named = NAMED.flatMap((key) => (form[key].trim() === '' ? [] : [[key, form[key].trim()] as const]));
  const metadata = { ...others, ...Object.fromEntries(named) };
  const update: Update = {};
  if (form.tracker_id.trim() !== before.tracker_id) update.tracker_id = form.tracker_id.trim();
  if (form.foreign_tracker_id.trim() !== before.foreign_tracker_id)
    update.foreign_tracker_id = form.foreign_tracker_id.trim() === '' ? null : form.foreign_tracker_id.trim();
  if (form.vehicle_type !== before.vehicle_type)
    update.vehicle_type = form.vehicle_type === '' ? null : (form.vehicle_type as NonNullable<Update['vehicle_type']>);
  if (sorted(metadata) !== sorted(tracker.object_id)) update.object_id = metadata;
  return { body: Object.keys(update).length === 0 ? null : update, isJson: true };
}

function objectOf(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text.trim() === '' ? '{}' : text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

const sorted = (fields: Record<string, unknown>): string =>
  JSON.stringify(Object.entries(fields).toSorted(([a], [b]) => (a < b ? -1 : 1)));
