export const trackers = {
  title: 'Trackers',
  categories: { connected: 'Connected', pending: 'Pending', error: 'Errors', disconnected: 'Disconnected' },
  all: 'All',
  search: 'Search',
  searchHint: 'Id, plate, make, model or other metadata',
  empty: 'No tracker is like that.',
  none: { title: 'No trackers yet', says: 'Register the first one, or import a list.', register: 'Register a tracker' },
  columns: { tracker: 'Tracker', vehicle: 'Vehicle', provider: 'Provider', status: 'Status', since: 'Since' },
} as const;
