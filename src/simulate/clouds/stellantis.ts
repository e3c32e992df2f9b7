import { basicOf, type CloudAnswer, type CloudHandler, type CloudRequest } from './cloud-server.ts';

export interface StellantisAccount {
  fleetId: string;
  clientId: string;
  username: string;
  password: string;
  /** Common name that the client's certificate must have; absent where none is asked for. */
  certificateName?: string;
  vehicles: readonly string[];
}

/** A monitor as it was asked for, with the number it got. */
export interface StellantisMonitor {
  monitorId: string;
  target: string;
  asked: unknown;
}

/** Stellantis' B2B Web API 3, as far as the vehicles and monitors of one fleet go. */
export class StellantisCloud {
  readonly #account: StellantisAccount;
  readonly monitors: StellantisMonitor[] = [];
  #made = 0;

  constructor(account: StellantisAccount) {
    this.#account = account;
  }

  readonly handle: CloudHandler = (request) => {
    const [, fleet, what, id] =
      /^\/connectedcar\/v3\/fleets\/([^/]+)\/(vehicles|monitors)(?:\/([^/]+))?$/.exec(request.path) ?? [];
    if (fleet === undefined) return undefined;
    if (!this.#admits(request)) return { status: 401, body: { code: 40_101, message: 'Unauthorized' } };
    if (fleet !== this.#account.fleetId) return { status: 404, body: { code: 40_401, message: 'Fleet not found' } };
    if (what === 'vehicles') return this.#vehicles(request);
    if (id !== undefined) return request.method === 'DELETE' ? this.#end(id) : undefined;
    return request.method === 'POST' ? this.#monitor(request.body) : this.#list();
  };

  #admits(request: CloudRequest): boolean {
    const { username, password } = basicOf(request);
    const { certificateName } = this.#account;
    const isKnown = username === this.#account.username && password === this.#account.password;
    const isClient = request.query.get('client_id') === this.#account.clientId;
    return isKnown && isClient && (certificateName === undefined || request.client === certificateName);
  }

  #vehicles({ query }: CloudRequest): CloudAnswer {
    const prefix = query.get('vinPrefix') ?? '';
    const vehicles = this.#account.vehicles.filter((vin) => vin.startsWith(prefix)).map((vin) => ({ id: `vid-${vin}`, vin }));
    return { status: 200, body: { total: vehicles.length, _embedded: { vehicles } } };
  }

  #monitor(body: unknown): CloudAnswer {
    const { subscribeParam } = body as { subscribeParam?: { callback?: { webhook?: { target?: string } } } };
    const target = subscribeParam?.callback?.webhook?.target;
    if (target === undefined) return { status: 400, body: { code: 40_001, message: 'subscribeParam.callback is missing' } };
    const monitorId = `monitor-${++this.#made}`;
    this.monitors.push({ monitorId, target, asked: body });
    return { status: 202, body: { id: monitorId } };
  }

  #end(id: string): CloudAnswer {
    const at = this.monitors.findIndex(({ monitorId }) => monitorId === id);
    if (at < 0) return { status: 404, body: { code: 40_499, message: 'Monitor not found' } };
    this.monitors.splice(at, 1);
    return { status: 204 };
  }

  #list(): CloudAnswer {
    const monitors = this.monitors.map(({ monitorId, asked }) => ({ id: monitorId, ...(asked as object) }));
    return { status: 200, body: { total: monitors.length, _embedded: { monitors } } };
  }
}
