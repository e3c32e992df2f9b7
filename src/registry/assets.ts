/** Registers an asset together with its tracker: more is said of it, and the tracker is the same. */
import type { JsonObject } from '#model/json';
import { checkRequest, type TrackerRequest } from '../providers/rules.ts';
import { assetProblems, type AssetFacts } from '../providers/assets.ts';
import type { ProviderTable } from '../providers/table.ts';
import { trackerInvalid } from '../store/refusals.ts';
import { providerCalled, type Credentials } from './credentials.ts';
import type { CompanyTrackers, TrackerDetail } from './trackers.ts';

/** An asset as it is asked to be registered. */
export interface NewAsset extends AssetFacts {
  id: string;
  type: string;
  packages: readonly string[];
  model_year: number;
  license_plate?: string | undefined;
  tank_size?: number | undefined;
  color?: string | undefined;
}

export class Assets {
  readonly #trackers: CompanyTrackers;
  readonly #credentials: Credentials;
  readonly #providers: ProviderTable;

  constructor(trackers: CompanyTrackers, credentials: Credentials, providers: ProviderTable) {
    this.#trackers = trackers;
    this.#credentials = credentials;
    this.#providers = providers;
  }

  /** Fails as the registration of a tracker and of credentials do, with all broken rules at once. */
  async register(companyId: string, asset: NewAsset, oid?: string): Promise<TrackerDetail> {
    const provider = providerCalled(asset.provider);
    const request = requestOf(asset);
    const problems = [...assetProblems(asset), ...(checkRequest(this.#providers, request).problems ?? [])];
    if (problems.length > 0) throw trackerInvalid(problems);
    const { credentials: values } = asset;
    if (values !== undefined) await this.#credentials.ensure(companyId, { provider, values });
    return this.#trackers.register(companyId, { ...request, odoKm: asset.odo_value ?? null }, oid);
  }
}

/** What is said of the asset besides becomes metadata of the tracker. */
function requestOf(asset: NewAsset): TrackerRequest {
  const { provider, id, type, odo_value: _odometer, credentials: _secret, ...said } = asset;
  const known = Object.entries({ vin: id, ...said }).filter(([, value]) => value !== undefined);
  return { trackerId: id, provider, type: type.toLowerCase(), objectId: Object.fromEntries(known) as JsonObject };
}
