import type { ProviderName } from '#model/tracker';
import type { ProviderAdapter } from './adapter.ts';
import { BMW } from './bmw/adapter.ts';
import { BOXES, BROWSER } from './by-ids.ts';
import { CARTRACK } from './cartrack/adapter.ts';
import { MERCEDES_BENZ } from './mercedes-benz/adapter.ts';
import { SILENCE } from './silence/adapter.ts';
import { STELLANTIS } from './stellantis/adapter.ts';

/** How the trackers of each provider are validated. */
export const ADAPTERS: Readonly<Record<ProviderName, ProviderAdapter>> = {
  'mercedes-benz': MERCEDES_BENZ,
  bmw: BMW,
  targa: BOXES,
  astrata: BOXES,
  cartrack: CARTRACK,
  silence: SILENCE,
  stellantis: STELLANTIS,
  html5: BROWSER,
};
