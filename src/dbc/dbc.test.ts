import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dbc } from 'candied';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { emptyMessage, signalOf, stateOf, type Message } from '#model/message';
import { addDbc, type DbcTables } from '#protocols/layers/dbc/index';
import { fromHex } from '#wire/hex';
import { compileTables, fractionOf } from './compile.ts';
import { loadDbcProfiles } from './load.ts';
import { type Mapping, readMapping } from './mapping.ts';
import { parseDbc } from './parse.ts';

const folder = mkdtempSync(join(tmpdir(), 'odograph-dbc-'));
afterAll(() => rmSync(folder, { recursive: true }));

function mappingOf(tree: object): Mapping {
  const { mapping, problems } = readMapping({ dbc: ['any.dbc'], ...tree });
  expect(problems).toEqual([]);
  return mapping as Mapping;
}

function tablesOf(text: string, tree: object = {}): DbcTables {
  const { messages, problems } = parseDbc(text);
  expect(problems).toEqual([]);
  const compiled = compileTables(messages, mappingOf(tree));
  expect(compiled.problems).toEqual([]);
  return compiled.tables;
}

function decode(tables: DbcTables, canId: number, hex: string): Message {
  const message = emptyMessage(new Uint8Array());
  addDbc(message, tables, canId, fromHex(hex) as Uint8Array);
  return message;
}

/** The keys that a frame of the multiplexed message gives. */
function keysOf(tables: DbcTables, hex: string): string[] {
  return decode(tables, 500, hex).signalKeys;
}

function put(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('published examples', () => {
  // README of cantools: file motohawk.dbc, its candump lines and what the tool prints for them.
  const MOTOHAWK = `
VERSION "1.0"
NS_ :
	VAL_
	BA_DEF_
BS_:
BU_: PCM1 FOO

BO_ 496 ExampleMessage: 8 PCM1
 SG_ Temperature : 0|12@0- (0.01,250) [229.52|270.47] "degK"  PCM1,FOO
 SG_ AverageRadius : 6|6@0+ (0.1,0) [0|5] "m" Vector__XXX
 SG_ Enable : 7|1@0+ (1,0) [0|0] "-" Vector__XXX

CM_ BO_ 496 "Example message used as
template in MotoHawk models.";
VAL_ 496 Enable 0 "Disabled" 1 "Enabled" ;
`;

  it.each([
    ['804A0F0000000000', 255.92, 0, 'Enabled'],
    ['C006E00000000000', 250.55, 3.2, 'Enabled'],
  ])('motohawk.dbc: %s', (hex, temperature, radius, enable) => {
    const message = decode(tablesOf(MOTOHAWK), 496, hex);
    expect(signalOf(message, 'dbc.ExampleMessage.Temperature')).toBe(temperature);
    expect(signalOf(message, 'dbc.ExampleMessage.AverageRadius')).toBe(radius);
    expect(stateOf(message, 'dbc.ExampleMessage.Enable')).toBe(enable);
  });

  // CSS Electronics, "CAN DBC file explained": EEC1 with engine speed, and the frame it is taken out of.
  const EEC1 = `BO_ 2364540158 EEC1: 8 Vector__XXX
 SG_ EngineSpeed : 24|16@1+ (0.125,0) [0|8031.875] "rpm" Vector__XXX
`;

  it('EEC1: FF FF FF 68 13 FF FF FF is 621 rpm, from the id the file has', () => {
    const tables = tablesOf(EEC1, { signals: { 'EEC1.EngineSpeed': 'engine.speed.value' } });
    expect(decode(tables, 0x8cf004fe, 'FFFFFF6813FFFFFF').signalValues).toEqual([621]);
    expect(decode(tables, 0x8cf00400, 'FFFFFF6813FFFFFF').signalKeys).toEqual([]);
    expect(decode(tables, 0x0cf004fe, 'FFFFFF6813FFFFFF').signalKeys).toEqual([]);
  });

  it('EEC1 matched by its parameter group comes from any sender', () => {
    const tables = tablesOf(EEC1, { match: 'pgn', signals: { 'EEC1.EngineSpeed': 'engine.speed.value' } });
    expect(decode(tables, 0x8cf00400, 'FFFFFF6813FFFFFF').signalValues).toEqual([621]);
    expect(decode(tables, 0x8cf00300, 'FFFFFF6813FFFFFF').signalKeys).toEqual([]);
  });
});

const CAR = `
BO_ 500 Muxed: 8 ECU
 SG_ Mode M : 0|8@1+ (1,0) [0|0] "" Tester
 SG_ Temp m0 : 8|16@1- (0.1,-40) [0|0] "degC" Tester
 SG_ Press m1 : 15|16@0+ (2E-1,0) [0|1E+003] "kPa" Tester
 SG_ Page m2M : 8|8@1+ (1,0) [0|0] "" Tester
 SG_ Deep m0 : 16|8@1+ (1,0) [0|0] "" Tester
BO_ 501 Float: 8 ECU
 SG_ Small : 0|32@1- (1,0) [0|0] "" Tester
BO_ 502 Wide: 8 ECU
 SG_ All : 7|64@0- (1,0) [0|0] "" Tester
BO_ 503 Double: 8 ECU
 SG_ Big : 0|64@1- (1,0) [0|0] "" Tester
BO_ 504 Gear: 8 ECU
 SG_ Lever : 0|4@1+ (1,0) [0|15] "" Tester
 SG_ Speed : 8|16@1+ (0.01,0) [0|655] "m/s" Tester
BO_ 3221225472 VECTOR__INDEPENDENT_SIG_MSG: 0 Vector__XXX
 SG_ Orphan : 0|8@1+ (1,0) [0|0] "" Vector__XXX
VAL_ 504 Lever 0 "P" 1 "R" 2 "N" 3 "D" 15 "SNA" ;
VAL_ 999 Gone 0 "nothing" ;
SIG_VALTYPE_ 501 Small : 1;
SIG_VALTYPE_ 503 Big : 2;
SG_MUL_VAL_ 500 Deep Page 3-5, 7-7;
`;

describe('decoding', () => {
  const tables = tablesOf(CAR);

  it('gives only the signals that the selector chooses', () => {
    expect(decode(tables, 500, '0064000000000000').signalKeys).toEqual(['dbc.Muxed.Mode', 'dbc.Muxed.Temp']);
    expect(signalOf(decode(tables, 500, '0064000000000000'), 'dbc.Muxed.Temp')).toBe(-30);
    expect(signalOf(decode(tables, 500, '009CFF0000000000'), 'dbc.Muxed.Temp')).toBe(-50);
    expect(signalOf(decode(tables, 500, '0101F40000000000'), 'dbc.Muxed.Press')).toBe(100);
    expect(decode(tables, 500, '0900000000000000').signalKeys).toEqual(['dbc.Muxed.Mode']);
  });

  it('follows selectors that are selected themselves, by their ranges', () => {
    for (const page of ['03', '04', '05', '07']) {
      expect(keysOf(tables, `02${page}110000000000`)).toEqual(['dbc.Muxed.Mode', 'dbc.Muxed.Page', 'dbc.Muxed.Deep']);
    }
    expect(keysOf(tables, '0206110000000000')).toEqual(['dbc.Muxed.Mode', 'dbc.Muxed.Page']);
    expect(keysOf(tables, '0104110000000000')).toEqual(['dbc.Muxed.Mode', 'dbc.Muxed.Press']);
  });

  it('reads floats, and 64 bits with their sign', () => {
    expect(decode(tables, 501, '0000C03F00000000').signalValues).toEqual([1.5]);
    expect(decode(tables, 503, '000000000000F8BF').signalValues).toEqual([-1.5]);
    expect(decode(tables, 503, '000000000000F87F').signalValues).toEqual([]);
    expect(decode(tables, 502, 'FFFFFFFFFFFFFFFE').signalValues).toEqual([-2]);
  });

  it('gives nothing for a signal that the frame is too short for', () => {
    const message = emptyMessage(new Uint8Array());
    expect(addDbc(message, tables, 504, new Uint8Array([3, 1]))).toEqual({ known: true, added: 1, unavailable: 1 });
    expect(message.signalKeys).toEqual(['dbc.Gear.Lever']);
    expect(addDbc(message, tables, 505, new Uint8Array(8)).known).toBe(false);
  });

  it('maps to the catalogue: scaled, with values replaced and without those that are none', () => {
    const mapped = tablesOf(CAR, {
      signals: {
        'Gear.Lever': { key: 'engine.gear.current', values: { 1: -1, 2: 0, 3: 1 }, without: [15] },
        'Gear.Speed': { key: 'wheels.speed.value', scale: 3.6 },
      },
    });
    const message = decode(mapped, 504, '01E8030000000000');
    expect(message.signalKeys).toEqual(['engine.gear.current', 'wheels.speed.value']);
    expect(message.signalValues).toEqual([-1, 36]);
    expect(message.stateKeys).toEqual([]);
    expect(decode(mapped, 504, '0FE8030000000000').signalKeys).toEqual(['wheels.speed.value']);
  });

  it('gives the name of a value where it is mapped to a text, and nothing for a value without a name', () => {
    const mapped = tablesOf(CAR, { signals: { 'Gear.Lever': 'device.hardware.model' } });
    expect(stateOf(decode(mapped, 504, '0300000000000000'), 'device.hardware.model')).toBe('D');
    expect(decode(mapped, 504, '0500000000000000').stateKeys).toEqual([]);
  });

  it('keeps numbers and names of what is not mapped', () => {
    const message = decode(tables, 504, '0300000000000000');
    expect(signalOf(message, 'dbc.Gear.Lever')).toBe(3);
    expect(stateOf(message, 'dbc.Gear.Lever')).toBe('D');
  });

  it('takes any signal out bit by bit as its numbering says', () => {
    const layout = fc.record({
      bigEndian: fc.boolean(),
      startBit: fc.nat(63),
      bits: fc.integer({ min: 1, max: 52 }),
      signed: fc.boolean(),
    });
    fc.assert(
      fc.property(layout, fc.uint8Array({ minLength: 8, maxLength: 8 }), ({ bigEndian, startBit, bits, signed }, data) => {
        // The bits of the signal from the least significant up, each found alone.
        const positions = Array.from({ length: bits }, (_, i) => {
          if (!bigEndian) return startBit + i;
          const down = (startBit >>> 3) * 8 + (7 - (startBit & 7)) + (bits - 1 - i);
          return (down >>> 3) * 8 + (7 - (down & 7));
        });
        const expected = positions.map((at) => ((data[at >>> 3] ?? 0) >>> (at & 7)) & 1);
        let value = expected.reduce((sum, bit, i) => sum + bit * 2 ** i, 0);
        if (signed && expected.at(-1) === 1) value -= 2 ** bits;
        const text = `BO_ 1 A: 8 X\n SG_ B : ${startBit}|${bits}@${bigEndian ? 0 : 1}${signed ? '-' : '+'} (1,0) [0|0] "" X\n`;
        const message = emptyMessage(new Uint8Array());
        addDbc(message, tablesOf(text), 1, data);
        expect(message.signalValues).toEqual(positions.some((at) => at >= 64) ? [] : [value]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('reading the text', () => {
  it('agrees with an independent parser on what that one reads', () => {
    // candied drops every signal with an exponent and knows no SG_MUL_VAL_, so these are not in the text.
    const plain = CAR.replace('2E-1', '0.2')
      .replace('1E+003', '1000')
      .replace(/^SG_MUL_VAL_.*$/m, '');
    const theirs = new Dbc().load(plain, false);
    const { messages } = parseDbc(plain);
    let compared = 0;
    for (const message of messages) {
      const peer = theirs.messages.get(message.name);
      expect(peer?.id).toBe(message.id);
      for (const signal of message.signals) {
        const other = peer?.signals.get(signal.name);
        expect({
          bits: signal.bits,
          start: signal.startBit,
          factor: signal.factor,
          offset: signal.offset,
          unit: signal.unit,
        }).toEqual({
          bits: other?.length,
          start: other?.startBit,
          factor: other?.factor,
          offset: other?.offset,
          unit: other?.unit,
        });
        expect(signal.bigEndian).toBe(other?.endian === 'Motorola');
        expect(signal.labels).toEqual(other?.valueTable ?? new Map());
        compared++;
      }
    }
    expect(compared).toBe(10);
  });

  it('tells each line of a keyword that matters and is not understood, or says something twice', () => {
    const text = `BO_ nope\n SG_ Lost : 0|8@1+ (1,0) [0|0] "" X\nBO_ 7 A: 8 X\n SG_ B : 0|8@ (1,0)\n SG_ C : 0|8@1+ (1,0)
 SG_ C : 0|8@1+ (1,0)\nBO_ 7 D: 8 X\nSG_MUL_VAL_ 7 C M none;\nSIG_VALTYPE_ 9 Z : 7;\n`;
    expect(parseDbc(text).problems).toEqual([
      { line: 1, what: 'not understood: BO_ nope' },
      { line: 2, what: 'the signal Lost belongs to no message' },
      { line: 4, what: 'not understood: SG_ B : 0|8@ (1,0)' },
      { line: 6, what: 'the signal C is there twice in A' },
      { line: 7, what: 'the id 7 of D is there twice' },
      { line: 8, what: 'not understood: SG_MUL_VAL_ 7 C M none;' },
      { line: 9, what: 'not understood: SIG_VALTYPE_ 9 Z : 7;' },
    ]);
  });

  it('passes over the rest of the format, comments with keywords in them, and Windows line ends', () => {
    const text =
      'CM_ "first\r\nBO_ 1 inside a comment\r\nlast";\r\nBA_ "x" BO_ 1 3;\r\nEV_ E: 0 [0|1] "" 0 1;\r\nBO_ 1 A: 8 X\r\n';
    expect(parseDbc(text)).toEqual({ messages: [{ id: 1, name: 'A', signals: [], line: 6 }], problems: [] });
  });

  it('never throws', () => {
    const line = fc.oneof(
      fc.string(),
      fc.constantFrom('BO_ 1 A: 8 X', 'SG_ B : 0|8@1+ (1,0)', 'VAL_ 1 B 0 "x', '"', 'SG_ B m1 : 0|99@0-(,)'),
    );
    fc.assert(fc.property(fc.array(line), (lines) => void parseDbc(lines.join('\n'))));
  });

  it('writes factors as fractions where they are decimal', () => {
    expect(fractionOf(0.1)).toEqual({ mul: 1, div: 10 });
    expect(fractionOf(0.001953125)).toEqual({ mul: 1_953_125, div: 1_000_000_000 });
    expect(fractionOf(1 / 3)).toEqual({ mul: 1 / 3, div: 1 });
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (factor) => {
        const { mul, div } = fractionOf(factor);
        expect(mul / div).toBe(factor);
      }),
    );
  });
});

describe('the files of a fleet', () => {
  it('are loaded by vehicle model, with the paths from the mapping file', () => {
    put('car.dbc', CAR);
    const path = put('car.yaml', 'dbc: [car.dbc]\nsignals:\n  Gear.Speed: { key: wheels.speed.value, scale: 3.6 }\n');
    const profiles = loadDbcProfiles({ 'model-x': path });
    expect(signalOf(decode(profiles.get('model-x') as DbcTables, 504, '00E8030000000000'), 'wheels.speed.value')).toBe(36);
  });

  it('are refused with every problem at once', () => {
    put(
      'bad.dbc',
      'BO_ 1 A: 8 X\n SG_ B m0 : 0|8@1+ (1,0)\n SG_ Far : 600|8@1+ (1,0)\n SG_ Bad : 0|8@1+ (x,0)\n SG_ L1 m0M : 0|8@1+ (1,0)\nSG_MUL_VAL_ 1 L1 L1 0-1;\n',
    );
    const bad = put('bad.yaml', 'dbc: [bad.dbc, none.dbc]\nsignals: { A.Nowhere: wheels.speed.value }\n');
    const worse = put('worse.yaml', 'dbc: []\nmatch: name\nsignals: { A.B: no.such.key, A: wheels.speed.value }\n');
    const broken = put('broken.yaml', 'dbc: [\n');
    let text = '';
    try {
      loadDbcProfiles({ bad, worse, broken });
    } catch (error) {
      text = String(error);
    }
    for (const part of [
      'config_invalid',
      'bad.dbc:4: not understood',
      'none.dbc cannot be read',
      'A.Nowhere is in none of the DBC files',
      'what selects A.B is not one signal (none)',
      'A.Far has 8 bits from 600',
      'A.L1 is selected by itself',
      'worse.yaml: dbc must be',
      'match must be id or pgn',
      'a key of the signal catalogue',
      '<message>.<signal>',
      'broken.yaml: ',
    ]) {
      expect(text).toContain(part);
    }
  });
});
