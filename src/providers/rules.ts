/** What a registration must say, by provider. Pure: gives problems in words, throws nothing. */
import { hasLuhnDigit } from '#model/ident';
import type { JsonObject } from '#model/json';
import {
  CONNECTION_TYPES,
  PROVIDERS,
  VEHICLE_TYPES,
  type ConnectionType,
  type ProviderName,
  type VehicleType,
} from '#model/tracker';
import { vinProblem } from '#model/vin';
import { isPrintable, MAX_TEXT, metadataProblems } from './metadata.ts';
import type { IdKind, ProviderFacts, ProviderTable } from './table.ts';

/** A registration as it was asked for, before any rule has looked at it. */
export interface TrackerRequest {
  trackerId: string;
  provider: string;
  type: string;
  vehicleType?: string | null;
  foreignTrackerId?: string | null;
  objectId?: JsonObject;
}

/** A registration that breaks no rule, with its texts trimmed and VINs and plates in upper case. */
export interface CheckedRequest {
  trackerId: string;
  provider: ProviderName;
  type: ConnectionType;
  vehicleType: VehicleType | null;
  foreignTrackerId: string | null;
  objectId: JsonObject;
}

/** All problems at once, or the request in its checked form. */
export type RequestVerdict = { problems: readonly string[] } | { problems: null; request: CheckedRequest };

const ID_NAMES: Readonly<Record<IdKind, string>> = {
  imei: 'an IMEI',
  vin: 'a VIN',
  plate: 'a licence plate',
  frame_number: 'a frame number',
  free: 'a text',
};

/** Checks a registration against the table. */
export function checkRequest(table: ProviderTable, raw: TrackerRequest): RequestVerdict {
  if (!isOneOf(PROVIDERS, raw.provider)) {
    return { problems: [`provider "${raw.provider}" is not known; there are ${PROVIDERS.join(', ')}`] };
  }
  const facts = table[raw.provider];
  const problems: string[] = [];
  const trackerId = raw.trackerId.trim();
  const idProblem = trackerIdProblem(facts, trackerId);
  if (idProblem !== null) problems.push(`tracker_id "${trackerId}" cannot be used with ${raw.provider}: ${idProblem}`);
  if (!isOneOf(CONNECTION_TYPES, raw.type)) {
    problems.push(`type "${raw.type}" is not known; there are ${CONNECTION_TYPES.join(', ')}`);
  } else if (!facts.types.includes(raw.type)) {
    problems.push(`type "${raw.type}" does not exist at ${raw.provider}; it has ${facts.types.join(', ')}`);
  }
  const vehicleType = raw.vehicleType ?? null;
  if (vehicleType !== null && !isOneOf(VEHICLE_TYPES, vehicleType)) {
    problems.push(`vehicle_type "${vehicleType}" is not known; there are ${VEHICLE_TYPES.join(', ')}`);
  }
  const foreignTrackerId = raw.foreignTrackerId?.trim() || null;
  const objectId = { ...raw.objectId };
  if (foreignTrackerId !== null && !isPrintable(foreignTrackerId)) {
    problems.push(`foreign_tracker_id has at most ${MAX_TEXT} printable characters`);
  }
  problems.push(...metadataProblems(objectId));
  if (problems.length > 0) return { problems };
  return {
    problems: null,
    request: {
      trackerId: facts.trackerId.includes('free') ? trackerId : trackerId.toUpperCase(),
      provider: raw.provider,
      type: raw.type as ConnectionType,
      vehicleType: vehicleType as VehicleType | null,
      foreignTrackerId,
      objectId,
    },
  };
}

/** Says in words why a tracker id is wrong for a provider, or `null` where it is right. */
export function trackerIdProblem(facts: Pick<ProviderFacts, 'trackerId'>, trackerId: string): string | null {
  const problems: string[] = [];
  for (const kind of facts.trackerId) {
    const problem = ID_PROBLEMS[kind](trackerId);
    if (problem === null) return null;
    problems.push(`it is not ${ID_NAMES[kind]} (${problem})`);
  }
  return problems.join(', and ');
}

const ID_PROBLEMS: Readonly<Record<IdKind, (text: string) => string | null>> = {
  imei: (text) => {
    if (!/^\d{15}$/.test(text)) return 'an IMEI has 15 digits';
    return hasLuhnDigit(text) ? null : 'its last digit is not the Luhn check digit of the others';
  },
  vin: vinProblem,
  plate: (text) =>
    /^(?=.*[A-Z0-9])[A-Z0-9 -]{2,12}$/i.test(text) ? null : 'a plate has 2 to 12 letters, digits, blanks or hyphens',
  frame_number: (text) => (/^[A-Z0-9-]{5,25}$/i.test(text) ? null : 'a frame number has 5 to 25 letters, digits or hyphens'),
  free: (text) => {
    if (text === '') return 'it is empty';
    return isPrintable(text) ? null : `it has at most ${MAX_TEXT} printable characters`;
  },
};

function isOneOf<T extends string>(list: readonly T[], text: string): text is T {
  return (list as readonly string[]).includes(text);
}
