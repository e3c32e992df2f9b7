import type { components } from '../../api/client.ts';

/** Where a tracker stands, and why. */
export type Why = components['schemas']['Why'];
