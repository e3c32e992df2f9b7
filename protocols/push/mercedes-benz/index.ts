/** Mercedes-Benz: the messages of the push API, as its Kafka topic carries them. */
import type { Decoder } from '#protocols/codec';
import { jsonDecoder } from '#protocols/layers/push/decoder';
import type { FieldList } from '#protocols/layers/push/rules';
import { decodeMessage } from './decode.ts';
import { MESSAGE, STATEMENTS } from './envelope.ts';
import { SIGNALS } from './fields.ts';

/** What becomes of signals, of other statements, and of the envelope. */
export const MERCEDES_BENZ_FIELDS: readonly FieldList[] = [
  { title: 'Signals', fields: SIGNALS },
  { title: 'Trips, registrations, services', fields: STATEMENTS },
  { title: 'Envelope', fields: MESSAGE },
];

export const mercedesBenz: Decoder = jsonDecoder({ name: 'mercedes-benz', version: 1, decode: decodeMessage });
