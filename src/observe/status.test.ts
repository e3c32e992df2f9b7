import { expect, test } from 'vitest';
import { drainSeconds, flowsBetween, quantileBetween, type GatewayStatus } from './status.ts';
import { aRow, aStatus } from './status-fixture.ts';

const status = (at: number, stored: number, waitingFrames = 0): GatewayStatus => {
  const ledger = [aRow(stored + waitingFrames, { listener: 'a', stored })];
  return aStatus({ at, ledger, spool: { ...aStatus().spool, waitingFrames } });
};

test('rates are the differences over the time between', () => {
  expect(flowsBetween(status(1_000, 10), status(3_000, 50, 4))).toEqual([
    expect.objectContaining({ listener: 'a', receivedPerS: 22, storedPerS: 20, refusedPerS: 0, inFlight: 4 }),
  ]);
  const fresh = { ...status(1_000, 0), ledger: [] };
  expect(flowsBetween(fresh, status(2_000, 5))[0]).toMatchObject({ storedPerS: 5 });
});

const at = (...counts: number[]) => [0.001, 0.01, null].map((le, i) => ({ le, count: counts[i] ?? 0 }));

test('a quantile is of what was observed between, by the bound of its bucket', () => {
  expect(quantileBetween(at(100, 100, 100), at(150, 190, 200), 0.5)).toBe(0.001);
  expect(quantileBetween(at(100, 100, 100), at(150, 190, 200), 0.9)).toBe(0.01);
  expect(quantileBetween(at(100, 100, 100), at(150, 190, 200), 0.99)).toBe(Infinity);
  expect(quantileBetween(at(1, 1, 1), at(1, 1, 1), 0.5)).toBeNull();
});

test('what waits drains at the rate at which frames are settled', () => {
  expect(drainSeconds(status(0, 0, 100), status(1_000, 50, 100))).toBe(2);
  expect(drainSeconds(status(0, 0, 100), status(1_000, 0, 100))).toBeNull();
});
