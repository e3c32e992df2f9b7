/**
 * The providers: which connection types each has, who a tracker is to it, and which wire protocols its boxes speak. The
 * bindings to protocols are the best public evidence, not the providers' word, so configuration may override every field.
 */
import type { ConnectionType, ProviderName } from '#model/tracker';

/** What a `tracker_id` can be. */
export const ID_KINDS = ['imei', 'vin', 'plate', 'frame_number', 'free'] as const;
export type IdKind = (typeof ID_KINDS)[number];

/** `hardware` fits a box, `oem` is the maker's cloud, `browser` is our tracker page. */
export const PROVIDER_FAMILIES = ['hardware', 'oem', 'browser'] as const;

export interface ProviderFacts {
  family: (typeof PROVIDER_FAMILIES)[number];
  types: readonly ConnectionType[];
  /** A tracker id is right when it is right as one of these. */
  trackerId: readonly IdKind[];
  /** Wire protocols whose idents are looked up among this provider's trackers. */
  protocols: readonly string[];
}

export type ProviderTable = Readonly<Record<ProviderName, ProviderFacts>>;

const DEFAULTS: ProviderTable = {
  'mercedes-benz': { family: 'oem', types: ['oem'], trackerId: ['vin'], protocols: ['mercedes-benz'] },
  bmw: { family: 'oem', types: ['oem'], trackerId: ['vin'], protocols: ['bmw'] },
  targa: { family: 'hardware', types: ['canbus'], trackerId: ['vin', 'imei'], protocols: ['teltonika'] },
  astrata: { family: 'hardware', types: ['obd', 'canbus'], trackerId: ['imei'], protocols: ['astra-telematics', 'teltonika'] },
  cartrack: { family: 'hardware', types: ['canbus'], trackerId: ['vin', 'plate'], protocols: ['teltonika', 'can-frames'] },
  silence: { family: 'oem', types: ['oem'], trackerId: ['imei', 'frame_number'], protocols: ['silence'] },
  stellantis: { family: 'oem', types: ['oem'], trackerId: ['vin'], protocols: ['stellantis'] },
  html5: {
    family: 'browser',
    types: ['oem', 'obd', 'canbus'],
    trackerId: ['free'],
    protocols: ['html5', 'owntracks', 'osmand', 'traccar'],
  },
};

/** What configuration may say of a provider; what it leaves out keeps its default. */
export type ProviderOverrides = Readonly<
  Partial<Record<ProviderName, { [Field in 'types' | 'trackerId' | 'protocols']?: ProviderFacts[Field] | undefined }>>
>;

/** Makes the table with the overrides of a configuration. */
export function providerTable(overrides: ProviderOverrides = {}): ProviderTable {
  const table: Record<ProviderName, ProviderFacts> = { ...DEFAULTS };
  for (const [name, { types, trackerId, protocols }] of Object.entries(overrides) as [ProviderName, Partial<ProviderFacts>][]) {
    const facts = DEFAULTS[name];
    table[name] = {
      ...facts,
      types: types ?? facts.types,
      trackerId: trackerId ?? facts.trackerId,
      protocols: protocols ?? facts.protocols,
    };
  }
  return table;
}
