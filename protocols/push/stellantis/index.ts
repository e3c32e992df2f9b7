/** Stellantis: the callbacks of the ex-PSA interface, and Mobilisights' car states as the dialect `mobilisights`. */
import type { Decoder } from '#protocols/codec';
import { jsonDecoder } from '#protocols/layers/push/decoder';
import type { FieldList } from '#protocols/layers/push/rules';
import { decodeBody } from './decode.ts';
import { ENVELOPE } from './envelope.ts';
import { FIELDS } from './fields.ts';
import { CAR_STATE } from './mobilisights-fields.ts';

/** What becomes of the members of events, of a car state, and of what is around them. */
export const STELLANTIS_FIELDS: readonly FieldList[] = [
  { title: 'Callbacks', fields: FIELDS },
  { title: 'Mobilisights', fields: CAR_STATE },
  { title: 'Envelope', fields: ENVELOPE },
];

export const stellantis: Decoder = jsonDecoder({ name: 'stellantis', version: 1, decode: decodeBody });
