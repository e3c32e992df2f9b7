import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { toHex } from '#wire/hex';
import type { Column, Held, Runs } from './column.ts';
import { Lists } from './lists.ts';
import { Names } from './names.ts';
import { Constant, Fixed, Optional, OptionalTimes, putOptionalF32, putOptionalF64, putOptionalU8, Wholes } from './numbers.ts';
import { mostOf, putCount, putText } from './put.ts';
import { readBlock, type RowValue } from './read-block.ts';
import { Texts } from './texts.ts';

const hex = (spaced: string): string => spaced.replaceAll(' ', '');
const VERSION = '0100000000000000';
const newHeld = (): Held => ({ bytes: 0 });

function hexOf(column: Column, runs: Runs): string {
  const chunks: Uint8Array[] = [];
  column.addTo(chunks, runs);
  return toHex(Buffer.concat(chunks));
}

/** Reads a column back as the only one of a block. */
function readBack(type: string, column: Column, runs: Runs): unknown[] {
  const head = new Uint8Array(20 + mostOf(type));
  const rows = runs.reduce((sum, [from, to]) => sum + to - from, 0);
  const at = putText(head, putText(head, putCount(head, putCount(head, 0, 1), rows), 'x'), type);
  const chunks = [head.subarray(0, at), Buffer.from(column.hasNames ? VERSION : '', 'hex')];
  column.addTo(chunks, runs);
  return (readBlock(Buffer.concat(chunks))[0]?.values ?? []).map(plain);
}

function plain(value: RowValue): unknown {
  if (value instanceof Uint8Array) return new TextDecoder().decode(value);
  return typeof value === 'object' && value !== null ? value.map(plain) : value;
}

describe('columns of numbers', () => {
  it('have whole numbers of 64 bits, times before 1970 among them', () => {
    const column = new Wholes();
    column.grow(6);
    column.put(0, 0x1_0000_0002);
    column.put(1, Number.MAX_SAFE_INTEGER);
    column.put(2, -1);
    column.put(3, -0x1_0000_0001);
    column.putHalves(4, 0x8000_0001, 0xffff_fffe);
    column.put(5, Date.UTC(2026, 0, 1));
    expect(hexOf(column, [[0, 6]])).toBe(
      hex('0200000001000000ffffffffffff1f00fffffffffffffffffffffffffeffffff feffffff0100008000a8da769b010000'),
    );
    expect(hexOf(column, [[2, 3]])).toBe('ffffffffffffffff');
  });

  it('say first which values are not there', () => {
    const [f32, f64, u8] = [
      new Optional(new Float32Array(0)),
      new Optional(new Float64Array(0)),
      new Optional(new Uint8Array(0)),
    ];
    const times = new OptionalTimes();
    for (const column of [f32, f64, u8, times]) column.grow(3);
    for (const [at, value] of [7, null, 1.5].entries()) {
      putOptionalF32(f32, at, value);
      putOptionalF64(f64, at, value);
      putOptionalU8(u8, at, value);
      times.put(at, value === null ? null : Math.trunc(value));
    }
    expect(hexOf(f32, [[1, 3]])).toBe(hex('0100 00000000 0000c03f'));
    expect(hexOf(f64, [[1, 3]])).toBe(hex('0100 0000000000000000 000000000000f83f'));
    expect(hexOf(u8, [[0, 3]])).toBe(hex('000100 070001'));
    expect(hexOf(times, [[0, 2]])).toBe(hex('0001 0700000000000000 0000000000000000'));
    // A row that was taken back leaves nothing behind a value that is not there.
    putOptionalF64(f64, 2, null);
    expect(hexOf(f64, [[2, 3]])).toBe(hex('01 0000000000000000'));
  });

  it('have one value for all rows where it is shared, and keep the others as they grow', () => {
    const shared = new Constant();
    shared.set(0x8000_0001_0000_0002n);
    const two: Runs = [
      [0, 1],
      [5, 6],
    ];
    expect(hexOf(shared, two)).toBe('0200000001000080'.repeat(2));
    const column = new Fixed(new Uint16Array(1));
    column.values[0] = 0x0102;
    column.grow(6);
    column.values[5] = 0x0304;
    expect(hexOf(column, two)).toBe('02010403');
  });
});

describe('a column of texts', () => {
  it('copies that of the row before, and writes any other, wherever it grows and rows are taken back', () => {
    const texts = fc.constantFrom('', 'é', '356307042441013', '356307042441014', 'A'.repeat(130), 'b'.repeat(5_000));
    const row = fc.record({ text: texts, isTakenBack: fc.boolean(), isBytes: fc.boolean() });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), (all) => {
        const held = newHeld();
        const column = new Texts(held);
        const expected: string[] = [];
        for (const { text, isTakenBack, isBytes } of all) {
          column.grow(expected.length + 1);
          if (isBytes) column.putBytes(expected.length, Buffer.from(text));
          else column.put(expected.length, text);
          if (isTakenBack) column.cutTo(expected.length);
          else expected.push(text);
        }
        expect(readBack('String', column, [[0, expected.length]])).toEqual(expected);
        expect(readBack('String', column, expected.length > 1 ? [[1, expected.length]] : [])).toEqual(expected.slice(1));
      }),
      { numRuns: 300 },
    );
  });

  it('tells what it holds, and takes no number for a text', () => {
    const held = newHeld();
    const column = new Texts(held);
    column.grow(2);
    column.put(0, 'ab');
    column.put(1, 'ab');
    expect([held.bytes, column.extent]).toEqual([6, 6]);
    expect(() => column.put(1, 5 as never)).toThrow(TypeError);
    expect(() => column.put(1, undefined as never)).toThrow(TypeError);
  });
});

describe('a column of names', () => {
  const NAMES = 'LowCardinality(String)';

  it('says each name once, the empty one first', () => {
    const column = new Names(newHeld());
    column.grow(4);
    ['b', '', 'a', 'b'].forEach((name, row) => column.put(row, name));
    const dictionary = '0106000000000000 0300000000000000 00 0162 0161';
    expect(hexOf(column, [[0, 4]])).toBe(hex(`${dictionary}0400000000000000 0100 0000 0200 0100`));
    expect(hexOf(column, [])).toBe('');
  });

  it('says of some rows only their own names', () => {
    const column = new Names(newHeld());
    column.grow(4);
    ['poison', 'a', 'poison', 'a'].forEach((name, row) => column.put(row, name));
    const others: Runs = [
      [1, 2],
      [3, 4],
    ];
    expect(readBack(NAMES, column, others)).toEqual(['a', 'a']);
    expect(hexOf(column, others)).not.toContain(Buffer.from('poison').toString('hex'));
  });

  it('knows lists that can never change, and no others', () => {
    const column = new Names(newHeld());
    column.grow(8);
    const frozen = Object.freeze(['a', 'b']);
    const open = ['a', 'c'];
    column.putAll(0, frozen);
    column.putAll(2, open);
    open[1] = 'd';
    column.putAll(4, open);
    column.putAll(6, frozen);
    expect(readBack(NAMES, column, [[0, 8]])).toEqual(['a', 'b', 'a', 'c', 'a', 'd', 'a', 'b']);
    const other = new Names(newHeld());
    other.grow(3);
    other.put(0, 'z');
    other.putAll(1, frozen);
    expect(readBack(NAMES, other, [[1, 2]])).toEqual(['a']);
  });

  it('takes wider indexes when there are too many names for 16 bits', () => {
    const column = new Names(newHeld());
    const names = Array.from({ length: 65_540 }, (_, i) => `n${i}`);
    column.grow(names.length);
    names.forEach((name, row) => column.put(row, name));
    expect(readBack(NAMES, column, [[0, names.length]])).toEqual(names);
    expect(readBack(NAMES, column, [[65_530, 65_540]])).toEqual(names.slice(65_530));
  });

  it('keeps nothing of what is no name', () => {
    const held = newHeld();
    const column = new Names(held);
    column.grow(2);
    expect(() => column.put(0, undefined as never)).toThrow(TypeError);
    column.put(0, 'a');
    expect(held.bytes).toBe(mostOf('a'));
    expect(readBack(NAMES, column, [[0, 1]])).toEqual(['a']);
  });
});

describe('a column of lists', () => {
  it('has the entries of each row, whichever rows are taken and wherever it grows', () => {
    const keys = fc.array(fc.constantFrom('', 'a', 'b', 'c'), { maxLength: 9 });
    const all = fc.array(fc.record({ keys, isTakenBack: fc.boolean(), isWanted: fc.boolean() }), { maxLength: 12 });
    fc.assert(
      fc.property(all, (rows) => {
        const held = newHeld();
        const signals = new Lists(held, new Names(held), new Fixed(new Float64Array(0)));
        const states = new Lists(held, new Names(held), new Texts(held));
        const events = new Lists(held, new Names(held), null);
        const kept: string[][] = [];
        const runs: [from: number, to: number][] = [];
        for (const { keys: of, isTakenBack, isWanted } of rows) {
          const row = kept.length;
          for (const column of [signals, states, events]) column.grow(row + 1);
          const first = signals.begin(row, of.length);
          signals.names.putAll(first, of);
          of.forEach((_, i) => (signals.values.values[first + i] = row + i / 10));
          const firstState = states.begin(row, of.length);
          states.names.putAll(firstState, of);
          of.forEach((key, i) => states.values.put(firstState + i, `${key}${row}`));
          events.names.putAll(events.begin(row, of.length), of);
          if (isTakenBack) {
            for (const column of [signals, states, events]) column.cutTo(row);
            continue;
          }
          kept.push(of);
          if (isWanted) runs.push([row, row + 1]);
        }
        const wanted = runs.map(([row]) => [row, kept[row] ?? []] as const);
        expect(readBack('Map(LowCardinality(String), Float64)', signals, runs)).toEqual(
          wanted.map(([row, of]) => of.map((key, i) => [key, row + i / 10])),
        );
        expect(readBack('Map(LowCardinality(String), String)', states, runs)).toEqual(
          wanted.map(([row, of]) => of.map((key) => [key, `${key}${row}`])),
        );
        expect(readBack('Array(LowCardinality(String))', events, runs)).toEqual(wanted.map(([, of]) => of));
      }),
      { numRuns: 300 },
    );
  });
});
