/** OwnTracks' apps for Android and iOS. */
import type { Decoder } from '#protocols/codec';
import { jsonDecoder } from '#protocols/layers/push/decoder';
import type { FieldList } from '#protocols/layers/push/rules';
import { decodeMessage } from './decode.ts';
import { FIELDS } from './fields.ts';

/** What becomes of each member of a message. */
export const OWNTRACKS_FIELDS: readonly FieldList[] = [{ title: 'Members of location and transition', fields: FIELDS }];

/** The app wants a list of messages for itself in answer, and has none to get. It posts an empty body where it has nothing to say. */
export const owntracks: Decoder = jsonDecoder({
  name: 'owntracks',
  version: 1,
  decode: decodeMessage,
  reply: () => new TextEncoder().encode('[]'),
  isEmptyFine: true,
});
