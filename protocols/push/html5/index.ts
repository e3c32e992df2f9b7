/** The tracker page of the gateway, and any other page that posts fixes as it does. */
import type { Decoder } from '#protocols/codec';
import { jsonDecoder } from '#protocols/layers/push/decoder';
import type { FieldList } from '#protocols/layers/push/rules';
import { answerOf, decodeBody } from './decode.ts';
import { FIELDS } from './fields.ts';

/** What becomes of each member of a fix. */
export const HTML5_FIELDS: readonly FieldList[] = [{ title: 'Fixes', fields: FIELDS }];

export const html5: Decoder = jsonDecoder({ name: 'html5', version: 1, decode: decodeBody, reply: answerOf });
