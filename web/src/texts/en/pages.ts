/** Names of the pages, as the navigation has them. */
export const pages = {
  trackers: 'Trackers',
  register: 'Register',
  bulk: 'Import',
} as const;
