/**
 * A dissection as lines for a terminal: offset, bytes, field, value, meaning in columns; spans inside of others indented; what is wrong
 * under the bytes where it is, and a mark where the decode stopped.
 */
import { type Fault, placeOf } from '#errors/fault';
import { NOT_DECODED, type Reading, type Span } from '#protocols/explain/span';
import type { DissectedPiece, Dissection } from '../dissect/dissect.ts';
import type { Verdict } from '../dissect/verdicts.ts';
import { withUnit } from '#model/unit-signs';

/** What a piece of a line is, so that it can be coloured. */
export type Style = 'title' | 'quiet' | 'value' | 'key' | 'bad' | 'good' | 'plain';
export type Paint = (style: Style, text: string) => string;

interface Columns {
  /** Characters of a line. */
  total: number;
  offset: number;
  /** Bytes shown in one line. */
  bytes: number;
  field: number;
  value: number;
  /** 0 where there is no room: meanings then have lines of their own. */
  meaning: number;
}

const NARROWEST = 80;
const WIDEST = 140;
const GAP = '  ';
/** Bytes of one field that are shown; of longer ones the first. */
const BYTES_SHOWN = 64;

/** Widths of the columns in a terminal of so many characters. */
function columnsFor(width: number, bytes: number): Columns {
  const total = Math.min(Math.max(width, NARROWEST), WIDEST);
  const isWide = total >= 110;
  const columns = { total, offset: Math.max(4, String(bytes).length), bytes: isWide ? 8 : 4, field: 24, value: 24 };
  const meaning = total - columns.offset - (columns.bytes * 3 - 1) - columns.field - columns.value - 4 * GAP.length;
  return isWide ? { ...columns, meaning } : { ...columns, value: columns.value + GAP.length + meaning, meaning: 0 };
}

/** The lines of a dissection. */
export function dissectionLines(dissection: Dissection, width: number, paint: Paint): string[] {
  const { protocol, pieces, verdicts, bytes } = dissection;
  if (protocol === null) {
    return [paint('bad', `no protocol is recognised in these ${bytes} bytes`), '', ...verdictLines(verdicts, width, paint)];
  }
  const named = dissection.ident === null ? '' : `, ident ${dissection.ident}`;
  const lines = [paint('title', `protocol ${protocol}${named}: ${count(pieces.length, 'piece')} in ${count(bytes, 'byte')}`)];
  for (const piece of pieces) lines.push('', ...pieceLines(piece, columnsFor(width, bytes), paint));
  const isWhole = pieces.some(({ kind }) => kind !== 'refused' && kind !== 'incomplete' && kind !== 'idle');
  return isWhole ? lines : [...lines, '', ...verdictLines(verdicts, width, paint)];
}

function pieceLines(piece: DissectedPiece, columns: Columns, paint: Paint): string[] {
  const { from, end, kind, reply, faults, messages } = piece;
  const what = faults.length > 0 && kind !== 'refused' && kind !== 'incomplete' ? `${kind} with faults` : kind;
  const title = `${what}: bytes ${from} to ${end - 1} (${count(end - from, 'byte')})`;
  const [why] = faults;
  const outcome = [
    ...(messages === 0 ? [] : [count(messages, 'message')]),
    ...(reply === null ? [] : [`reply ${reply}`]),
    ...(why === undefined ? [] : [`${why.code}${placeOf(why)}`]),
  ];
  const head = wrap([title, ...outcome].join(', '), columns.total);
  const lines = head.map((line) => paint(faults.length > 0 ? 'bad' : 'title', line));
  const heading = { offset: 'byte', bytes: ['bytes'], field: 'field', says: [{ value: 'value', meaning: 'meaning' }] };
  lines.push(...rowLines({ ...heading, style: 'quiet', faults: [] }, columns, paint));
  const shown: Shown = { stopped: false, sections: new Set() };
  for (const child of piece.span.children) lines.push(...spanLines(child, 0, columns, paint, shown));
  for (const fault of piece.span.faults) lines.push(...faultLines(fault, columns, paint));
  if (!shown.stopped && kind === 'incomplete') lines.push(paint('bad', `${RULE} the bytes end here`));
  return lines;
}

interface Saying {
  value: string;
  meaning: string;
}

interface Row {
  offset: string;
  /** Lines of bytes. */
  bytes: readonly string[];
  field: string;
  says: readonly Saying[];
  style: Style;
  faults: readonly Fault[];
}

/** What has been shown of a piece so far. */
interface Shown {
  stopped: boolean;
  /** Sections that were named: each is named once, where it begins. */
  sections: Set<string>;
}

function spanLines(span: Span, depth: number, columns: Columns, paint: Paint, shown: Shown): string[] {
  const room = columns.meaning === 0 ? columns.value : columns.meaning;
  const isUnread = span.name === NOT_DECODED;
  const { said, inside } = folded(span);
  const size = inside.length === 0 ? '' : `(${count(span.end - span.from, 'byte')})`;
  const bytes = inside.length === 0 ? hexOf(span) : hexOf(span).slice(0, (inside[0] as Span).from * 2 - span.from * 2);
  const row: Row = {
    offset: String(span.from),
    bytes: bytes === '' ? [size] : byteLines(bytes, columns.bytes),
    field: `${' '.repeat(depth * 2)}${span.name}`,
    says: sayingsOf(said, sectionToName(span, shown), room),
    style: isUnread ? 'bad' : inside.length === 0 ? 'plain' : 'title',
    faults: isUnread ? [] : said.faults,
  };
  const lines = isUnread && !shown.stopped ? stopLines(span, columns, paint) : [];
  if (isUnread) shown.stopped = true;
  lines.push(...rowLines(row, columns, paint));
  for (const child of inside) lines.push(...spanLines(child, depth + 1, columns, paint, shown));
  return lines;
}

function stopLines({ from, faults }: Span, columns: Columns, paint: Paint): string[] {
  const [why] = faults;
  const reason = why === undefined ? '' : `: ${why.code}: ${why.detail}`;
  return badLines(RULE, `decoding stopped at byte ${from}${reason}`, columns, paint);
}

/** A sentence in as many lines as it takes, behind its sign. */
function badLines(sign: string, sentence: string, columns: Columns, paint: Paint): string[] {
  const room = columns.total - sign.length - 1;
  return wrap(sentence, room).map((line, i) => paint('bad', `${i === 0 ? sign : ' '.repeat(sign.length)} ${line}`));
}

const RULE = '─'.repeat(8);

function sectionToName({ section }: Span, { sections }: Shown): string {
  if (section === null || sections.has(section)) return '';
  sections.add(section);
  return `§ ${section}`;
}

/** What stands before a value and is shown on its line: what it is, and how long. */
const ENVELOPE = new Set(['id', 'key', 'length', 'count']);

/**
 * What one row says of a span, and what is left for rows of their own: an element is one row with its id and its value, a group that
 * is empty one with its count.
 */
function folded(span: Span): { said: Span; inside: readonly Span[] } {
  const first = span.children.findIndex(({ name, children }) => !ENVELOPE.has(name) || children.length > 0);
  const rest = first < 0 ? [] : span.children.slice(first);
  const before = first < 0 ? span.children : span.children.slice(0, first);
  if (span.children.length === 0 || (before.some(({ name }) => name === 'count') && rest.length > 0)) {
    return { said: span, inside: span.children };
  }
  const [value] = rest;
  const isValue = rest.length === 1 && value?.name === 'value';
  const source = isValue ? value : rest.length === 0 ? before.at(-1) : undefined;
  const said: Span = {
    ...(source ?? span),
    // How long nothing is, is not what it says.
    raw: source?.name === 'length' ? null : (source ?? span).raw,
    meaning: source?.name === 'length' ? span.meaning : (source ?? span).meaning,
    section: span.section,
    readings: [...(source === undefined ? [] : source.readings), ...span.readings],
    faults: [...span.faults, ...before.flatMap(({ faults }) => faults), ...(isValue ? value.faults : [])],
  };
  return { said, inside: isValue ? value.children : rest };
}

function hexOf(span: Span): string {
  return span.hex ?? span.children.map(hexOf).join('');
}

function byteLines(hex: string, perLine: number): string[] {
  const shown = hex.slice(0, BYTES_SHOWN * 2);
  const pairs = shown.match(/../g) ?? [];
  const lines: string[] = [];
  for (let at = 0; at < pairs.length; at += perLine) lines.push(pairs.slice(at, at + perLine).join(' '));
  if (hex.length > shown.length) lines.push(`… ${(hex.length - shown.length) / 2} more`);
  return lines;
}

/** What a leaf says, a line each: what the message states because of it, else what it is for the frame. */
function sayingsOf({ readings, raw, value, unit, meaning }: Span, where: string, room: number): Saying[] {
  const [first, ...others] = readings;
  if (first === undefined) {
    const own = value ?? raw;
    return [{ value: own === null ? '' : withUnit(inWords(own), unit), meaning: joined([meaning ?? '', where]) }];
  }
  const isScaled = raw !== null && inWords(raw) !== inWords(first.value);
  return [
    sayingOf(first, room, [isScaled ? `raw ${inWords(raw)}` : '', where], meaning ?? ''),
    ...others.map((one) => sayingOf(one, room)),
  ];
}

/**
 * A reading by its key. The words for it and how the wire has it stand beside where the line has room for them; of a key that is in
 * no catalogue, why it is not.
 */
function sayingOf({ key, value, unit, meaning }: Reading, room: number, more: readonly string[] = [], note = ''): Saying {
  const said = withUnit(inWords(value), unit);
  if (meaning === null) return { value: said, meaning: joined([key, ...more, note]) };
  const least = joined([key, ...more]);
  const most = joined([`${key}: ${meaning}`, ...more, note]);
  const middle = joined([key, ...more, note]);
  return { value: said, meaning: [most, middle].find((line) => line.length <= room) ?? least };
}

function joined(parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(' · ');
}

/** Ten digits say all that a device measures, without the noise of a division. */
function inWords(value: number | string | boolean): string {
  if (typeof value === 'number') return String(Number.isInteger(value) ? value : Number(value.toPrecision(10)));
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value;
}

function rowLines({ offset, bytes, field, says, style, faults }: Row, columns: Columns, paint: Paint): string[] {
  const indent = field.length - field.trimStart().length;
  const fields = wrap(field.trimStart(), columns.field - indent).map((line) => ' '.repeat(indent) + line);
  const values: Cell[] = [];
  const meanings: string[] = [];
  for (const { value, meaning } of says) {
    const lines = columns.meaning === 0 ? inOneColumn(value, meaning, columns.value) : null;
    const [left, right] = lines === null ? [wrap(value, columns.value), wrap(meaning, columns.meaning)] : [lines, []];
    for (let i = 0; i < Math.max(left.length, right.length); i++) {
      values.push([style === 'plain' ? 'value' : style, left[i] ?? '', columns.value]);
      meanings.push(right[i] ?? '');
    }
  }
  const lines: string[] = [];
  const height = Math.max(bytes.length, fields.length, values.length);
  for (let i = 0; i < height; i++) {
    const cells: readonly Cell[] = [
      ['quiet', (i === 0 ? offset : '').padStart(columns.offset), columns.offset],
      [style === 'plain' ? 'key' : style === 'title' ? 'quiet' : style, bytes[i] ?? '', columns.bytes * 3 - 1],
      [style, fields[i] ?? '', columns.field],
      values[i] ?? ['plain', '', columns.value],
      [style === 'bad' ? 'bad' : 'quiet', meanings[i] ?? '', 0],
    ];
    lines.push(lineOf(cells, paint));
  }
  return [...lines, ...faults.flatMap((fault) => faultLines(fault, columns, paint))];
}

/** In a narrow terminal the meaning stands behind the value, or under it. */
function inOneColumn(value: string, meaning: string, width: number): string[] {
  const together = joined([value, meaning]);
  return together.length <= width ? [together] : [...wrap(value, width), ...wrap(meaning, width)].filter((line) => line !== '');
}

type Cell = readonly [style: Style, text: string, width: number];

/** Cells side by side, without blanks behind the last one. */
function lineOf(cells: readonly Cell[], paint: Paint): string {
  const last = cells.findLastIndex(([, text]) => text.trim() !== '');
  const shown = cells.slice(0, last + 1).map(([style, text, width], i) => {
    const painted = text.trim() === '' ? text : paint(style, text);
    return i === last ? painted : painted + ' '.repeat(Math.max(0, width - text.length));
  });
  return shown.join(GAP);
}

/** Under the bytes where it was noticed. */
function faultLines({ code, detail }: Fault, columns: Columns, paint: Paint): string[] {
  return badLines(`${' '.repeat(columns.offset)}${GAP}▲`, `${code}: ${detail}`, columns, paint);
}

/** Cuts text at blanks into lines of at most so many characters; a longer word is cut anywhere. */
function wrap(line: string, width: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > width) {
    const blank = rest.lastIndexOf(' ', width);
    const cut = blank > 0 ? blank : width;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return [...lines, rest];
}

const OUTCOME_WORDS: Record<Verdict['outcome'], string> = {
  frames: 'is',
  damaged: 'could be',
  begun: 'could be',
  none: 'is not',
};

function verdictLines(verdicts: readonly Verdict[], width: number, paint: Paint): string[] {
  const longest = Math.max(...verdicts.map(({ protocol }) => protocol.length));
  const room = Math.min(Math.max(width, NARROWEST), WIDEST) - longest - 12;
  return verdicts.flatMap(({ protocol, outcome, reason }) => {
    const style = outcome === 'none' ? 'quiet' : outcome === 'frames' ? 'good' : 'value';
    const head = `${OUTCOME_WORDS[outcome].padEnd(8)}${GAP}${protocol.padEnd(longest)}`;
    const [first = '', ...more] = wrap(reason, room);
    return [`${paint(style, head)}${GAP}${first}`, ...more.map((line) => ' '.repeat(longest + 12) + line)];
  });
}

function count(number: number, thing: string): string {
  return `${number} ${thing}${number === 1 ? '' : 's'}`;
}
