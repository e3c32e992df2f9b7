/** A registration as it is being written, and what is still wrong with it. Pure. */
import type { ConnectionType, ProviderName, VehicleType } from '#model/tracker';
import type { components } from '../../api/client.ts';
import { texts } from '../../texts/index.ts';
import { checkId, type Provider } from './id-check.ts';

export interface Draft {
  provider: ProviderName | null;
  trackerId: string;
  type: ConnectionType | null;
  foreignId: string;
  odometer: string;
  vehicleType: VehicleType | '';
  /** Facts with a meaning of their own. */
  plate: string;
  make: string;
  model: string;
  serial: string;
  facts: readonly { name: string; value: string }[];
}

export const EMPTY: Draft = {
  provider: null,
  trackerId: '',
  type: null,
  foreignId: '',
  odometer: '',
  vehicleType: '',
  plate: '',
  make: '',
  model: '',
  serial: '',
  facts: [],
};

/** Kilometres as people write them; `null` where it is no number of them. */
export function kilometres(text: string): number | null {
  const written = text.trim().replaceAll(/[\s_']/g, '');
  // A comma before three digits parts thousands.
  const plain = /^\d{1,3}(,\d{3})+$/.test(written) ? written.replaceAll(',', '') : written.replace(',', '.');
  return /^\d+(\.\d+)?$/.test(plain) && Number(plain) <= 10_000_000 ? Number(plain) : null;
}

/** What keeps the step of the tracker from being done, by field; nothing where it is done. */
export function trackerProblems(
  draft: Draft,
  provider: Provider,
): { trackerId?: string; foreignId?: string; odometer?: string } {
  const problems: { trackerId?: string; foreignId?: string; odometer?: string } = {};
  const id = checkId(provider.tracker_id, draft.trackerId);
  if (id.state === 'empty') problems.trackerId = texts.register.required;
  else if (id.state !== 'good') problems.trackerId = id.problem;
  const foreign = checkId(['imei'], draft.foreignId);
  if (foreign.state === 'wrong' || foreign.state === 'short') problems.foreignId = foreign.problem;
  if (draft.odometer.trim() === '' ? provider.odometer : kilometres(draft.odometer) === null) {
    problems.odometer = draft.odometer.trim() === '' ? texts.register.required : texts.register.odometerWrong;
  }
  return problems;
}

/** The request that registers it. */
export function bodyOf(draft: Draft, provider: Provider): components['schemas']['TrackerRegistrationInput'] {
  const named = { license_plate: draft.plate, make: draft.make, model: draft.model, serial_number: draft.serial };
  const free = Object.fromEntries(draft.facts.map(({ name, value }) => [name, value]));
  const said = Object.entries({ ...free, ...named }).map(([name, value]) => [name.trim(), value.trim()] as const);
  const odometer = kilometres(draft.odometer);
  return {
    provider: provider.name,
    tracker_id: draft.trackerId.trim(),
    type: draft.type ?? provider.types[0] ?? 'oem',
    ...(draft.vehicleType === '' ? {} : { vehicle_type: draft.vehicleType }),
    ...(draft.foreignId.trim() === '' ? {} : { foreign_tracker_id: draft.foreignId.trim() }),
    ...(provider.odometer && odometer !== null ? { odo_value: odometer } : {}),
    object_id: Object.fromEntries(said.filter(([name, value]) => name !== '' && value !== '')),
  };
}
