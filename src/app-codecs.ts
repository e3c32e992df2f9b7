import { codecsWith } from '#protocols/all';
import type { CodecRegistry } from '#protocols/registry';
import type { Config } from './config/schema.ts';
import { loadDbcProfiles } from './dbc/load.ts';

/** The codecs of a configuration, with the DBC tables of its vehicle models. Throws `config_invalid` where a file is of no use. */
export function codecsOf({ dbc }: Config): CodecRegistry {
  return codecsWith(
    loadDbcProfiles(Object.fromEntries(Object.entries(dbc).map(([profile, { mapping }]) => [profile, mapping]))),
  );
}
