/** Silence, and SEAT's scooters of the same make: no push of the maker's own is known; pollers and the private server post these. */
import type { Decoder } from '#protocols/codec';
import { jsonDecoder } from '#protocols/layers/push/decoder';
import type { FieldList } from '#protocols/layers/push/rules';
import { decodeBody, readBare } from './decode.ts';
import { SCOOTER, SERVER, TRIP } from './fields.ts';

/** What becomes of the members of a scooter, of a trip, and of the private server's values. */
export const SILENCE_FIELDS: readonly FieldList[] = [
  { title: 'Scooter', fields: SCOOTER },
  { title: 'Trip', fields: TRIP },
  { title: 'Private server', fields: SERVER },
];

export const silence: Decoder = jsonDecoder({ name: 'silence', version: 1, decode: decodeBody, readOther: readBare });
