import { describe, expect, test } from 'vitest';
import { checkId } from './id-check.ts';

describe('a tracker id, as it is typed', () => {
  test.each([
    ['', { state: 'empty' }],
    ['   ', { state: 'empty' }],
    ['35963210', { state: 'short' }],
    ['359632104952350', { state: 'good', kind: 'imei' }],
    [' 359632104952350 ', { state: 'good', kind: 'imei' }],
    ['359632104952351', { state: 'wrong', problem: expect.stringContaining('Luhn') as string }],
  ])('as an IMEI: %j', (typed, check) => {
    expect(checkId(['imei'], typed)).toMatchObject(check);
  });

  test.each([
    ['WF0AXXWPMAJB43745', { state: 'good', kind: 'vin' }],
    ['1M8GDM9AXKP042788', { state: 'good', kind: 'vin' }],
    ['1M8GDM9A1KP042788', { state: 'wrong', problem: expect.stringContaining('check digit') as string }],
    ['WF0AXXWPMAJB4374O', { state: 'wrong', problem: expect.stringContaining('without I, O and Q') as string }],
  ])('as a VIN: %j', (typed, check) => {
    expect(checkId(['vin'], typed)).toMatchObject(check);
  });

  test('is right as any of the kinds that the provider takes', () => {
    expect(checkId(['vin', 'plate'], '1002KLM')).toEqual({ state: 'good', kind: 'plate' });
    expect(checkId(['vin', 'imei'], '1002KLM')).toMatchObject({ state: 'short' });
  });
});
