/** Makes registrations of the lines of a file, each with all that is wrong with it. Pure. */
import { CONNECTION_TYPES, VEHICLE_TYPES } from '#model/tracker';
import { identKey } from '#model/tracker';
import type { components } from '../../api/client.ts';
import { texts } from '../../texts/index.ts';
import { kilometres } from '../register/draft.ts';
import { checkId, type Provider } from '../register/id-check.ts';
import { readCsv } from './csv.ts';

export type Registration = components['schemas']['TrackerRegistrationInput'];

/** A line of the file. */
export interface ImportRow {
  line: number;
  body: Registration;
  /** What is wrong with it; it is left out then. */
  problems: readonly string[];
}

/** What a file holds, or why nothing can be made of it. */
export type ImportFile = { rows: readonly ImportRow[]; problem: null } | { rows: readonly []; problem: string };

export const NEEDED = ['provider', 'tracker_id'] as const;
export const KNOWN = [
  'type',
  'foreign_tracker_id',
  'vehicle_type',
  'license_plate',
  'make',
  'model',
  'vin',
  'serial_number',
  'odo_value',
] as const;

/** Columns that are no metadata. */
const FIELDS = new Set<string>(['provider', 'tracker_id', 'type', 'foreign_tracker_id', 'vehicle_type', 'odo_value']);

/** Other words for columns that people write. */
const ALIASES: Readonly<Record<string, string>> = {
  plate: 'license_plate',
  licence_plate: 'license_plate',
  imei: 'foreign_tracker_id',
  odometer: 'odo_value',
  connection: 'type',
  id: 'tracker_id',
};

export function readFile(text: string, providers: readonly Provider[]): ImportFile {
  const words = texts.bulk.problems;
  const reading = readCsv(text);
  if ('unclosedLine' in reading) return { rows: [], problem: words.unclosed(reading.unclosedLine) };
  const [heading, ...lines] = reading.lines;
  const columns = (heading?.cells ?? []).map(columnOf);
  const missing = NEEDED.filter((column) => !columns.includes(column));
  if (missing.length > 0) return { rows: [], problem: words.missing(missing.join(', ')) };
  if (lines.length === 0) return { rows: [], problem: words.empty };
  const seen = new Map<string, number>();
  const rows = lines.map(({ line, cells }) => {
    const row = rowOf(line, columns, cells, providers);
    const key = `${row.body.provider} ${identKey(row.body.tracker_id)}`;
    const before = seen.get(key);
    if (before === undefined) seen.set(key, line);
    return before === undefined ? row : { ...row, problems: [...row.problems, words.twice(before)] };
  });
  return { rows, problem: null };
}

function columnOf(name: string): string {
  const plain = name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '_');
  return ALIASES[plain] ?? (FIELDS.has(plain) || KNOWN.some((known) => known === plain) ? plain : name.trim());
}

function rowOf(line: number, columns: readonly string[], cells: readonly string[], providers: readonly Provider[]): ImportRow {
  const words = texts.bulk.problems;
  const cell = (column: string) => cells[columns.indexOf(column)] ?? '';
  const problems: string[] = [];
  if (cells.length > columns.length) problems.push(words.cells(cells.length, columns.length));
  const named = cell('provider').toLowerCase();
  const provider = providers.find(({ name }) => name === named);
  if (provider === undefined) problems.push(words.provider(cell('provider')));
  else problems.push(...providerProblems(provider, cell));
  const vehicleType = VEHICLE_TYPES.find((each) => each === cell('vehicle_type').toLowerCase());
  if (cell('vehicle_type') !== '' && vehicleType === undefined) problems.push(words.vehicleType(cell('vehicle_type')));
  const type = CONNECTION_TYPES.find((each) => each === cell('type').toLowerCase()) ?? provider?.types[0] ?? 'oem';
  const odometer = kilometres(cell('odo_value'));
  const said = columns.map((column, i) => [column, cells[i] ?? ''] as const);
  const body: Registration = {
    provider: provider?.name ?? (named as Provider['name']),
    tracker_id: cell('tracker_id'),
    type,
    ...(vehicleType === undefined ? {} : { vehicle_type: vehicleType }),
    ...(cell('foreign_tracker_id') === '' ? {} : { foreign_tracker_id: cell('foreign_tracker_id') }),
    ...(odometer === null ? {} : { odo_value: odometer }),
    object_id: Object.fromEntries(said.filter(([column, value]) => column !== '' && value !== '' && !FIELDS.has(column))),
  };
  return { line, body, problems };
}

function providerProblems(provider: Provider, cell: (column: string) => string): string[] {
  const words = texts.bulk.problems;
  const problems: string[] = [];
  const id = checkId(provider.tracker_id, cell('tracker_id'));
  if (id.state === 'empty') problems.push(texts.register.required);
  else if (id.state !== 'good') problems.push(id.problem);
  const type = cell('type').toLowerCase();
  if (type !== '' && !provider.types.some((each) => each === type))
    problems.push(words.type(cell('type'), provider.types.join(', ')));
  const odometer = cell('odo_value');
  if (odometer !== '' && kilometres(odometer) === null) problems.push(words.odometer(odometer));
  if (odometer === '' && provider.odometer) problems.push(words.odometerNeeded);
  return problems;
}

/**
 * A key under which the registration of a line can be repeated: the same line gives the same one, so that whoever starts a file again is
 * answered as before. A day long, as the gateway keeps it; after that the tracker is there, which is as good.
 */
export async function repeatKey(companyOid: string, body: Registration): Promise<string> {
  const bytes = new TextEncoder().encode(JSON.stringify([companyOid, body]));
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return `import-${[...digest.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** A file that shows what can be said. */
export const EXAMPLE = `provider,tracker_id,type,foreign_tracker_id,vehicle_type,license_plate,make,model,odo_value,depot
astrata,359632104952350,obd,,car,6666 KKK,Honda,Civic,,north
targa,WF0AXXWPMAJB43745,canbus,352093081452251,van,1234 KLM,Ford,Transit,,north
mercedes-benz,W1KZF8DB0MA000042,oem,,car,4321 LMN,Mercedes-Benz,C 220,48210,south
html5,van 7,oem,,van,7777 BCD,,,,south
`;
