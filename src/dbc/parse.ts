/**
 * Reads a CAN database (DBC) text: messages, signals, multiplexing, value descriptions and float types. What a decoder does
 * not need is passed over: nodes, comments, attributes, environment variables.
 *
 * There is no public standard; the keywords and fields are those of Vector's "DBC File Format Documentation" 1.0. Why this is
 * not `candied`: docs/decisions/0010-own-dbc-reader.md.
 */

export interface DbcFileSignal {
  name: string;
  /** As the file numbers it: the least significant bit of an Intel signal, the most significant of a Motorola one. */
  startBit: number;
  bits: number;
  bigEndian: boolean;
  kind: 'unsigned' | 'signed' | 'float';
  factor: number;
  offset: number;
  unit: string;
  /** Whether it chooses among other signals of its message. */
  selects: boolean;
  /** Raw value of the selector with which it is there; `null` for a signal that is always there. */
  selectedBy: number | null;
  /** What raw values are called. */
  labels: Map<number, string>;
  /** Ranges and name of a selector given apart from it (`SG_MUL_VAL_`); `null` where `selectedBy` is all there is. */
  selection: { selector: string; ranges: [from: number, to: number][] } | null;
  line: number;
}

export interface DbcFileMessage {
  /** Bit 31 is set for 29-bit identifiers. */
  id: number;
  name: string;
  signals: DbcFileSignal[];
  line: number;
}

/** What is wrong with a text, and where. Lines count from 1. */
export interface DbcProblem {
  line: number;
  what: string;
}

export interface DbcFile {
  messages: DbcFileMessage[];
  problems: DbcProblem[];
}

interface Reading extends DbcFile {
  byId: Map<number, DbcFileMessage>;
  tables: Map<string, Map<number, string>>;
  current: DbcFileMessage | null;
}

/** The pseudo-message that holds signals without a message. */
const ORPHANS = 'VECTOR__INDEPENDENT_SIG_MSG';

const NUMBER = String.raw`\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*`;
const MESSAGE = /^BO_\s+(\d+)\s+(\w+)\s*:\s*(\d+)/;
const SIGNAL = new RegExp(
  String.raw`^SG_\s+(\w+)\s*(M|m\d+M?)?\s*:\s*(\d+)\s*\|\s*(\d+)\s*@\s*([01])\s*([-+])\s*\(${NUMBER},${NUMBER}\)\s*(?:\[[^\]]*\])?\s*(?:"([^"]*)")?`,
);
const LABELS = /^VAL_\s+(\d+)\s+(\w+)\s+(.*?)\s*;?$/;
const LABEL_TABLE = /^VAL_TABLE_\s+(\w+)\s+(.*?)\s*;?$/;
const LABEL = /([-+]?\d+)\s+"((?:[^"\\]|\\.)*)"/g;
const FLOAT_TYPE = /^SIG_VALTYPE_\s+(\d+)\s+(\w+)\s*:?\s*([0-3])\s*;?$/;
const SELECTION = /^SG_MUL_VAL_\s+(\d+)\s+(\w+)\s+(\w+)\s+(.*?)\s*;?$/;
const RANGE = /(\d+)\s*-\s*(\d+)/g;

/** Joins statements whose quoted text goes over several lines; the number is that of the first line. */
function statementsOf(text: string): { line: number; text: string }[] {
  const statements: { line: number; text: string }[] = [];
  let open: { line: number; text: string } | null = null;
  text.split(/\r\n|\r|\n/).forEach((raw, i) => {
    const quotes = raw.replaceAll(/\\./g, '').split('"').length - 1;
    if (open !== null) {
      open.text += `\n${raw}`;
      if (quotes % 2 === 1) open = null;
      return;
    }
    const statement = { line: i + 1, text: raw.trim() };
    if (statement.text !== '') statements.push(statement);
    if (quotes % 2 === 1) open = statement;
  });
  return statements;
}

function labelsOf(list: string): Map<number, string> {
  return new Map([...list.matchAll(LABEL)].map(([, raw, text]) => [Number(raw), (text ?? '').replaceAll(/\\(.)/g, '$1')]));
}

function readMessage(reading: Reading, line: number, text: string): boolean {
  const match = MESSAGE.exec(text);
  reading.current = null;
  if (match === null) return false;
  const message = { id: Number(match[1]), name: match[2] as string, signals: [], line };
  reading.current = message;
  // The pseudo-message is kept as where its signals go, but is no message of the bus.
  if (message.name === ORPHANS) return true;
  if (reading.byId.has(message.id))
    reading.problems.push({ line, what: `the id ${message.id} of ${message.name} is there twice` });
  reading.byId.set(message.id, message);
  reading.messages.push(message);
  return true;
}

function readSignal(reading: Reading, line: number, text: string): boolean {
  const match = SIGNAL.exec(text);
  if (match === null) return false;
  const [, name = '', multiplex = '', startBit, bits, order, sign, factor, offset, unit = ''] = match;
  const { current } = reading;
  if (current === null) {
    reading.problems.push({ line, what: `the signal ${name} belongs to no message` });
    return true;
  }
  if (current.signals.some((other) => other.name === name)) {
    reading.problems.push({ line, what: `the signal ${name} is there twice in ${current.name}` });
  }
  current.signals.push({
    name,
    startBit: Number(startBit),
    bits: Number(bits),
    bigEndian: order === '0',
    kind: sign === '-' ? 'signed' : 'unsigned',
    factor: Number(factor),
    offset: Number(offset),
    unit,
    selects: multiplex.endsWith('M'),
    selectedBy: multiplex.startsWith('m') ? Number.parseInt(multiplex.slice(1), 10) : null,
    labels: new Map(),
    selection: null,
    line,
  });
  return true;
}

/** Finds the signal that a statement further down speaks of. One that speaks of none says nothing: there is no problem. */
function signalOf(reading: Reading, id: string | undefined, name: string | undefined): DbcFileSignal | undefined {
  return reading.byId.get(Number(id))?.signals.find((each) => each.name === name);
}

function readLabels(reading: Reading, _line: number, text: string): boolean {
  const match = LABELS.exec(text);
  // Values of environment variables have no message id.
  if (match === null) return /^VAL_\s+[A-Za-z_]/.test(text);
  const [, id, name, list = ''] = match;
  const signal = signalOf(reading, id, name);
  if (signal !== undefined) signal.labels = reading.tables.get(list) ?? labelsOf(list);
  return true;
}

function readLabelTable(reading: Reading, _line: number, text: string): boolean {
  const match = LABEL_TABLE.exec(text);
  if (match === null) return false;
  reading.tables.set(match[1] as string, labelsOf(match[2] as string));
  return true;
}

function readFloatType(reading: Reading, line: number, text: string): boolean {
  const match = FLOAT_TYPE.exec(text);
  if (match === null) return false;
  const signal = signalOf(reading, match[1], match[2]);
  const type = Number(match[3]);
  if (signal === undefined || type === 0) return true;
  if (type === 3 || signal.bits !== type * 32) {
    reading.problems.push({ line, what: `${signal.name} has ${signal.bits} bits, which is no float of type ${type}` });
  } else signal.kind = 'float';
  return true;
}

function readSelection(reading: Reading, _line: number, text: string): boolean {
  const match = SELECTION.exec(text);
  if (match === null) return false;
  const [, id, name, selector = '', list = ''] = match;
  const signal = signalOf(reading, id, name);
  const ranges = [...list.matchAll(RANGE)].map(([, from, to]): [number, number] => [Number(from), Number(to)]);
  if (signal !== undefined) signal.selection = { selector, ranges };
  return ranges.length > 0;
}

type Statement = (reading: Reading, line: number, text: string) => boolean;

/** The statements that matter. `false` says that the statement is not what its keyword promises. */
const STATEMENTS = new Map<string, Statement>([
  ['BO_', readMessage],
  ['SG_', readSignal],
  ['VAL_', readLabels],
  ['VAL_TABLE_', readLabelTable],
  ['SIG_VALTYPE_', readFloatType],
  ['SG_MUL_VAL_', readSelection],
]);

/**
 * Reads a DBC text. Never throws; every statement of a keyword that matters is either read or among the problems. The list of
 * new symbols (`NS_ :`) has keywords alone on their lines, which are no statements.
 */
export function parseDbc(text: string): DbcFile {
  const reading: Reading = { messages: [], problems: [], byId: new Map(), tables: new Map(), current: null };
  for (const { line, text: statement } of statementsOf(text)) {
    const [keyword = '', rest] = statement.split(/[\s:]/, 2);
    const read = rest === undefined ? undefined : STATEMENTS.get(keyword);
    if (read !== undefined && !read(reading, line, statement)) {
      reading.problems.push({ line, what: `not understood: ${statement.slice(0, 80)}` });
    }
  }
  return { messages: reading.messages, problems: reading.problems };
}
