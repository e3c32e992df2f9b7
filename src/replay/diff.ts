import type { StatedFrame } from './stated.ts';

/** One thing that is not the same. `before` or `after` is absent where it is only in the other. */
export interface Change {
  /** What it is: `kind`, `reply`, `position.lat`, `signals.engine.speed.value`. */
  path: string;
  before?: unknown;
  after?: unknown;
}

/** What changed in one message; `null` stands for the frame itself. */
export interface MessageChange {
  /** Number in its frame, before and after. */
  message: { before: number | null; after: number | null } | null;
  deviceTime: string | null;
  changes: Change[];
}

/** A frame that two decodes do not make the same of. */
export interface FrameChange {
  before: StatedFrame | null;
  after: StatedFrame | null;
  parts: MessageChange[];
}

/** Compares two decodes of one capture, frame by frame, as they come. */
export async function* diffFrames(
  before: AsyncIterable<StatedFrame>,
  after: AsyncIterable<StatedFrame>,
  counts: { frames: number },
): AsyncGenerator<FrameChange> {
  const [left, right] = [before[Symbol.asyncIterator](), after[Symbol.asyncIterator]()];
  let [a, b] = await Promise.all([left.next(), right.next()]);
  while (a.done !== true || b.done !== true) {
    const order = a.done === true ? 1 : b.done === true ? -1 : comparePlaces(a.value, b.value);
    counts.frames++;
    const change = changeOf(order <= 0 && a.done !== true ? a.value : null, order >= 0 && b.done !== true ? b.value : null);
    if (change !== null) yield change;
    if (order <= 0) a = await left.next();
    if (order >= 0) b = await right.next();
  }
}

function comparePlaces(a: StatedFrame, b: StatedFrame): number {
  const byEntry = (a.entry ?? Infinity) - (b.entry ?? Infinity);
  // Infinity less itself is no number.
  if (byEntry !== 0 && !Number.isNaN(byEntry)) return byEntry;
  if (a.session !== b.session) return a.session < b.session ? -1 : 1;
  return a.from - b.from;
}

function changeOf(before: StatedFrame | null, after: StatedFrame | null): FrameChange | null {
  if (before === null || after === null) return { before, after, parts: [] };
  const parts: MessageChange[] = [];
  const { messages: was, ...head } = before.decode;
  const { messages: is, ...newHead } = after.decode;
  const changes = [
    ...compare('protocol', before.protocol, after.protocol),
    ...compare('bytes', before.hex, after.hex),
    ...Object.keys({ ...head, ...newHead }).flatMap((key) =>
      compare(key, (head as Record<string, unknown>)[key], (newHead as Record<string, unknown>)[key]),
    ),
  ];
  if (changes.length > 0) parts.push({ message: null, deviceTime: null, changes });
  for (const [from, to] of pairs(was, is)) {
    const [old, young] = [from === null ? null : was[from], to === null ? null : is[to]];
    const found = old === null || young === null ? whole(old ?? null, young ?? null) : compare('', old, young);
    const deviceTime = ((young ?? old)?.['deviceTime'] as string | null | undefined) ?? null;
    if (found.length > 0) parts.push({ message: { before: from, after: to }, deviceTime, changes: found });
  }
  return parts.length === 0 ? null : { before, after, parts };
}

type Stated = Record<string, unknown>;

/** Which message became which: by their place where there are as many, otherwise by the bytes that make them. */
function pairs(was: readonly Stated[], is: readonly Stated[]): [number | null, number | null][] {
  if (was.length === is.length) return was.map((_, index) => [index, index]);
  const left = new Map<unknown, number[]>();
  for (const [index, { identity }] of is.entries()) left.set(identity, [...(left.get(identity) ?? []), index]);
  const found: [number | null, number | null][] = was.map(({ identity }, index) => [
    index,
    left.get(identity)?.shift() ?? null,
  ]);
  const rest = [...left.values()].flat().sort((a, b) => a - b);
  return [...found, ...rest.map((index): [null, number] => [null, index])];
}

function whole(old: Stated | null, young: Stated | null): Change[] {
  return [{ path: 'message', ...(old === null ? {} : { before: old }), ...(young === null ? {} : { after: young }) }];
}

/** Gives every value that differs, by its path. Objects are entered, lists are compared as they are. */
export function compare(path: string, before: unknown, after: unknown): Change[] {
  if (isMap(before) && isMap(after)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...keys].flatMap((key) => compare(path === '' ? key : `${path}.${key}`, before[key], after[key]));
  }
  if (isMap(before) && after === undefined)
    return Object.keys(before).flatMap((key) => compare(`${path}.${key}`, before[key], undefined));
  if (before === undefined && isMap(after))
    return Object.keys(after).flatMap((key) => compare(`${path}.${key}`, undefined, after[key]));
  if (JSON.stringify(before) === JSON.stringify(after)) return [];
  return [{ path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) }];
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
