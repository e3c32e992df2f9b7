/** BMW CarData: what the customer stream publishes and its REST interface answers. */
import type { Decoder } from '#protocols/codec';
import { jsonDecoder } from '#protocols/layers/push/decoder';
import type { FieldList } from '#protocols/layers/push/rules';
import { decodeMessage } from './decode.ts';
import { FIELDS } from './fields.ts';

/** What becomes of each descriptor. */
export const BMW_FIELDS: readonly FieldList[] = [{ title: 'CarData descriptors', fields: FIELDS }];

export const bmw: Decoder = jsonDecoder({ name: 'bmw', version: 1, decode: decodeMessage });
