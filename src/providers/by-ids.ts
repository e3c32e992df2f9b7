/** Providers whose trackers are known by their ids alone: boxes that talk to us, and our own page. */
import type { ProviderAdapter } from './adapter.ts';

/** A box proves itself by its data: what can be checked before is that its id is one. The registration has done that. */
export const BOXES: ProviderAdapter = {
  credentialFields: null,
  validate: async ({ tracker: { provider, trackerId } }) => ({
    kind: 'validated',
    cause: `"${trackerId}" is right as an id of ${provider}; its data is the proof`,
  }),
};

/** The page of a browser posts its own fixes, under the link that was made for it. */
export const BROWSER: ProviderAdapter = {
  credentialFields: null,
  validate: async ({ tracker: { trackerId } }) => ({
    kind: 'validated',
    cause: `the page of "${trackerId}" posts its own fixes: there is nobody else to ask`,
  }),
};
