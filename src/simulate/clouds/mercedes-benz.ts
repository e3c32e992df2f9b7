import { basicOf, bearerOf, type CloudAnswer, type CloudHandler, type CloudRequest } from './cloud-server.ts';

/** State of a service in a vehicle. */
export type ServiceState = 'INACTIVE' | 'ACTIVATION_PENDING' | 'ACTIVE' | 'ACTIVATION_FAILED' | 'NOT_AVAILABLE';

export interface MercedesBenzAccount {
  clientId: string;
  clientSecret: string;
  /** Vehicles the maker knows. */
  vehicles: readonly string[];
  /** Vehicles that this account may not have. */
  withheld?: readonly string[];
}

const TOKEN = 'stand-in-token';
const BLANK = { instance: 'about:blank', statusCode: 0 };

/** Mercedes-Benz' token service and Vehicle Management API v1, as far as a vehicle and its services go. */
export class MercedesBenzCloud {
  readonly #account: MercedesBenzAccount;
  readonly #owned = new Map<string, Map<string, ServiceState>>();
  /** What a service becomes when it is looked at for the first time after its order. */
  activation: ServiceState = 'ACTIVE';

  constructor(account: MercedesBenzAccount) {
    this.#account = account;
  }

  /** Changes the state of a service of a vehicle. */
  set(vin: string, serviceId: string, state: ServiceState): void {
    this.#owned.get(vin)?.set(serviceId, state);
  }

  /** How a service of a vehicle stands; `undefined` where it was not ordered. */
  stateOf(vin: string, serviceId: string): ServiceState | undefined {
    return this.#owned.get(vin)?.get(serviceId);
  }

  /** Takes a vehicle from the account. */
  withdraw(vin: string): void {
    this.#owned.delete(vin);
  }

  readonly handle: CloudHandler = (request) => {
    if (request.path === '/v1/token') return this.#token(request);
    if (!request.path.startsWith('/api/')) return undefined;
    if (bearerOf(request) !== TOKEN) return { status: 401 };
    if (request.method === 'POST' && request.path === '/api/v1/accounts/vehicles') return this.#add(request.body);
    if (request.method === 'POST' && request.path === '/api/v2/accounts/vehicles/services') return this.#order(request.body);
    const [, vin] = /^\/api\/v2\/accounts\/vehicles\/([^/]+)\/services$/.exec(request.path) ?? [];
    return vin === undefined ? undefined : this.#states(vin);
  };

  #token(request: CloudRequest): CloudAnswer {
    const { username, password } = basicOf(request);
    const { grant_type: grant } = request.body as { grant_type?: string };
    if (username !== this.#account.clientId || password !== this.#account.clientSecret || grant !== 'client_credentials') {
      return { status: 401, body: { error: 'invalid_client', error_description: 'Invalid client credentials' } };
    }
    return { status: 200, body: { access_token: TOKEN, token_type: 'bearer', expires_in: 3_599 } };
  }

  #add(body: unknown): CloudAnswer {
    for (const { vin } of body as { vin: string }[]) {
      if (this.#account.withheld?.includes(vin) === true) {
        return {
          status: 403,
          body: { ...BLANK, title: 'Blacklisted vehicle(s) request', detail: 'Request contains blacklisted vehicle(s)' },
        };
      }
      if (!this.#account.vehicles.includes(vin)) {
        const validationErrors = [{ field: 'vin', message: 'VIN is not a valid VIN', rejectedValue: vin }];
        return { status: 400, body: { ...BLANK, title: 'Bad request', detail: 'Argument is invalid', validationErrors } };
      }
      if (!this.#owned.has(vin)) this.#owned.set(vin, new Map());
    }
    return { status: 201 };
  }

  #order(body: unknown): CloudAnswer {
    for (const { vin, services } of body as { vin: string; services: { serviceId: string; desiredStatus: string }[] }[]) {
      const states = this.#owned.get(vin);
      if (states === undefined) return NOT_OWNED;
      for (const { serviceId, desiredStatus } of services) {
        if (desiredStatus === 'INACTIVE') states.set(serviceId, 'INACTIVE');
        else if (states.get(serviceId) !== 'ACTIVE') states.set(serviceId, 'ACTIVATION_PENDING');
      }
    }
    return { status: 202 };
  }

  #states(vin: string): CloudAnswer {
    const states = this.#owned.get(vin);
    if (states === undefined) return NOT_OWNED;
    const services = [...states].map(([serviceId, status]) => ({ serviceId, status, orderTime: 0 }));
    for (const [serviceId, status] of states) if (status === 'ACTIVATION_PENDING') states.set(serviceId, this.activation);
    return { status: 200, body: { vin, deltaPush: false, services } };
  }
}

const NOT_OWNED: CloudAnswer = {
  status: 404,
  body: { ...BLANK, title: 'Vehicle not found', detail: 'Vehicle(s) do not exist or are not in your ownership' },
};
