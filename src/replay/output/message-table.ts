import type { ReplayedMessage } from '../messages.ts';

interface Column {
  name: string;
  width: number;
  /** Numbers stand to the right. */
  right?: boolean;
  cell: (replayed: ReplayedMessage) => string;
}

const fixed = (value: number | null | undefined, digits: number) =>
  value === null || value === undefined ? '' : value.toFixed(digits);

/** Columns have a width of their own: a table of any length is written as it comes. */
const COLUMNS: readonly Column[] = [
  { name: 'frame', width: 7, right: true, cell: ({ frame }) => String(frame) },
  { name: 'observed at', width: 23, cell: ({ message }) => timeText(message.observedAt) },
  { name: 'ident', width: 17, cell: ({ message }) => message.ident },
  { name: 'protocol', width: 16, cell: ({ piece }) => piece.codec?.name ?? '' },
  { name: 'lat', width: 10, right: true, cell: ({ message }) => fixed(message.position?.lat, 5) },
  { name: 'lon', width: 10, right: true, cell: ({ message }) => fixed(message.position?.lon, 5) },
  { name: 'fix', width: 8, cell: fixText },
  { name: 'km/h', width: 5, right: true, cell: ({ message }) => fixed(message.position?.speedKmh, 0) },
  { name: 'sat', width: 3, right: true, cell: ({ message }) => fixed(message.position?.satellites, 0) },
  {
    name: 'values',
    width: 6,
    right: true,
    cell: ({ message }) => String(message.signalKeys.length + message.stateKeys.length),
  },
  { name: 'events and remarks', width: 0, cell: remarks },
];

/** The heading with its rule. */
export function tableHead(): string {
  const rule = COLUMNS.map(({ name, width }) => '─'.repeat(Math.max(width, name.length))).join('  ');
  return `${lineOf(COLUMNS.map(({ name }) => name))}\n${rule}\n`;
}

/** A message as a line. */
export function tableLine(replayed: ReplayedMessage): string {
  return `${lineOf(COLUMNS.map(({ cell }) => cell(replayed)))}\n`;
}

function lineOf(cells: readonly string[]): string {
  const padded = cells.map((cell, column) => {
    const { name, width, right = false } = COLUMNS[column] as Column;
    const size = Math.max(width, name.length);
    return right ? cell.padStart(size) : cell.padEnd(size);
  });
  return padded.join('  ').trimEnd();
}

function timeText(at: number): string {
  return Math.abs(at) <= 8.64e15 ? new Date(at).toISOString().replace('T', ' ').slice(0, -1) : String(at);
}

function fixText({ message: { position } }: ReplayedMessage): string {
  if (position === null) return '';
  return position.distrust === null ? (position.valid ? 'valid' : 'invalid') : 'doubtful';
}

function remarks({ message, resend }: ReplayedMessage): string {
  const said = message.events.map(({ code, alarm }) => (alarm ? `${code}!` : code));
  if (message.clockRepair !== 'none') said.push(`[clock: ${message.clockRepair}]`);
  if (message.backlog) said.push('[backlog]');
  if (resend) said.push('[resend]');
  return said.join(' ');
}
