import { describe, expect, test } from 'vitest';
import type { Provider } from '../register/id-check.ts';
import { readCsv, writeCsv } from './csv.ts';
import { EXAMPLE, readFile, repeatKey } from './rows.ts';

const provider = (
  name: Provider['name'],
  types: Provider['types'],
  trackerId: Provider['tracker_id'],
  odometer = false,
): Provider => ({
  name,
  family: 'hardware',
  types,
  tracker_id: trackerId,
  protocols: [],
  credentials: null,
  odometer,
});
const PROVIDERS = [
  provider('astrata', ['obd', 'canbus'], ['imei']),
  provider('targa', ['canbus'], ['vin', 'imei']),
  provider('mercedes-benz', ['oem'], ['vin'], true),
  provider('html5', ['oem', 'obd', 'canbus'], ['free']),
];

describe('CSV', () => {
  test.each([
    [
      'a,b\n1,2\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      '\uFEFFa;b\r\n"1;""x""";\r\n\r\n',
      [
        ['a', 'b'],
        ['1;"x"', ''],
      ],
    ],
    [
      'a\tb\n" two\nlines "\t3',
      [
        ['a', 'b'],
        ['two\nlines', '3'],
      ],
    ],
    [
      'a,b\n5" disk,2',
      [
        ['a', 'b'],
        ['5" disk', '2'],
      ],
    ],
  ])('%j is read', (text, cells) => {
    const reading = readCsv(text);
    expect('lines' in reading && reading.lines.map((line) => line.cells)).toEqual(cells);
  });

  test('knows the line that each begins in, and the quote that never ends', () => {
    const reading = readCsv('a,b\n"x\ny",1\n\n3,4\n');
    expect('lines' in reading && reading.lines.map(({ line }) => line)).toEqual([1, 2, 5]);
    expect(readCsv('a,b\n1,2\n"x,3\n4,5')).toEqual({ unclosedLine: 3 });
  });

  test('is written so that it is read back, and no cell is a formula', () => {
    const rows = [
      ['a', 'b "c"'],
      ['1,2', 'x\ny'],
    ];
    const reading = readCsv(writeCsv(rows));
    expect('lines' in reading && reading.lines.map(({ cells }) => cells)).toEqual(rows);
    expect(writeCsv([['=1+1', '@x']])).toBe("'=1+1,'@x\r\n");
  });
});

describe('a file of trackers', () => {
  test('the example is right', () => {
    const { rows, problem } = readFile(EXAMPLE, PROVIDERS);
    expect(problem).toBeNull();
    expect(rows.map(({ problems }) => problems)).toEqual([[], [], [], []]);
    expect(rows[2]?.body).toEqual({
      provider: 'mercedes-benz',
      tracker_id: 'W1KZF8DB0MA000042',
      type: 'oem',
      vehicle_type: 'car',
      odo_value: 48_210,
      object_id: { license_plate: '4321 LMN', make: 'Mercedes-Benz', model: 'C 220', depot: 'south' },
    });
  });

  test('says all that is wrong with a line, and registers the others', () => {
    const { rows } = readFile(
      'Provider;ID;Connection;Plate;Odometer;vehicle type\nacme;1;;;;\nastrata;359632104952351;oem;;;boat\nmercedes-benz;W1KZF8DB0MA000042;;;;\nhtml5;van 7;;AB 1;;\nhtml5;VAN-7;;;;\n',
      PROVIDERS,
    );
    expect(rows.map(({ line, problems }) => [line, problems.length])).toEqual([
      [2, 1],
      [3, 3],
      [4, 1],
      [5, 0],
      [6, 1],
    ]);
    expect(rows[1]?.problems.join(' ')).toMatch(/Luhn.*none of obd, canbus.*boat/);
    expect(rows[3]?.body.object_id).toEqual({ license_plate: 'AB 1' });
    expect(rows[4]?.problems).toEqual(['the same tracker as in line 5']);
  });

  test.each([
    ['', 'The heading lacks provider, tracker_id.'],
    ['provider,plate\nx,y', 'The heading lacks tracker_id.'],
    ['provider,tracker_id\n', 'There are no lines below the heading.'],
    ['provider,tracker_id\n"x,y', 'Line 2 begins a quoted value that never ends.'],
  ])('%j cannot be read', (text, says) => {
    expect(readFile(text, PROVIDERS).problem).toBe(says);
  });

  test('the same line has the same key, another one another', async () => {
    const [a, b] = readFile(EXAMPLE, PROVIDERS).rows;
    if (a === undefined || b === undefined) throw new Error('no rows');
    expect(await repeatKey('acme', a.body)).toBe(await repeatKey('acme', { ...a.body }));
    expect(await repeatKey('acme', a.body)).not.toBe(await repeatKey('acme', b.body));
    expect(await repeatKey('acme', a.body)).not.toBe(await repeatKey('other', a.body));
  });
});
