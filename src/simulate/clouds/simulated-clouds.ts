/** All clouds on one port, each below a path of its own. */
import { SIMULATED_ACCOUNTS, type CloudName } from './accounts.ts';
import { cartrackCloud } from './cartrack.ts';
import { ClearanceCloud } from './clearance.ts';
import { CloudServer, type CloudHandler } from './cloud-server.ts';
import { MercedesBenzCloud } from './mercedes-benz.ts';
import { silenceCloud } from './silence.ts';
import { StellantisCloud } from './stellantis.ts';

/** Vehicles the account at Cartrack has besides the one that is driven. */
const CHASSIS_NUMBER = 'VSSZZZKJZPR001002';

/** Starts them: owners approve what they are asked, and services become active. */
export function startClouds(port: number): Promise<CloudServer> {
  const clouds = Object.entries(handlers()) as [CloudName, CloudHandler][];
  return CloudServer.start(
    (request) => {
      const [, name = '', path = ''] = /^\/([^/]+)(\/.*)$/.exec(request.path) ?? [];
      const cloud = clouds.find(([each]) => each === name);
      return cloud?.[1]({ ...request, path });
    },
    { port },
  );
}

function handlers(): Record<CloudName, CloudHandler> {
  const { bmw, cartrack, silence, stellantis, 'mercedes-benz': mercedes } = SIMULATED_ACCOUNTS;
  const clearance = new ClearanceCloud(bmw.credentials.token);
  clearance.answerAll('approved');
  const { client_id: clientId, client_secret: clientSecret } = mercedes.credentials;
  const { fleet_id: fleetId, client_id: fleetClient, username, password } = stellantis.credentials;
  const vehicles = [{ vehicle_id: 1, registration: cartrack.vehicle, chassis_number: CHASSIS_NUMBER }];
  return {
    'mercedes-benz': new MercedesBenzCloud({ clientId, clientSecret, vehicles: [mercedes.vehicle] }).handle,
    bmw: clearance.handle,
    cartrack: cartrackCloud({ ...cartrack.credentials, vehicles }),
    silence: silenceCloud({
      ...silence.credentials,
      scooters: [{ imei: silence.vehicle, frameNo: 'VXS00000000000042' }],
    }),
    stellantis: new StellantisCloud({ fleetId, clientId: fleetClient, username, password, vehicles: [stellantis.vehicle] })
      .handle,
  };
}

/** Base address of each cloud's API. */
export function cloudUrls(base: string): Readonly<Record<CloudName, string>> {
  return {
    'mercedes-benz': `${base}/mercedes-benz/api`,
    bmw: `${base}/bmw`,
    cartrack: `${base}/cartrack/rest`,
    silence: `${base}/silence/api/v1`,
    stellantis: `${base}/stellantis/connectedcar/v3`,
  };
}

/** Settings of a gateway that validates with these clouds, and is pushed to by them at an address of its own. */
export function cloudSettings(base: string, api: string): object {
  const urls = cloudUrls(base);
  // Real ones take days; nobody waits for these.
  const pollMs = 500;
  const clouds = (['bmw', 'cartrack', 'silence', 'stellantis'] as const).map((name) => [name, { url: urls[name], pollMs }]);
  const mercedes = { url: urls['mercedes-benz'], tokenUrl: `${base}/mercedes-benz/v1/token`, pollMs };
  const providers = Object.fromEntries([['mercedes-benz', mercedes], ...clouds].map(([name, cloud]) => [name, { api: cloud }]));
  return { providers, validation: { publicUrl: api } };
}

/** Asks the simulated Stellantis where its monitors post to; `null` where nobody has subscribed. */
export async function monitorTarget(base: string): Promise<string | null> {
  const { fleet_id: fleet, client_id: client, username, password } = SIMULATED_ACCOUNTS.stellantis.credentials;
  const url = `${cloudUrls(base).stellantis}/fleets/${fleet}/monitors?client_id=${client}`;
  const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
  const response = await fetch(url, { headers: { authorization } });
  const { _embedded: list } = (await response.json()) as {
    _embedded?: { monitors: { subscribeParam: { callback: { webhook: { target: string } } } }[] };
  };
  return list?.monitors.at(-1)?.subscribeParam.callback.webhook.target ?? null;
}
