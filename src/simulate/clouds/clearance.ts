import { bearerOf, type CloudHandler } from './cloud-server.ts';

/** What the fleet clearance API says of a vehicle. */
export type ClearanceStatus = 'pending' | 'approved' | 'rejected' | 'revoking' | 'revoked' | 'canceling' | 'canceled' | 'error';

interface Vehicle {
  vin: string;
  brand: string;
  status: ClearanceStatus;
  description?: string;
}

/** High Mobility's Fleet Clearance API, as far as BMW needs it, with owners that answer when they are told to. */
export class ClearanceCloud {
  readonly #token: string;
  readonly #vehicles = new Map<string, Vehicle>();
  /** What owners answer at once; nothing if not given. */
  #answer: ((vin: string) => ClearanceStatus) | null = null;

  constructor(token: string) {
    this.#token = token;
  }

  /** Has every owner answer the next request so, as soon as it is looked at. */
  answerAll(status: ClearanceStatus): void {
    this.#answer = () => status;
  }

  /** The owner of a vehicle decides. */
  decide(vin: string, status: ClearanceStatus, description?: string): void {
    const vehicle = this.#vehicles.get(vin);
    if (vehicle === undefined) throw new Error(`no clearance was requested for ${vin}`);
    this.#vehicles.set(vin, { ...vehicle, status, ...(description === undefined ? {} : { description }) });
  }

  /** How a vehicle stands; `undefined` where no clearance was requested. */
  statusOf(vin: string): ClearanceStatus | undefined {
    return this.#vehicles.get(vin)?.status;
  }

  /** VINs for which a clearance was requested. */
  get requested(): readonly string[] {
    return [...this.#vehicles.keys()];
  }

  readonly handle: CloudHandler = (request) => {
    const [, vin] = /^\/v1\/fleets\/vehicles(?:\/([^/]+))?$/.exec(request.path) ?? [null];
    if (request.path !== '/v1/fleets/vehicles' && vin === undefined) return undefined;
    if (bearerOf(request) !== this.#token) {
      return { status: 401, body: { errors: [{ title: 'Unauthorized', detail: 'Missing or invalid authorization header' }] } };
    }
    if (request.method === 'POST') return this.#register(request.body);
    if (vin === undefined || vin === null) return { status: 200, body: [...this.#vehicles.values()] };
    const vehicle = this.#vehicles.get(vin);
    if (vehicle === undefined)
      return { status: 404, body: { errors: [{ title: 'Not found', detail: 'Given resource not found' }] } };
    if (request.method === 'DELETE') {
      vehicle.status = vehicle.status === 'approved' ? 'revoking' : 'canceling';
      return { status: 200, body: { vin, status: vehicle.status } };
    }
    if (vehicle.status === 'pending' && this.#answer !== null) vehicle.status = this.#answer(vehicle.vin);
    const { status, brand, description } = vehicle;
    return { status: 200, body: { vin, status, brand, changelog: [], ...(description === undefined ? {} : { description }) } };
  };

  #register(body: unknown): ReturnType<CloudHandler> {
    const { vehicles } = body as { vehicles?: { vin: string; brand: string }[] };
    if (vehicles === undefined || vehicles.some(({ vin }) => vin.length !== 17)) {
      return { status: 422, body: { errors: [{ title: 'Invalid input', source: 'vehicles', detail: 'vin is invalid' }] } };
    }
    for (const { vin, brand } of vehicles) {
      const known = this.#vehicles.get(vin);
      if (known?.status === 'pending' || known?.status === 'approved') continue;
      this.#vehicles.set(vin, { vin, brand, status: 'pending' });
    }
    return { status: 200, body: { vehicles: vehicles.map(({ vin }) => ({ vin, status: this.#vehicles.get(vin)?.status })) } };
  }
}
