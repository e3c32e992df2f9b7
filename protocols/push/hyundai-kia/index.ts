/** Hyundai and Kia: what the webhooks of Pleos' Fleet API post. */
import type { Decoder } from '#protocols/codec';
import { jsonDecoder } from '#protocols/layers/push/decoder';
import type { FieldList } from '#protocols/layers/push/rules';
import { decodeBody } from './decode.ts';
import { FIELDS, MESSAGE } from './fields.ts';

/** What becomes of each key, and of the envelope. */
export const HYUNDAI_KIA_FIELDS: readonly FieldList[] = [
  { title: 'Values', fields: FIELDS },
  { title: 'Envelope', fields: MESSAGE },
];

export const hyundaiKia: Decoder = jsonDecoder({ name: 'hyundai-kia', version: 1, decode: decodeBody });
