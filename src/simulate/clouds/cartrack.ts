import { basicOf, type CloudHandler } from './cloud-server.ts';

/** A vehicle as the Fleet API lists it. */
export interface CartrackVehicle {
  vehicle_id: number;
  registration: string;
  chassis_number: string;
}

export interface CartrackAccount {
  username: string;
  token: string;
  vehicles: readonly CartrackVehicle[];
}

/** Cartrack's Fleet API, as far as vehicles go: `GET /rest/vehicles` with its filters, which match parts and no case. */
export function cartrackCloud(account: CartrackAccount): CloudHandler {
  return (request) => {
    if (request.path !== '/rest/vehicles') return undefined;
    const { username, password } = basicOf(request);
    if (username !== account.username || password !== account.token) {
      return { status: 401, body: { error: { code: 401, message: 'Authentication is required.' } } };
    }
    const matches = (name: keyof CartrackVehicle, vehicle: CartrackVehicle): boolean => {
      const wanted = request.query.get(`filter[${name}]`)?.toUpperCase();
      return wanted === undefined || String(vehicle[name]).toUpperCase().includes(wanted);
    };
    const data = account.vehicles.filter((vehicle) => matches('registration', vehicle) && matches('chassis_number', vehicle));
    return { status: 200, body: { data, meta: { current_page: 1, total: data.length } } };
  };
}
