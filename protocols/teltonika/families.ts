/** The device families: which tables read the elements of a record. A family is what the gateway calls a dialect. */
import { FMB_EVENT_TABLE, type EventTable } from './events.ts';
import { FMB_ROWS } from './io-fmb.ts';
import { ioTable, type IoTable } from './io-table.ts';

export interface Family {
  readonly name: string;
  readonly table: IoTable;
  readonly events: EventTable;
}

/** FMB, FMC, FMM, FMU: the family of a device that has not said otherwise. */
export const FMB: Family = { name: 'fmb', table: ioTable(FMB_ROWS), events: FMB_EVENT_TABLE };

const FAMILIES: ReadonlyMap<string, Family> = new Map([[FMB.name, FMB]]);

/** The family a dialect names; the default one where it names none of ours. */
export function familyOf(dialect: string | null): Family {
  return (dialect === null ? undefined : FAMILIES.get(dialect)) ?? FMB;
}
