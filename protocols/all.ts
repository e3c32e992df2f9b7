/** Every codec and decoder of this version. One that is not listed here does not exist for the gateway. */
import { canFramesCodec, type DbcProfiles } from './can-frames/index.ts';
import { codecRegistry, registryOf, type CodecRegistry, type DecoderRegistry } from './registry.ts';
import { astraTelematics } from './astra-telematics/index.ts';
import { teltonika } from './teltonika/index.ts';
import { ruptela } from './ruptela/index.ts';
import { bmw, BMW_FIELDS } from './push/bmw/index.ts';
import { mercedesBenz, MERCEDES_BENZ_FIELDS } from './push/mercedes-benz/index.ts';
import { cloudevents, CLOUDEVENTS_FIELDS } from './push/cloudevents/index.ts';
import { html5, HTML5_FIELDS } from './push/html5/index.ts';
import { hyundaiKia, HYUNDAI_KIA_FIELDS } from './push/hyundai-kia/index.ts';
import { osmand, OSMAND_FIELDS } from './push/osmand/index.ts';
import { owntracks, OWNTRACKS_FIELDS } from './push/owntracks/index.ts';
import { silence, SILENCE_FIELDS } from './push/silence/index.ts';
import { traccar, TRACCAR_FIELDS } from './push/traccar/index.ts';
import { stellantis, STELLANTIS_FIELDS } from './push/stellantis/index.ts';
import type { FieldList } from './layers/push/rules.ts';

/** Decoders of what clouds push: each frame is one whole message of its transport. @public */
export const PUSH_DECODERS: DecoderRegistry = registryOf([
  stellantis,
  bmw,
  mercedesBenz,
  hyundaiKia,
  silence,
  html5,
  cloudevents,
  owntracks,
  osmand,
  traccar,
]);

/** What becomes of the fields of each push decoder, for the pages and for the tests that hold them against the makers' catalogues. */
export const PUSH_FIELDS: ReadonlyMap<string, readonly FieldList[]> = new Map([
  ['stellantis', STELLANTIS_FIELDS],
  ['bmw', BMW_FIELDS],
  ['mercedes-benz', MERCEDES_BENZ_FIELDS],
  ['hyundai-kia', HYUNDAI_KIA_FIELDS],
  ['silence', SILENCE_FIELDS],
  ['html5', HTML5_FIELDS],
  ['cloudevents', CLOUDEVENTS_FIELDS],
  ['owntracks', OWNTRACKS_FIELDS],
  ['osmand', OSMAND_FIELDS],
  ['traccar', TRACCAR_FIELDS],
]);

/** The codecs, with the DBC tables of a fleet's vehicle models. */
export function codecsWith(profiles: DbcProfiles): CodecRegistry {
  return codecRegistry([teltonika, astraTelematics, canFramesCodec(profiles), ruptela]);
}

/** All that can decode a frame that was kept: the codecs, and the decoders of what clouds push. */
export function decodersOf(codecs: CodecRegistry): DecoderRegistry {
  return registryOf([...codecs.values(), ...PUSH_DECODERS.values()]);
}

/** The codecs without DBC files. */
export const CODECS = codecsWith(new Map());
