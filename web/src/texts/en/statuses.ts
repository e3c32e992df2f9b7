/** Statuses of trackers: in a word, and what to do. */
export const statuses = {
  pending: 'Registered',
  wrong_tracker_id: 'Wrong id',
  pending_validation: 'Being validated',
  pending_for_data: 'Waits for data',
  connected: 'Connected',
  disconnected: 'Disconnected',
  error_validating: 'Not validated',
  error_data: 'Unusable data',
  error_credentials: 'Account refused',
  error_capability: 'Not capable',
  error_rejected: 'Owner refused',
  error_revoke: 'Consent revoked',
  error_access: 'No access',
} as const;

export const providers = {
  'mercedes-benz': 'Mercedes-Benz',
  bmw: 'BMW / MINI',
  targa: 'Targa',
  astrata: 'Astrata',
  cartrack: 'Cartrack',
  silence: 'Silence',
  stellantis: 'Stellantis',
  html5: "Driver's phone",
} as const;

export const connectionTypes = { oem: 'Built in', obd: 'OBD dongle', canbus: 'CAN-bus box' } as const;

export const vehicleTypes = { car: 'Car', van: 'Van', bike: 'Motorbike', kickscooter: 'Kick scooter', truck: 'Truck' } as const;
