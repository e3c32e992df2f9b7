/** Every codec of this version. A codec that is not listed here does not exist for the gateway. */
import { canFramesCodec, type DbcProfiles } from './can-frames/index.ts';
import { codecRegistry, type CodecRegistry } from './registry.ts';
import { astraTelematics } from './astra-telematics/index.ts';
import { teltonika } from './teltonika/index.ts';
import { ruptela } from './ruptela/index.ts';

/** The codecs, with the DBC tables of a fleet's vehicle models. */
export function codecsWith(profiles: DbcProfiles): CodecRegistry {
  return codecRegistry([teltonika, astraTelematics, canFramesCodec(profiles), ruptela]);
}

/** The codecs without DBC files. */
export const CODECS = codecsWith(new Map());
