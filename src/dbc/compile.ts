/** Makes the tables that the decoder reads out of parsed DBC files and a mapping. */
import {
  type DbcMessage,
  type DbcSignal,
  type DbcTables,
  EXTENDED,
  piecesOf,
  type Selection,
} from '#protocols/layers/dbc/tables';
import { parseJ1939Id } from '#protocols/layers/j1939/id';
import { SIGNAL_BY_KEY } from '#model/signals';
import type { Mapping, Target } from './mapping.ts';
import type { DbcFileMessage, DbcFileSignal } from './parse.ts';

/** CAN FD's longest frame. */
const FRAME_BYTES = 64;
const FRACTION_DIGITS = 15;

/** Writes a decimal factor as a fraction of whole numbers where it is one, so that a value is rounded once and not twice. */
export function fractionOf(factor: number): { mul: number; div: number } {
  for (let digits = 0, div = 1; digits <= FRACTION_DIGITS; digits++, div *= 10) {
    const mul = Math.round(factor * div);
    if (Number.isSafeInteger(mul) && mul / div === factor) return { mul, div };
  }
  return { mul: factor, div: 1 };
}

function scaleOf(signal: DbcFileSignal, target: Target | undefined): Pick<DbcSignal, 'mul' | 'div' | 'offset'> {
  const factor = fractionOf(signal.factor);
  if (target === undefined) return { ...factor, offset: signal.offset };
  const scale = fractionOf(target.scale);
  return { mul: factor.mul * scale.mul, div: factor.div * scale.div, offset: signal.offset * target.scale + target.offset };
}

/** Orders signals so that a selector comes before what it selects; what is left over chooses in a circle. */
function inOrder(
  signals: readonly DbcFileSignal[],
  selectorOf: (signal: DbcFileSignal) => DbcFileSignal | null,
): DbcFileSignal[] {
  const ordered = new Set<DbcFileSignal>();
  for (let before = -1; before !== ordered.size;) {
    before = ordered.size;
    for (const signal of signals) {
      const selector = selectorOf(signal);
      if (selector === null || ordered.has(selector)) ordered.add(signal);
    }
  }
  return [...ordered];
}

/** Finds what chooses a signal: the selector that `SG_MUL_VAL_` names, or the one of the message that nothing chooses. */
function selectorIn(message: DbcFileMessage, signal: DbcFileSignal, problems: string[]): DbcFileSignal | null {
  if (signal.selectedBy === null && signal.selection === null) return null;
  const wanted = signal.selection?.selector;
  const found = message.signals.filter((each) =>
    wanted === undefined ? each.selects && each.selectedBy === null : each.name === wanted,
  );
  if (found.length === 1) return found[0] as DbcFileSignal;
  const which = wanted ?? (found.length === 0 ? 'none' : found.map(({ name }) => name).join(' or '));
  problems.push(`line ${signal.line}: what selects ${message.name}.${signal.name} is not one signal (${which})`);
  return null;
}

function checkBits(message: DbcFileMessage, signal: DbcFileSignal, problems: string[]): boolean {
  const pieces = signal.bits >= 1 && signal.bits <= 64 ? piecesOf(signal.startBit, signal.bits, signal.bigEndian) : [];
  if (pieces.length > 0 && pieces.every(({ byte }) => byte < FRAME_BYTES)) return true;
  problems.push(
    `line ${signal.line}: ${message.name}.${signal.name} has ${signal.bits} bits from ${signal.startBit}, which is not in a frame`,
  );
  return false;
}

function compileSignal(
  signal: DbcFileSignal,
  name: string,
  target: Target | undefined,
  selection: Selection | null,
): DbcSignal {
  const text = target !== undefined && SIGNAL_BY_KEY.get(target.key)?.type === 'text';
  return {
    name: signal.name,
    pieces: piecesOf(signal.startBit, signal.bits, signal.bigEndian),
    bits: signal.bits,
    kind: signal.kind,
    ...scaleOf(signal, target),
    key: target?.key ?? `dbc.${name}`,
    labels: target === undefined || text ? signal.labels : new Map(),
    text,
    values: new Map(Object.entries(target?.values ?? {}).map(([raw, value]) => [Number(raw), value])),
    without: new Set(target?.without),
    selection,
  };
}

function compileMessage(message: DbcFileMessage, mapping: Mapping, problems: string[]): DbcMessage {
  const sound = message.signals.filter((signal) => checkBits(message, signal, problems));
  const selectors = new Map(sound.map((signal) => [signal, selectorIn(message, signal, problems)]));
  const ordered = inOrder(sound, (signal) => selectors.get(signal) ?? null);
  for (const signal of sound) {
    if (!ordered.includes(signal))
      problems.push(`line ${signal.line}: ${message.name}.${signal.name} is selected by itself, in a circle`);
  }
  const signals = ordered.map((signal) => {
    const name = `${message.name}.${signal.name}`;
    const selector = selectors.get(signal) ?? null;
    const ranges = signal.selection?.ranges ?? [[signal.selectedBy ?? 0, signal.selectedBy ?? 0] as const];
    const selection = selector === null ? null : { selector: ordered.indexOf(selector), ranges };
    return compileSignal(signal, name, mapping.signals[name], selection);
  });
  return { name: message.name, signals };
}

/** Makes the tables of one vehicle model; gives every problem at once. Of one id in two files, the later file's counts. */
export function compileTables(
  messages: readonly DbcFileMessage[],
  mapping: Mapping,
): { tables: DbcTables; problems: string[] } {
  const problems: string[] = [];
  const known = new Set(messages.flatMap((message) => message.signals.map((signal) => `${message.name}.${signal.name}`)));
  for (const name of Object.keys(mapping.signals)) {
    if (!known.has(name)) problems.push(`signals: ${name} is in none of the DBC files`);
  }
  const byId = new Map<number, DbcMessage>();
  const byPgn = new Map<number, DbcMessage>();
  for (const message of messages) {
    const compiled = compileMessage(message, mapping, problems);
    if (mapping.match === 'pgn' && message.id >= EXTENDED) byPgn.set(parseJ1939Id(message.id).pgn, compiled);
    else byId.set(message.id, compiled);
  }
  return { tables: { byId, byPgn, j1939: mapping.j1939 ?? mapping.match === 'pgn' }, problems };
}
