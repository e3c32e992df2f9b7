/** What the simulated clouds know: accounts and vehicles that are made up, and the same at each start, so that a page can name them. */

export const SIMULATED_ACCOUNTS = {
  'mercedes-benz': { credentials: { client_id: 'simulated', client_secret: 'simulated-secret' }, vehicle: 'W1KZF8DB0MA000042' },
  bmw: { credentials: { token: 'simulated-token' }, vehicle: 'WBA8E1100K0000042' },
  // The plate of the CAN-bus box that `odograph simulate` drives.
  cartrack: { credentials: { username: 'SIMU00001', token: 'simulated-token' }, vehicle: '1002KLM' },
  silence: { credentials: { token: 'simulated-token' }, vehicle: '001010010000428' },
  stellantis: {
    credentials: { fleet_id: 'simulated-fleet', client_id: 'simulated', username: 'MZP000042', password: 'simulated-secret' },
    vehicle: 'VF3LCYHZPJS000042',
  },
} as const;

/** Providers whose cloud is simulated. */
export type CloudName = keyof typeof SIMULATED_ACCOUNTS;
