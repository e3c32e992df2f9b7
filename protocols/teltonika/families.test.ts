import { describe, expect, it } from 'vitest';
import { SIGNAL_BY_KEY } from '#model/signals';
import { dialectOfAnswer, FAMILIES, familyOf } from './families.ts';
import { rawKey } from './io-table.ts';
import { UNMAPPED } from './io-unmapped.ts';

describe.each(FAMILIES)('the tables of family $name', ({ name, table, joins }) => {
  const mapped = table.flatMap((entry, id) => (entry === null ? [] : [{ id, entry }]));

  it('name only keys of the catalogue', () => {
    const keys = [...mapped.flatMap(({ entry }) => [entry.key, ...entry.maskKeys]), ...joins.map(({ key }) => key)];
    expect(keys.filter((key) => key !== '' && !SIGNAL_BY_KEY.has(key))).toEqual([]);
  });

  it('map no element that is listed as left raw on purpose, and list none twice', () => {
    const listed = (UNMAPPED[name] ?? []).flatMap(({ ids }) => ids);
    expect(mapped.filter(({ id }) => listed.includes(id)).map(({ id }) => id)).toEqual([]);
    expect(listed.length).toBe(new Set(listed).size);
  });

  it('give every number whole factors, so that no rounding enters', () => {
    const factors = mapped.flatMap(({ entry }) => [entry.multiply, entry.divide]);
    expect(factors.filter((factor) => !Number.isInteger(factor) || factor <= 0)).toEqual([]);
  });

  it('keep every value of the vendor’s range inside that of the catalogue', () => {
    const wrong = mapped.filter(({ entry }) => {
      const facts = SIGNAL_BY_KEY.get(entry.key);
      if (facts === undefined || entry.highest === Number.POSITIVE_INFINITY) return false;
      const [low, high] = [entry.lowest, entry.highest].map((raw) => (raw * entry.multiply) / entry.divide) as [number, number];
      return (facts.min !== null && low < facts.min) || (facts.max !== null && high > facts.max);
    });
    expect(wrong.map(({ id }) => id)).toEqual([]);
  });
});

describe('the family of a record', () => {
  it('is the session’s, else the one Codec 16 betrays, else the common one', () => {
    expect(familyOf('ft', 0x10).name).toBe('ft');
    expect(familyOf(null, 0x10).name).toBe('fmb6');
    expect(familyOf(null, 0x8e).name).toBe('fmb');
    expect(familyOf('a dialect of another codec', 0x08).name).toBe('fmb');
  });

  it.each([
    ['Ver:03.27.07_00 GPS:AXN_5.1 Hw:FMB920 Mod:13', 'fmb'],
    ['Ver:03.28.06 Hw:FMC003 Mod:1', 'fm-obd'],
    ['Ver:03.28.06 Hw:FMB001', 'fm-obd'],
    ['Ver:00.02.20_14 Hw:FMB640 Mod:4', 'fmb6'],
    ['Ver:03.01 Hw:FMC650', 'fmb6'],
    ['Ver:3.0.7 Hw:FTC920', 'ft'],
    ['Hw:FMB120', 'fmb'],
    ['DI1:1 DI2:0', null],
    ['Hw:XYZ1', null],
  ])('is told by %j as %s', (answer, family) => expect(dialectOfAnswer(answer)).toBe(family));
});

describe('an element without a row', () => {
  it('has one key for ever', () => {
    expect(rawKey(5000)).toBe('teltonika.io.5000');
    expect(rawKey(5000)).toBe(rawKey(5000));
  });
});
