/** Anybody who can post CloudEvents: the generic way in. */
import type { Decoder } from '#protocols/codec';
import { jsonDecoder } from '#protocols/layers/push/decoder';
import type { FieldList } from '#protocols/layers/push/rules';
import { decodeEvent } from './decode.ts';
import { ENVELOPE, POSITION } from './fields.ts';

/** What becomes of position and envelope. Signals have the keys of the catalogue. */
export const CLOUDEVENTS_FIELDS: readonly FieldList[] = [
  { title: 'Position', fields: POSITION },
  { title: 'Envelope', fields: ENVELOPE },
];

export const cloudevents: Decoder = jsonDecoder({ name: 'cloudevents', version: 1, decode: decodeEvent });
