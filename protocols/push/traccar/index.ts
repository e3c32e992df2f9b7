/** A Traccar server that forwards positions and events as JSON. */
import type { Decoder } from '#protocols/codec';
import { jsonDecoder } from '#protocols/layers/push/decoder';
import type { FieldList } from '#protocols/layers/push/rules';
import { decodeForwarded } from './decode.ts';
import { ATTRIBUTES, POSITION } from './fields.ts';

/** What becomes of the members of a position, and of its attributes. */
export const TRACCAR_FIELDS: readonly FieldList[] = [
  { title: 'Members of a position', fields: POSITION },
  { title: 'Attributes', fields: ATTRIBUTES },
];

export const traccar: Decoder = jsonDecoder({ name: 'traccar', version: 1, decode: decodeForwarded });
