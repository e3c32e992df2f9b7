/**
 * The device families: which tables read the elements of a record. A family is what the gateway calls a dialect. A device
 * shows its own where it answers a command with its hardware; Codec 16 is spoken by one family only.
 */
import { FMB6_EVENT_TABLE, FMB_EVENT_TABLE, FT_EVENT_TABLE, type EventTable } from './events.ts';
import { FM_OBD_ROWS, FMB_ROWS, FT_COMMON_ROWS } from './io-fmb.ts';
import { FMB6_JOINS, FMB6_ROWS } from './io-fmb6.ts';
import { FT_ROWS } from './io-ft.ts';
import { OBD_DONGLE_ROWS } from './io-obd.ts';
import { ioTable, type IoTable } from './io-table.ts';
import type { Join } from './parts.ts';

export interface Family {
  /** The dialect's name in configuration, rows and sessions. */
  readonly name: string;
  /** The vendor's page about its elements. */
  readonly source: string;
  readonly table: IoTable;
  readonly events: EventTable;
  /** Texts cut into several elements. */
  readonly joins: readonly Join[];
}

/** FMB, FMC, FMM, FMU: the family of a device that has not said otherwise. */
const FMB: Family = {
  name: 'fmb',
  source: 'FMB120 Data Sending Parameters ID',
  table: ioTable(FMB_ROWS),
  events: FMB_EVENT_TABLE,
  joins: [],
};
/** FMB001, FMB003 and their sisters, in the OBD socket. */
const FM_OBD: Family = {
  name: 'fm-obd',
  source: 'FMB001 Data Sending Parameters ID',
  table: ioTable(FM_OBD_ROWS, OBD_DONGLE_ROWS),
  events: FMB_EVENT_TABLE,
  joins: [],
};
/** FMB630 to FMC650, for lorries. */
const FMB6: Family = {
  name: 'fmb6',
  source: 'FMB640 Data Sending Parameters ID',
  table: ioTable(FMB6_ROWS),
  events: FMB6_EVENT_TABLE,
  joins: FMB6_JOINS,
};
/** The FT platform. */
const FT: Family = {
  name: 'ft',
  source: 'FTX Data Sending Parameters ID',
  table: ioTable(FT_COMMON_ROWS, FT_ROWS),
  events: FT_EVENT_TABLE,
  joins: [],
};

export const FAMILIES: readonly Family[] = [FMB, FM_OBD, FMB6, FT];

const BY_NAME: ReadonlyMap<string, Family> = new Map(FAMILIES.map((family) => [family.name, family]));

const CODEC_16 = 0x10;

/** The family of a record: what the session knows, else what the codec betrays, else the common one. */
export function familyOf(dialect: string | null, codec: number): Family {
  const known = dialect === null ? undefined : BY_NAME.get(dialect);
  return known ?? (codec === CODEC_16 ? FMB6 : FMB);
}

/** Models by their names, most special first. */
const MODELS: readonly (readonly [RegExp, Family])[] = [
  [/^FM[BCMU]0(?:0[013A]|10|20)/, FM_OBD],
  [/^FM[BCM]?6[3-5]/, FMB6],
  [/^[FA]T[CM]/, FT],
  [/^FM[BCMUPT]/, FMB],
];

/** The dialect of the hardware a device names in its answer to `getver`, or `null` where it names none that is known. */
export function dialectOfAnswer(text: string): string | null {
  const model = /\bHw:\s*([A-Z0-9]+)/i.exec(text)?.[1];
  if (model === undefined) return null;
  return MODELS.find(([pattern]) => pattern.test(model.toUpperCase()))?.[1].name ?? null;
}
