/** Traccar Client, and apps that report as OsmAnd's live tracking does. */
import type { Decoder } from '#protocols/codec';
import { jsonDecoder } from '#protocols/layers/push/decoder';
import type { FieldList } from '#protocols/layers/push/rules';
import { decodeReport, readQuery } from './decode.ts';
import { JSON_FIELDS, QUERY_FIELDS } from './fields.ts';

/** What becomes of the members of the JSON form, and of the parameters of the query form. */
export const OSMAND_FIELDS: readonly FieldList[] = [
  { title: 'JSON form', fields: JSON_FIELDS },
  { title: 'Query form', fields: QUERY_FIELDS },
];

export const osmand: Decoder = jsonDecoder({ name: 'osmand', version: 1, decode: decodeReport, readOther: readQuery });
