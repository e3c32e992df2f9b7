import { bearerOf, type CloudHandler } from './cloud-server.ts';

export interface SilenceAccount {
  token: string;
  scooters: readonly { imei: string; frameNo: string }[];
}

/** What the app of Silence asks, as far as the list of an owner's scooters goes. */
export function silenceCloud({ token, scooters }: SilenceAccount): CloudHandler {
  return (request) => {
    if (request.path !== '/api/v1/me/scooters') return undefined;
    if (bearerOf(request) !== token) return { status: 401, body: { message: 'Unauthorized' } };
    return {
      status: 200,
      body: scooters.map(({ imei, frameNo }, i) => ({ id: `scooter-${i + 1}`, model: 'S01', imei, frameNo })),
    };
  };
}
