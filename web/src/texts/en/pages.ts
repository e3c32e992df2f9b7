/** Names of the pages, as the navigation has them. */
export const pages = {
  trackers: 'Trackers',
  tracker: 'Tracker',
  frames: 'Frames',
  register: 'Register',
  bulk: 'Import',
  gateway: 'Gateway',
  quarantine: 'Quarantine',
  keys: 'Keys',
  webhooks: 'Webhooks',
} as const;
