import { describe, expect, it } from 'vitest';
import { DecodePrinter, readDecode, withUnits, type Units } from './decode-file.ts';
import { compare, diffFrames, type FrameChange } from './diff.ts';
import { countUnitChanges, frameChangeText, hexLines, unitChangeText } from './output/diff-text.ts';
import type { StatedFrame } from './stated.ts';

type Fields = Partial<Omit<StatedFrame, 'decode'>> & { decode?: Partial<StatedFrame['decode']> };

function frame(n: number, { decode = {}, ...fields }: Fields = {}): StatedFrame {
  const message = { deviceTime: '2026-06-15T12:00:00.000Z', signals: { 'engine.speed.value': 780 }, identity: `frame[${n},4)` };
  return {
    entry: n,
    session: 'a1',
    from: n * 100,
    frame: n + 1,
    at: '2026-06-15T12:00:01.000Z',
    protocol: 'teltonika',
    filed: '356307042441013',
    hex: '00ff0102',
    decode: {
      kind: 'data',
      ident: null,
      dialect: null,
      messages: [message],
      faults: [],
      reply: '01',
      refusal: null,
      ...decode,
    },
    ...fields,
  };
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

async function changes(before: readonly StatedFrame[], after: readonly StatedFrame[]): Promise<FrameChange[]> {
  const found: FrameChange[] = [];
  for await (const change of diffFrames(each(before), each(after), { frames: 0 })) found.push(change);
  return found;
}

const paths = (found: readonly FrameChange[]) =>
  found.map(({ before, after, parts }) => [
    before?.frame ?? null,
    after?.frame ?? null,
    ...parts.flatMap((part) =>
      part.changes.map(({ path }) => `${part.message === null ? '' : `${part.message.after ?? '-'}:`}${path}`),
    ),
  ]);

const NOTHING: Units = new Map();

describe('two decodes', () => {
  it('that are the same have no difference', async () => {
    expect(await changes([frame(0), frame(1)], [frame(0), frame(1)])).toEqual([]);
  });

  it('differ in what a frame is, and in each value of a message by its name', async () => {
    const signals = { 'engine.speed.value': 781, 'engine.coolant.temperature': 90 };
    const changed = frame(1, { decode: { reply: null, messages: [{ ...frame(1).decode.messages[0], signals }] } });
    expect(paths(await changes([frame(0), frame(1)], [frame(0), changed]))).toEqual([
      [2, 2, 'reply', '0:signals.engine.speed.value', '0:signals.engine.coolant.temperature'],
    ]);
  });

  it('may find frames in other places: what only one has is told as such', async () => {
    const unfinished = frame(9, { entry: null, session: 'b2' });
    const found = await changes([frame(0), frame(1), unfinished], [frame(0), frame(1, { from: 150 }), frame(2)]);
    expect(paths(found)).toEqual([
      [2, null],
      [null, 2],
      [null, 3],
      [10, null],
    ]);
  });

  it('may find more or fewer messages: they are matched by the bytes that make them', async () => {
    const messages = ['a', 'b', 'c'].map((identity) => ({ deviceTime: null, identity, stored: true }));
    const [a, b, c] = messages;
    const after = [{ ...b, stored: false }, { ...c }, { deviceTime: null, identity: 'd' }];
    const found = await changes([frame(0, { decode: { messages } })], [frame(0, { decode: { messages: after.slice(0, 2) } })]);
    expect(found[0]?.parts.map(({ message, changes: inIt }) => [message, inIt.map(({ path }) => path)])).toEqual([
      [{ before: 0, after: null }, ['message']],
      [{ before: 1, after: 0 }, ['stored']],
    ]);
    const grown = await changes(
      [frame(0, { decode: { messages: [] } })],
      [frame(0, { decode: { messages: [a as Record<string, unknown>] } })],
    );
    expect(grown[0]?.parts).toMatchObject([{ message: { before: null, after: 0 }, changes: [{ path: 'message', after: a }] }]);
  });

  it('are compared value by value, and what is absent is no null', () => {
    expect(compare('', { a: 1, b: [1], c: null }, { a: 1, b: [1], c: null })).toEqual([]);
    expect(compare('', { a: { x: 1 } }, {})).toEqual([{ path: 'a.x', before: 1 }]);
    expect(compare('', { b: [1] }, { b: [1, 2], c: null })).toEqual([
      { path: 'b', before: [1], after: [1, 2] },
      { path: 'c', after: null },
    ]);
  });
});

describe('a difference in words', () => {
  it('has the frame, its bytes, and each value with its unit', async () => {
    const signals = { 'engine.speed.value': 13, 'engine.oil.level': 50 };
    const messages = [{ deviceTime: '2026-06-15T12:00:00.000Z', signals, identity: 'frame[0,4)' }];
    const [change] = await changes([frame(0)], [frame(0, { decode: { messages } })]);
    const units = {
      before: new Map([['engine.speed.value', 'RPM']]),
      after: new Map([
        ['engine.speed.value', 'HTZ'],
        ['engine.oil.level', 'P1'],
      ]),
    };
    expect(frameChangeText(change as FrameChange, units))
      .toBe(`frame 1, 2026-06-15T12:00:01.000Z, teltonika, ident 356307042441013, bytes 0 to 4 of session a1
  0000  00 ff 01 02
  message 0, 2026-06-15T12:00:00.000Z
      signals.engine.speed.value  780 RPM → 13 HTZ
    + signals.engine.oil.level  50 P1
`);
    expect(unitChangeText(units)).toBe('units\n  engine.speed.value  RPM (revolutions per minute) → HTZ\n');
    expect(countUnitChanges(units)).toBe(1);
  });

  it('says of a frame that only one has which it is', async () => {
    const [gone] = await changes([frame(0, { decode: { faults: [{ code: 'wire_crc', offset: 1, detail: 'x' }] } })], []);
    expect(frameChangeText(gone as FrameChange, { before: NOTHING, after: NOTHING })).toContain(
      '- the frame is gone: it was data, 1 messages, wire_crc',
    );
    const [fresh] = await changes([], [frame(0, { protocol: null, filed: '', entry: null })]);
    expect(frameChangeText(fresh as FrameChange, { before: NOTHING, after: NOTHING })).toMatch(
      /no protocol, ident not said, unfinished[^]*\+ the frame is new/,
    );
  });

  it('shows long frames line by line', () => {
    expect(hexLines('ab'.repeat(40)).map((line) => line.slice(0, 11))).toEqual(['  0000  ab ', '  0020  ab ']);
  });
});

const unitOf = (key: string) => (key === 'engine.speed.value' ? 'RPM' : null);

function print(frames: readonly StatedFrame[]): string {
  const printer = new DecodePrinter(unitOf);
  return printer.head({ codecs: { teltonika: 1 } }) + frames.map((one) => printer.frame(one)).join('') + printer.foot();
}

async function read(text: string): Promise<{ frames: StatedFrame[]; units: Units }> {
  const units: Units = new Map();
  const frames: StatedFrame[] = [];
  for await (const one of readDecode(each(text.replace(/\n$/, '').split('\n')), 'it', units)) frames.push(one);
  return { frames, units };
}

describe('a saved decode', () => {
  it('is one JSON document with a frame a line, and comes back as it was', async () => {
    for (const frames of [[], [frame(0)], [frame(0), frame(1)]]) {
      const text = print(frames);
      expect((JSON.parse(text) as { frames: unknown[] }).frames.length).toBe(frames.length);
      expect(text.split('\n').length).toBe(frames.length + 4);
      const back = await read(text);
      expect(back.frames).toEqual(frames);
      expect([...back.units]).toEqual(frames.length === 0 ? [] : [['engine.speed.value', 'RPM']]);
    }
  });

  it('is read as well where somebody has laid it out anew', async () => {
    const text = JSON.stringify(JSON.parse(print([frame(0), frame(1)])), null, 2);
    expect((await read(text)).frames).toEqual([frame(0), frame(1)]);
    expect((await read(JSON.stringify(JSON.parse(print([frame(0)]))))).frames).toEqual([frame(0)]);
  });

  it('says the units that a decode of now has too', async () => {
    const units: Units = new Map();
    for await (const one of withUnits(each([frame(0), frame(1)]), unitOf, units)) expect(one.session).toBe('a1');
    expect([...units]).toEqual([['engine.speed.value', 'RPM']]);
  });

  it('is refused where it is none, or of a later version', async () => {
    const text = print([frame(0)]);
    for (const [broken, why] of [
      ['hello', 'no JSON'],
      ['{"format":"other"}', 'no saved decode'],
      [text.replace('"version":1', '"version":2'), 'version 2'],
      [text.replace('"entry"', 'entry'), 'line 3'],
    ] as const) {
      await expect(read(broken)).rejects.toThrow(new RegExp(`${why}.*capture_invalid`));
    }
    await expect(
      (async () => {
        for await (const one of readDecode(each([]), 'it', new Map())) expect(one).toBeNull();
      })(),
    ).rejects.toThrow(/empty/);
  });
});
