import { expect, test } from 'vitest';
import { leavesOf, pastedIn, rawOf, rowsOf, sayingsOf, type Field } from './layout.ts';

const field = (name: string, offset: number, length: number, more: Partial<Field> = {}): Field => ({
  name,
  depth: 0,
  offset,
  length,
  parts: false,
  decoded: true,
  raw: null,
  value: null,
  unit: null,
  meaning: null,
  section: null,
  readings: [],
  faults: [],
  ...more,
});

const FIELDS = [field('payload', 0, 6, { parts: true }), field('id', 0, 1), field('imei', 1, 5), field('crc', 6, 2)];
const HEX = '0f41424344450a00';

test('every byte stands in its row, in the field it belongs to', () => {
  expect(leavesOf(FIELDS)).toEqual([1, 2, 3]);
  const [first, second] = rowsOf({ hex: HEX, fields: FIELDS }, 4);
  expect(first?.runs).toEqual([
    { field: 1, offset: 0, bytes: ['0f'] },
    { field: 2, offset: 1, bytes: ['41', '42', '43'] },
  ]);
  expect(second?.runs.map(({ field: index }) => index)).toEqual([2, 3]);
  expect([first?.text, second?.text, second?.offset]).toEqual(['·ABC', 'DE··', 4]);
  expect(rowsOf({ hex: '', fields: [] }, 16)).toEqual([]);
});

test('a field says what the message states because of it, with its unit, else what it is for the frame', () => {
  const reading = { key: 'device.supply.voltage', value: 24.079000000000001, unit: 'volt', meaning: 'Supply voltage' };
  const voltage = field('element 66', 0, 2, { raw: 24_079, readings: [reading] });
  expect(sayingsOf(voltage)).toEqual([{ value: '24.079 V', key: 'device.supply.voltage', meaning: 'Supply voltage' }]);
  expect(rawOf(voltage)).toBe('24079');
  expect(sayingsOf(field('length', 0, 4, { value: 54, unit: 'byte', meaning: 'Of it all' }))).toEqual([
    { value: '54 bytes', key: '', meaning: 'Of it all' },
  ]);
  expect(sayingsOf(field('preamble', 0, 4))).toEqual([]);
});

test('what is pasted is hex in any form, or base64', () => {
  expect(pastedIn(' 0x0A 0b:0C-0d\n')).toEqual({ hex: '0A0b0C0d' });
  expect(pastedIn('AAA2+g==')).toEqual({ base64: 'AAA2+g==' });
  expect(pastedIn('was ist das?')).toEqual({ hex: 'was ist das?' });
  expect(pastedIn('  ')).toBeNull();
});
